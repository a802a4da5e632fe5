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
        let takings = Found.order(messages).map { message in
            Taking(
                message: message, now: effects.now(), seed: effects.randomBytes(16), spare: CorrelationID.new(effects))
        }
        guard !takings.isEmpty else { return 0 }
        do {
            return try await take(takings, as: kind)
        } catch {
            if takings.count == 1 || (error as? HubError)?.kind == .unavailable { throw error }
            // One of them cannot be acted on; those before it can.
            var taken = 0
            for taking in takings { taken += try await take([taking], as: kind) }
            return taken
        }
    }

    /// One message, and what acting on it needs of clock and dice.
    private struct Taking: Sendable {
        let message: Outbox.Message
        let now: Timestamp
        let seed: [UInt8]
        let spare: CorrelationID
    }

    /// All in one commit, for a busy flow leaves a message with each record that it changes.
    private func take<Found: FlowCause>(_ takings: [Taking], as kind: Found.Type) async throws -> Int {
        try await database.write(.bookkeeping("messages are taken; each start records its own event")) {
            writer in
            try takings.count { try Self.take($0, as: kind, in: writer) }
        }
    }

    private static func take<Found: FlowCause>(
        _ taking: Taking, as kind: Found.Type, in writer: any SQLWriter
    ) throws -> Bool {
        guard try Outbox.take(taking.message, in: writer) else { return false }
        guard let found = Found(taking.message.payload) else {
            let target = AuditEvent.Target("message", id: String(taking.message.seq), name: Found.topic.rawValue)
            let cause = Cause(.hub, at: taking.now, taking.spare)
            try writer.record(AuditEvent(.executionRefused, on: target, by: cause, [.reason: "bad_message"]))
            return true
        }
        for flow in try found.flows(in: writer) {
            try start(flow, for: found, seed: taking.seed, at: taking.now, in: writer)
        }
        return true
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
