import AuditTrail
import Core
import Storage

/// Makes executions: from record changes and from events through hooks, each once, and by hand.
struct Starter: Sendable {
    let database: any Database
    let effects: Effects

    /// Acts on the messages that wait; returns how many it took. Two hubs at once take each message once.
    func takeMessages() async throws -> Int { try await takeAll(Change.self) + takeAll(HookArrival.self) }

    private func takeAll<Found: FlowCause>(_ kind: Found.Type) async throws -> Int {
        let most = Limits.pageRows.value
        let messages = try await database.read { reader in
            try Outbox.waiting(Found.topic, most: most, in: reader)
        }
        var taken = 0
        for message in Found.order(messages) where try await take(message, as: kind) { taken += 1 }
        return taken
    }

    private func take<Found: FlowCause>(_ message: Outbox.Message, as kind: Found.Type) async throws -> Bool {
        let now = effects.now()
        let seed = effects.randomBytes(16)
        let spare = CorrelationID.new(effects)
        return try await database.write(.bookkeeping("a message is taken; each start records its own event")) {
            writer in
            guard try Outbox.take(message, in: writer) else { return false }
            guard let found = Found(message.payload) else {
                let target = AuditEvent.Target("message", id: String(message.seq), name: Found.topic.rawValue)
                try writer.record(
                    AuditEvent(.executionRefused, on: target, by: Cause(.hub, at: now, spare), [.reason: "bad_message"])
                )
                return true
            }
            for flow in try found.flows(in: writer) {
                try Self.start(flow, for: found, seed: seed, at: now, in: writer)
            }
            return true
        }
    }

    private static func start(
        _ flow: FlowRow, for found: some FlowCause, seed: [UInt8], at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let cause = Cause(Actor(.flow, id: flow.name, name: flow.name), at: now, found.correlation)
        guard !found.chain.contains(flow.name) else {
            let details = found.details.merging([.reason: "flow_in_chain"]) { _, own in own }
            try writer.record(
                AuditEvent(
                    .executionRefused, on: .init("flow", id: flow.id, name: flow.name), by: cause, details))
            return
        }
        guard try isFirst(flow, found.id, at: now, in: writer) else { return }
        let id = derivedID(seed, flow.id)
        try insert(
            NewExecution(
                id: id, flow: flow, trigger: found.trigger, chain: found.chain + [flow.name],
                startedBy: found.startedBy, origins: found.by), by: cause, found.details, in: writer)
    }

    /// One message may start several flows; their ids come from one draw of the dice, made before the transaction.
    private static func derivedID(_ seed: [UInt8], _ flowID: String) -> ExecutionID {
        let own = Hex.decode(flowID) ?? Array(flowID.utf8)
        let mixed = seed.enumerated().map { index, byte in
            own.isEmpty ? byte : byte ^ own[index % own.count]
        }
        return ExecutionID(Hex.encode(mixed))
    }

    /// One row admits one start for one cause, whichever hub comes first.
    static func isFirst(
        _ flow: FlowRow, _ cause: String, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            "INSERT INTO flow_start (flow_id, change_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [.text(flow.id), .text(cause), .int(now.epochMilliseconds)]) == 1
    }
}

/// What an execution starts with.
struct NewExecution: Sendable {
    let id: ExecutionID
    let flow: FlowRow
    let trigger: JSON
    let chain: [String]
    let startedBy: String
    let origins: [String]
    var isTest = false
    var parent: Execution.Parent?
    var depth: Int64 = 0
    var rerunOf: String?
    /// Another version than the current one; for executions that take over a journal.
    var version: Int64?
}

extension Starter {
    /// Inserts an execution with its audit event.
    static func insert(
        _ new: NewExecution, by cause: Cause, _ details: [AuditEvent.Key: String] = [:], in writer: any SQLWriter
    ) throws {
        let version = new.version ?? new.flow.version
        try writer.run(
            """
            INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
            started_at, ended_at, reason, says, claimed_by, claimed_until, fence, test, parent_id, parent_path, depth,
            origins, rerun_of)
            VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9, NULL, '', '', '', 0, 0, $10, $11, $12, $13, $14, $15)
            """,
            [
                .text(new.id.rawValue), .text(new.flow.id), .text(new.flow.name), .int(version),
                .text(new.trigger.text()), .text(cause.correlation.text), Self.list(new.chain), .text(new.startedBy),
                .int(cause.now.epochMilliseconds), .bool(new.isTest), .optional(new.parent?.id),
                .optional(new.parent?.path), .int(new.depth), Self.list(new.origins), .optional(new.rerunOf),
            ])
        var own: [AuditEvent.Key: String] = [.flow: new.flow.name, .version: String(version)]
        if new.isTest { own[.mode] = "test" }
        if let rerunOf = new.rerunOf { own[.execution] = rerunOf }
        try writer.record(
            AuditEvent(
                .executionStarted, on: .init("execution", id: new.id.rawValue, name: new.flow.name), by: cause,
                own.merging(details) { first, _ in first }))
    }

    private static func list(_ texts: [String]) -> SQLValue {
        .text(JSON.array(texts.map { .string($0) }).text())
    }
}
