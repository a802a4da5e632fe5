import AuditTrail
public import Core
import Ports
public import Storage

// What a provider sent and this hub never got is still in the provider's own log. Each hook is compared with it again
// and again: the log is read from where the last comparison ended, and what never came is taken in as if it had.
extension Hooks {
    /// Compares the hook that waits longest for it; false when none does. Of several hubs one does it.
    public func compareNext() async throws -> Bool {
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        guard let hook = try await claim(at: cause.now) else { return false }
        try await compare(hook, by: cause)
        return true
    }

    func compareNow(_ request: OperationRequest) async throws -> JSON {
        let hook = try await database.read { try HookRows.find(request.id, in: $0) }
        let found = try await compare(hook, by: request.cause)
        let after = try await database.read { try HookRows.find(hook.id, in: $0) }
        var members = shown(after, at: request.cause.now).object ?? JSONObject()
        members["found"] = .int(Int64(found))
        members["not_compared"] = after.notCompared(at: request.cause.now).map { .string($0.says) } ?? .null
        return .object(members)
    }

    /// Moves the moment of a hook's next comparison; whoever does is the one who compares. A moment that only a clock
    /// that was ahead could name counts as come.
    private func claim(at now: Timestamp) async throws -> Hook? {
        let next = SQLValue.int(now.adding(seconds: Int64(Limits.hookCompareSeconds.value)).epochMilliseconds)
        let due = try await database.read { reader in
            try reader.row(
                """
                SELECT id FROM hook WHERE active = 1 AND expected_since IS NOT NULL AND alias IS NOT NULL
                AND types <> '[]' AND (compare_at <= $1 OR compare_at > $2) ORDER BY compare_at, id LIMIT 1
                """, [.int(now.epochMilliseconds), next])?.text("id")
        }
        guard let due else { return nil }
        return try await database.write(.bookkeeping("the next comparison of a hook")) { writer in
            try writer.returning(
                """
                UPDATE hook SET compare_at = $2 WHERE id = $3 AND (compare_at <= $1 OR compare_at > $2) RETURNING *
                """, [.int(now.epochMilliseconds), next, .text(due)]
            ).first.map(Hook.init)
        }
    }

    /// Reads the log and takes in what never came; answers how many events that was.
    @discardableResult
    private func compare(_ hook: Hook, by cause: Cause) async throws -> Int {
        guard hook.isActive, let alias = hook.alias, !hook.types.isEmpty, let since = hook.compareFrom(at: cause.now)
        else { return 0 }
        let until = cause.now.adding(seconds: -Int64(Limits.hookGraceSeconds.value))
        guard since < until else { return 0 }
        switch try await read(hook, alias, from: since, to: until, by: cause) {
        case .failure(let problem):
            try await note(problem, of: hook, by: cause)
            return 0
        case .success(let read): return try await take(read, of: hook, by: cause)
        }
    }

    /// What a comparison read of the log.
    private struct Reading: Sendable {
        var events: [HookEvent] = []
        /// Up to when all was read.
        var until: Timestamp
    }

    /// Why a comparison came to nothing.
    private struct Problem: Error, Equatable {
        let reason: String
        let says: String
    }

    private func read(
        _ hook: Hook, _ alias: String, from since: Timestamp, to until: Timestamp, by cause: Cause
    ) async throws -> Result<Reading, Problem> {
        let rules = try rules(of: hook)
        var reading = Reading(until: until)
        for part in rules.inputs(hook.types, since, until).indices {
            let inputs = { @Sendable (from: Timestamp) in rules.inputs(hook.types, from, until)[part] }
            switch try await read(rules, alias, from: since, inputs, by: cause) {
            case .failure(let problem): return .failure(problem)
            case .success(let read):
                reading.events += read.events
                reading.until = min(reading.until, read.until ?? until)
            }
        }
        let overlap = Int64(Limits.hookOverlapSeconds.value)
        guard reading.until == until || reading.until.adding(seconds: -overlap) > since else {
            return .failure(Problem(reason: "log_too_full", says: "the log holds more events than can be compared."))
        }
        return .success(reading)
    }

    /// Reads on from the last event while there is more, a bounded number of times; `until` is where it was cut then.
    private func read(
        _ rules: HookProtocol, _ alias: String, from since: Timestamp,
        _ inputs: @Sendable (_ from: Timestamp) -> JSONObject, by cause: Cause
    ) async throws -> Result<(events: [HookEvent], until: Timestamp?), Problem> {
        var events: [HookEvent] = []
        var from = since
        for _ in 0..<Limits.hookCompareReads.value {
            let call = ActionCall(
                action: rules.stream, alias: alias, input: inputs(from), most: Limits.hookCompareItems.value,
                execution: "", cause: cause)
            let outcome = try await outcome(of: call)
            guard case .done(let output) = outcome else {
                return .failure(Problem(reason: outcome.reason, says: outcome.says))
            }
            let items = output["items"]?.array ?? []
            let found = items.compactMap(rules.item)
            guard found.count == items.count else {
                return .failure(Problem(reason: "log_unreadable", says: "the log holds events that cannot be read."))
            }
            events += found
            guard output["more"]?.bool == true else { return .success((events, nil)) }
            guard let last = found.map(\.published).max(), last > from else {
                return .failure(Problem(reason: "log_too_full", says: "the log holds too many events of one moment."))
            }
            from = last
        }
        return .success((events, from))
    }

    /// A refusal is told by the hook, once; asking the gate first keeps it from being an event at every turn.
    private func outcome(of call: ActionCall) async throws -> ActionOutcome {
        if let refusal = try await actions.gate(call) { return refusal }
        return try await actions.run(call)
    }

    /// Takes in what never came and moves the hook's place in the log; nothing where somebody else moved it meanwhile.
    private func take(_ read: Reading, of seen: Hook, by cause: Cause) async throws -> Int {
        try await database.write(.bookkeeping("a comparison; losses record their own event")) { writer in
            guard let hook = try HookRows.lookUp(seen.id, in: writer), hook.expectedSince == seen.expectedSince,
                hook.comparedUntil == seen.comparedUntil
            else { return 0 }
            let lost = try Self.keep(
                read.events, of: hook, via: .comparison, at: cause.now, cause.correlation, in: writer)
            try writer.run(
                """
                UPDATE hook SET compared_until = $2, latest_published = $3, problem = '', problem_says = '',
                lost = lost + $4, lost_at = CASE WHEN $4 > 0 THEN $5 ELSE lost_at END WHERE id = $1
                """,
                [
                    .text(hook.id), .int(read.until.epochMilliseconds), .moment(hook.latest(with: read.events)),
                    .int(Int64(lost)), .int(cause.now.epochMilliseconds),
                ])
            if lost > 0 {
                try writer.record(
                    AuditEvent(
                        .hookDeliveriesLost, on: hook.target, by: cause,
                        [.outcome: String(lost), .until: read.until.rfc3339]))
            }
            return lost
        }
    }

    /// Keeps why a comparison came to nothing; an event where that is news.
    private func note(_ problem: Problem, of seen: Hook, by cause: Cause) async throws {
        try await database.write(.bookkeeping("a comparison that came to nothing; a new reason records its event")) {
            writer in
            guard let hook = try HookRows.lookUp(seen.id, in: writer) else { return }
            try writer.run(
                "UPDATE hook SET problem = $2, problem_says = $3 WHERE id = $1",
                [.text(hook.id), .text(problem.reason), .text(problem.says)])
            guard hook.problem != problem.reason else { return }
            try writer.record(
                AuditEvent(.hookNotCompared, on: hook.target, by: cause, [.reason: problem.reason]))
        }
    }

    /// After a restore: what was sent since the copy was made has had its flows, and counts as neither lost nor new.
    public static func passOver(at now: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE hook SET expected_since = $1, compared_until = NULL, compare_at = 0 WHERE expected_since IS NOT NULL
            """, [.int(now.epochMilliseconds)])
    }
}

extension Hook {
    /// Where a comparison begins: some time before the last one ended; never before anything was to be expected, nor
    /// where it is forgotten already which events came. An end that lies ahead is from a clock that was ahead.
    fileprivate func compareFrom(at now: Timestamp) -> Timestamp? {
        guard let expectedSince else { return nil }
        let last = comparedUntil.flatMap { $0 <= now ? $0 : nil } ?? expectedSince
        let known = now.adding(seconds: -Int64(Limits.hookEventDays.value - 1) * 86_400)
        return max(last.adding(seconds: -Int64(Limits.hookOverlapSeconds.value)), expectedSince, known)
    }
}
