import AuditTrail
import Core
import Ports
import Storage

/// Questions to people: asked with the step that waits for them, decided once.
enum Approvals {
    /// Where a question stands.
    enum State: String, Sendable, CaseIterable { case pending, approved, refused, expired, cancelled }

    /// Asks, with the step that waits.
    static func ask(
        _ step: ApprovalStep, _ show: JSONObject, _ entry: JournalEntry, of execution: Execution, at now: Timestamp,
        in writer: any SQLWriter
    ) throws {
        let id = entry.output["approval"]?.string ?? ""
        let expires = entry.due ?? now
        let (role, user): (String?, String?) =
            switch step.decider {
            case .role(let name): (name, nil)
            case .user(let name): (nil, name)
            }
        try writer.run(
            """
            INSERT INTO approval (id, execution_id, path, flow, says, show, role, user_name, origins, state,
            requested_at, expires_at, approves)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12)
            """,
            [
                .text(id), .text(execution.id.rawValue), .text(entry.path), .text(execution.flow), .text(step.says),
                .text(JSON.object(show).text()), .optional(role), .optional(user),
                .text(JSON.array(execution.origins.map { .string($0) }).text()), .int(now.epochMilliseconds),
                .int(expires.epochMilliseconds), .optional(entry.input["approves"]?.text()),
            ])
        var details: [AuditEvent.Key: String] = [
            .execution: execution.id.rawValue, .step: entry.path, .until: expires.rfc3339,
        ]
        if let role { details[.role] = role }
        if let user { details[.user] = user }
        try writer.record(
            AuditEvent(
                .approvalRequested, on: .init("approval", id: id, name: execution.flow), by: execution.cause(at: now),
                details))
    }

    /// Ends a question whose step waits no more: it expired, or the execution stopped.
    static func close(
        _ entry: JournalEntry, of execution: Execution, by cause: Cause, in writer: any SQLWriter
    ) throws {
        let state: State = entry.state == .refused ? .expired : .cancelled
        let closed = try writer.returning(
            """
            UPDATE approval SET state = $1, ended_at = $2
            WHERE execution_id = $3 AND path = $4 AND state = 'pending' RETURNING id
            """,
            [
                .text(state.rawValue), .int(cause.now.epochMilliseconds), .text(execution.id.rawValue),
                .text(entry.path),
            ])
        guard state == .expired, let row = closed.first else { return }
        try writer.record(
            AuditEvent(
                .approvalExpired, on: .init("approval", id: try row.text("id"), name: execution.flow), by: cause,
                [.execution: execution.id.rawValue, .step: entry.path]))
    }

    /// What a person says to a question.
    struct Decision: Sendable {
        let isApproved: Bool
        let note: String
        let caller: Principal
        let cause: Cause
    }

    /// Decides one question and lets its execution go on, in one transaction.
    ///
    /// Throws `HubError`: `notFound` where there is none that this person may see, `forbidden` for those behind the
    /// execution, `conflict` when it was decided, has expired or is not waited for any more.
    static func decide(_ id: String, _ decision: Decision, in writer: any SQLWriter) throws {
        let row = try visible(id, to: decision.caller, in: writer)
        let now = decision.cause.now
        try mayDecide(row, decision.caller, in: writer)
        let state: State = decision.isApproved ? .approved : .refused
        let decided = try writer.run(
            """
            UPDATE approval SET state = $1, ended_at = $2, decided_by = $3, note = $4, decided_as = $6
            WHERE id = $5 AND state = 'pending' AND expires_at > $2
            """,
            [
                .text(state.rawValue), .int(now.epochMilliseconds), .text(decision.cause.actor.name),
                .text(decision.note), .text(id),
                .text(JSON.array(decision.cause.actor.identities.map { .string($0) }).text()),
            ])
        let execution = try row.text("execution_id")
        let path = try row.text("path")
        guard decided == 1, try goOn(execution, path, id, decision, in: writer) else {
            throw HubError(
                .conflict, "approval_not_pending",
                "This approval is decided, has expired or is no longer waited for. Look: linchpin approval get \(id)")
        }
        try writer.record(
            AuditEvent(
                .approvalDecided, on: .init("approval", id: id, name: try row.text("flow")), by: decision.cause,
                [.execution: execution, .step: path, .outcome: state.rawValue]))
    }

    private static func goOn(
        _ execution: String, _ path: String, _ id: String, _ decision: Decision, in writer: any SQLWriter
    ) throws -> Bool {
        let waits = JournalEntry(path: path, attempt: 1, state: .waiting)
        let name = decision.cause.actor.name
        var output: JSONObject = ["approval": .string(id), "decided_by": .string(name)]
        if !decision.note.isEmpty { output["note"] = .string(decision.note) }
        let entry =
            decision.isApproved
            ? waits.becoming(.done, output: .object(output), says: "approved by \(name)")
            : waits.becoming(
                .refused, output: .object(output), reason: "approval_refused", says: "refused by \(name)")
        guard try JournalRows.write(entry, of: ExecutionID(execution), at: decision.cause.now, in: writer) else {
            return false
        }
        try Openings.wake(execution, in: writer)
        return true
    }
}

extension Approvals {
    /// A question that the caller may see: administrators of flows and auditors all of them, approvers their own.
    static func visible(_ id: String, to caller: Principal, in reader: any SQLReader) throws -> SQLRow {
        let found = try reader.row(
            """
            SELECT id, execution_id, path, flow, says, show, role, user_name, origins, state, requested_at, expires_at,
            ended_at, decided_by, note, approves FROM approval WHERE id = $1
            """, [.text(id)])
        guard let found, try seesAll(caller) || isAsked(caller, found) else {
            throw HubError(.notFound, "no_such_approval", "There is no approval \(Shown.name(id)) that you may see.")
        }
        return found
    }

    /// The latest questions in a state that the caller may see, at most a page of them, behind one.
    ///
    /// `cutAt` is where the next page begins when this one looked at as many as it may and is not full.
    static func page(
        _ state: String, after: String?, to caller: Principal, in reader: any SQLReader
    ) throws -> (rows: [SQLRow], cutAt: String?) {
        var place = try after.map { try self.place($0, in: reader) } ?? (expires: .max, id: "")
        var found: [SQLRow] = []
        let most = Limits.pageRows.value
        for _ in 0..<Limits.tableRows.value / most {
            let rows = try reader.rows(
                """
                SELECT id, execution_id, path, flow, says, role, user_name, origins, state, requested_at, expires_at,
                ended_at, decided_by, note FROM approval
                WHERE state = $1 AND expires_at <= $2 AND (expires_at < $2 OR id > $3)
                ORDER BY expires_at DESC, id LIMIT $4
                """, [.text(state), .int(place.expires), .text(place.id), .int(Int64(most))])
            found += try rows.filter { row in try seesAll(caller) || isAsked(caller, row) }
            guard found.count < most, rows.count == most, let last = rows.last else {
                return (Array(found.prefix(most)), nil)
            }
            place = (try last.int("expires_at"), try last.text("id"))
        }
        return (found, place.id)
    }

    private static func place(_ id: String, in reader: any SQLReader) throws -> (expires: Int64, id: String) {
        guard let row = try reader.row("SELECT expires_at FROM approval WHERE id = $1", [.text(id)]) else {
            throw HubError(.notFound, "no_such_approval", "There is no approval \(Shown.name(id)) to go on behind.")
        }
        return (try row.int("expires_at"), id)
    }

    private static func seesAll(_ caller: Principal) -> Bool {
        caller.hasAny([AdminRole.connectionAdmin, .auditor, .admin].map(\.rawValue))
    }

    /// Whether the question asks for this person: by a role that they hold now, or by their name.
    private static func isAsked(_ caller: Principal, _ row: SQLRow) throws -> Bool {
        isAsked(
            role: try row.optionalText("role"), user: try row.optionalText("user_name"),
            name: caller.user == nil ? nil : caller.userName, roles: caller.roles)
    }

    /// The same of whoever has this name, nil for no user, and these roles.
    static func isAsked(role: String?, user: String?, name: String?, roles: Set<String>) -> Bool {
        if let role { return roles.contains(role) }
        guard let name, let user else { return false }
        return user.isExactly(name)
    }

    /// Two people: never one who started the execution or made the change that started it, by whatever client.
    /// What names calls of its own is held to more: see `Approval.defect`.
    private static func mayDecide(_ row: SQLRow, _ caller: Principal, in reader: any SQLReader) throws {
        guard try isAsked(caller, row) else {
            throw HubError(
                .forbidden, "approval_not_yours",
                "This approval asks for \(try who(row)). Somebody else has to decide it.")
        }
        let origins = Set(try Execution.texts(try row.text("origins")))
        guard origins.isDisjoint(with: caller.actor.identities) else {
            throw HubError(
                .forbidden, "approval_own",
                "You started this execution or made the change that started it. Somebody else has to decide, in the "
                    + "console; this signs them in: linchpin admin link NAME")
        }
        guard try row.optionalText("approves") != nil else { return }
        let behind = try StepApproval.behind(try row.text("execution_id"), origins.sorted(), reader)
        let wanted = Approval(
            by: caller.actor.identities, behind: behind, until: Timestamp(epochMilliseconds: try row.int("expires_at")))
        if let defect = wanted.defect { throw HubError(.forbidden, defect.reason, defect.says) }
    }

    private static func who(_ row: SQLRow) throws -> String {
        if let role = try row.optionalText("role") { return "the role \(role)" }
        return "the user \(try row.optionalText("user_name") ?? "")"
    }
}
