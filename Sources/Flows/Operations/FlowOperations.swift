import AuditTrail
import Core
import Keys
import Ports
import Storage

extension Flows {
    private static let source = Field.required(
        "source", .document(most: Limits.yamlBytes.value), "The flow file (YAML).")
    private static let file = Field.optional("file", .text(most: 200), "The file's name, for messages.")

    var flowOperations: [Operation] {
        [
            Operation(
                "flow", .list, roles: [.connectionAdmin, .auditor], says: "Lists flows by name.",
                fields: [Paging.after], run: { try await self.listFlows(after: $0.text("after") ?? "") }),
            Operation(
                "flow", .get, roles: [.connectionAdmin, .auditor],
                says: "Shows a flow: its source, its versions, the aliases it uses and its latest executions.",
                run: { try await self.showFlow($0) }),
            Operation(
                "flow", .create, roles: [.connectionAdmin], says: "Adds a flow from its file; it is inactive at first.",
                fields: [
                    Self.source, Self.file,
                    .optional(
                        "application", .text(most: Limits.nameField.value), "The application it belongs to."),
                ], run: { try await self.createFlow($0) }),
            Operation(
                "flow", .update, roles: [.connectionAdmin],
                says:
                    "Gives a flow a new version; executions that run keep theirs. flows_fail: why it fails now, if it does.",
                fields: [Self.source, Self.file],
                run: { try await self.updateFlow($0) }),
            Operation(
                "flow", .actOnAll("check"), roles: [.connectionAdmin, .auditor],
                says: "Checks a flow file, finds what this hub lacks for it (then ok is false), and keeps nothing.",
                fields: [Self.source, Self.file],
                run: { try self.checkFlow($0) }),
            Operation(
                "flow", .act("activate"), roles: [.connectionAdmin],
                says: "Lets a flow start. flows_fail: why it fails, if this hub lacks what it needs.",
                run: { try await self.setActive(true, $0) }),
            Operation(
                "flow", .act("deactivate"), roles: [.connectionAdmin],
                says: "Starts a flow no more; executions that run go on.",
                run: { try await self.setActive(false, $0) }),
            Operation(
                "flow", .act("run"), roles: [.connectionAdmin],
                says: "Starts a manual flow and answers the execution's id at once.",
                fields: [.optional("input", .object, "The flow's inputs by name.")],
                run: { try await self.runFlow($0) }),
            Operation(
                "flow", .act("test"), roles: [.connectionAdmin],
                says: "Starts a test run: actions reach the built-in sandbox only, records stay as they are.",
                fields: [
                    .optional("input", .object, "A manual flow's inputs by name."),
                    .optional("record", .object, "The record that a flow on record changes would start from."),
                    .optional("event", .object, "The event that a flow on a hook would start from."),
                ], run: { try await self.testFlow($0) }),
        ]
    }

    private func loaded(_ request: OperationRequest) throws -> (flow: FlowDefinition, source: String) {
        let source = try request.required("source")
        return (try FlowChecker.load(source, file: request.text("file") ?? "flow.yaml", catalogue), source)
    }

    private func checkFlow(_ request: OperationRequest) throws -> JSON {
        let flow = try loaded(request).flow
        return [
            "ok": true, "flow": .string(flow.name), "title": .string(flow.title), "uses": Self.uses(flow),
            "graph": FlowGraph(flow, catalogue).json,
        ]
    }

    static func uses(_ flow: FlowDefinition) -> JSON {
        var uses = JSONObject()
        for use in flow.uses { uses[use.spoke] = .string(use.alias) }
        return .object(uses)
    }

    private func createFlow(_ request: OperationRequest) async throws -> JSON {
        let (flow, source) = try loaded(request)
        let id = Hex.encode(effects.randomBytes(16))
        let application = request.text("application") ?? "global"
        let sha256 = Hex.encode(Hashing.sha256(Array(source.utf8)))
        let cause = request.cause
        return try await database.write(.change) { writer in
            try Self.checkRoom(in: writer)
            let trigger = TriggerColumns(flow.trigger)
            let isNew = try writer.run(
                """
                INSERT INTO flow (id, name, title, application, active, current_version, trigger_table, trigger_when,
                conditions, schedule, trigger_hook, created_at, updated_at)
                VALUES ($1, $2, $3, $4, 0, 1, $5, $6, $7, $9, $10, $8, $8)
                ON CONFLICT DO NOTHING
                """,
                [
                    .text(id), .text(flow.name), .text(flow.title), .text(application), .optional(trigger.table),
                    .optional(trigger.when), .text(trigger.conditions), .int(cause.now.epochMilliseconds),
                    .optional(trigger.schedule?.json.text()), .optional(trigger.hook),
                ])
            guard isNew == 1 else {
                throw HubError(
                    .conflict, "name_taken",
                    "There is a flow \(flow.name) already. Update it, or give the file another name.")
            }
            try Self.addVersion(1, of: id, source, sha256, by: cause, in: writer)
            let after = try FlowStore.flow(id, in: writer)
            try writer.changed(
                ConfigRow("flow", id: id, name: flow.name, application: application), before: nil,
                after: after.configuration, by: cause)
            return after.json
        }
    }

    private func updateFlow(_ request: OperationRequest) async throws -> JSON {
        let (flow, source) = try loaded(request)
        let sha256 = Hex.encode(Hashing.sha256(Array(source.utf8)))
        let cause = request.cause
        let id = request.id
        return try await database.write(.change) { writer in
            let before = try FlowStore.flow(id, in: writer)
            guard before.name == flow.name else {
                throw HubError(
                    .conflict, "flow_name_differs",
                    "The file is for the flow \(flow.name), not \(before.name). A flow keeps its name.")
            }
            let trigger = TriggerColumns(flow.trigger)
            try writer.run(
                """
                UPDATE flow SET title = $1, current_version = current_version + 1, trigger_table = $2,
                trigger_when = $3, conditions = $4, updated_at = $5, schedule = $7, next_at = $8,
                trigger_hook = $9 WHERE id = $6
                """,
                [
                    .text(flow.title), .optional(trigger.table), .optional(trigger.when), .text(trigger.conditions),
                    .int(cause.now.epochMilliseconds), .text(before.id), .optional(trigger.schedule?.json.text()),
                    .optional(Self.nextTick(trigger.schedule, after: before, at: cause.now)),
                    .optional(trigger.hook),
                ])
            try Self.addVersion(before.version + 1, of: before.id, source, sha256, by: cause, in: writer)
            try Self.dropOldVersions(of: before.id, behind: before.version + 1, in: writer)
            return try Self.changed(before, by: cause, in: writer)
        }
    }

    private func setActive(_ active: Bool, _ request: OperationRequest) async throws -> JSON {
        let file = "\(request.id) (stored)"
        if active {
            // A spoke file may have changed since the flow was stored.
            let source = try await database.read { reader in
                let flow = try FlowStore.flow(request.id, in: reader)
                return try FlowStore.source(flow.id, version: flow.version, in: reader)
            }
            _ = try FlowChecker.load(source, file: Shown.name(file), catalogue)
        }
        return try await database.write(.change) { writer in
            let before = try FlowStore.flow(request.id, in: writer)
            // Nothing changes: not the next tick either.
            guard before.isActive != active else { return before.json }
            try writer.run(
                "UPDATE flow SET active = $1, updated_at = $2, next_at = $4 WHERE id = $3",
                [
                    .bool(active), .int(request.cause.now.epochMilliseconds), .text(before.id),
                    .optional(active ? before.schedule?.next(after: request.cause.now)?.epochMilliseconds : nil),
                ])
            try writer.record(
                AuditEvent(
                    active ? .flowActivated : .flowDeactivated, on: .init("flow", id: before.id, name: before.name),
                    by: request.cause, [.version: String(before.version)]))
            return try Self.changed(before, by: request.cause, in: writer)
        }
    }

    private static func checkRoom(in reader: any SQLReader) throws {
        let count = try reader.row("SELECT count(*) AS flows FROM flow", [])?.int("flows") ?? 0
        guard count < Limits.flows.value else {
            throw HubError(.conflict, "too_many_flows", "There are \(Limits.flows.value) flows, which is the most.")
        }
    }

    /// The configuration history keeps that they were; their sources go, unless an execution runs or shows them.
    private static func dropOldVersions(of id: String, behind version: Int64, in writer: any SQLWriter) throws {
        try writer.run(
            """
            DELETE FROM flow_version WHERE flow_id = $1 AND version <= $2 AND NOT EXISTS
            (SELECT 1 FROM execution e WHERE e.flow_id = $1 AND e.version = flow_version.version)
            """, [.text(id), .int(version - Int64(Limits.flowVersions.value))])
    }

    private static func addVersion(
        _ version: Int64, of id: String, _ source: String, _ sha256: String, by cause: Cause, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO flow_version (flow_id, version, source, sha256, created_at, created_by, author)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .text(id), .int(version), .text(source), .text(sha256), .int(cause.now.epochMilliseconds),
                .text(cause.actor.name), .text(JSON.array(cause.actor.identities.map { .string($0) }).text()),
            ])
    }

    /// A schedule that stays the same keeps its next tick, also one that is due just now.
    private static func nextTick(_ schedule: Schedule?, after before: FlowRow, at now: Timestamp) -> Int64? {
        guard before.isActive else { return nil }
        if let known = before.nextAt, schedule == before.schedule { return known.epochMilliseconds }
        return schedule?.next(after: now)?.epochMilliseconds
    }

    private static func changed(_ before: FlowRow, by cause: Cause, in writer: any SQLWriter) throws -> JSON {
        let after = try FlowStore.flow(before.id, in: writer)
        try writer.changed(
            ConfigRow("flow", id: before.id, name: before.name, application: before.application),
            before: before.configuration, after: after.configuration, by: cause)
        return after.json
    }
}

/// A trigger as the columns that a start looks at.
private struct TriggerColumns {
    var table: String?
    var when: String?
    var conditions = "[]"
    var schedule: Schedule?
    var hook: String?

    init(_ trigger: Trigger) {
        switch trigger {
        case .manual: break
        case .schedule(let schedule): self.schedule = schedule
        case .hook(let name, let conditions, _):
            hook = name
            self.conditions = JSON.array(conditions.map(\.json)).text()
        case .record(let table, let when, let conditions):
            self.table = table
            self.when = when.rawValue
            self.conditions = JSON.array(conditions.map(\.json)).text()
        }
    }
}
