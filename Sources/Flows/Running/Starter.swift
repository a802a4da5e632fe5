import AuditTrail
import Core
import Storage

/// Makes executions: from record changes, each once, and by hand.
struct Starter: Sendable {
    let database: any Database
    let effects: Effects

    /// Acts on the messages that wait; returns how many it took. Two hubs at once take each message once.
    func takeMessages() async throws -> Int {
        let most = Limits.pageRows.value
        let messages = try await database.read { reader in
            try Outbox.waiting(.recordChange, most: most, in: reader)
        }
        var taken = 0
        for message in messages where try await take(message) { taken += 1 }
        return taken
    }

    private func take(_ message: Outbox.Message) async throws -> Bool {
        let now = effects.now()
        let seed = effects.randomBytes(16)
        let spare = CorrelationID.new(effects)
        return try await database.write(.bookkeeping("a message is taken; each start records its own event")) {
            writer in
            guard try Outbox.take(message, in: writer) else { return false }
            guard let change = Change(message.payload, spare: spare) else { return true }
            let chain = try Self.wholeChain(change, in: writer)
            for flow in try Self.flows(for: change, in: writer) {
                try Self.start(flow, for: change, chain, seed: seed, at: now, in: writer)
            }
            return true
        }
    }

    /// The active flows that a change starts.
    private static func flows(for change: Change, in reader: any SQLReader) throws -> [FlowRow] {
        try reader.rows(
            """
            SELECT id, name, title, application, active, current_version, trigger_table, trigger_when, conditions,
            created_at, updated_at
            FROM flow WHERE trigger_table = $1 AND trigger_when = $2 AND active = 1 ORDER BY name LIMIT $3
            """, [.text(change.table), .text(change.kind), .int(Int64(Limits.pageRows.value))]
        ).map(FlowRow.init).filter { flow in flow.conditions.allSatisfy { $0.holds(for: change.record) } }
    }

    private static func start(
        _ flow: FlowRow, for change: Change, _ chain: [String], seed: [UInt8], at now: Timestamp,
        in writer: any SQLWriter
    ) throws {
        let cause = Cause(Actor(.flow, id: flow.name, name: flow.name), at: now, change.correlation)
        guard !chain.contains(flow.name) else {
            try writer.record(
                AuditEvent(
                    .executionRefused, on: .init("flow", id: flow.id, name: flow.name), by: cause,
                    [.reason: "flow_in_chain", .table: change.table, .record: change.sysID]))
            return
        }
        let isFirst = try writer.run(
            "INSERT INTO flow_start (flow_id, change_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [.text(flow.id), .text(change.id), .int(now.epochMilliseconds)])
        guard isFirst == 1 else { return }
        let id = derivedID(seed, flow.id)
        try insert(
            NewExecution(
                id: id, flow: flow, trigger: ["record": change.record], chain: chain + [flow.name],
                startedBy: "\(change.table) \(change.kind)"), by: cause,
            [.table: change.table, .record: change.sysID], in: writer)
    }

    /// One message may start several flows; their ids come from one draw of the dice, made before the transaction.
    private static func derivedID(_ seed: [UInt8], _ flowID: String) -> ExecutionID {
        let own = Hex.decode(flowID) ?? Array(flowID.utf8)
        let mixed = seed.enumerated().map { index, byte in
            own.isEmpty ? byte : byte ^ own[index % own.count]
        }
        return ExecutionID(Hex.encode(mixed))
    }

    /// The flows that led to a change: those that the message names, and those that led to them. They share the
    /// correlation id.
    private static func wholeChain(_ change: Change, in reader: any SQLReader) throws -> [String] {
        guard !change.chain.isEmpty else { return [] }
        var chain = Set(change.chain)
        let rows = try reader.rows(
            "SELECT flow, chain FROM execution WHERE correlation = $1 ORDER BY started_at DESC, id LIMIT $2",
            [.text(change.correlation.text), .int(Int64(Limits.pageRows.value))])
        for row in rows where change.chain.contains(try row.text("flow")) {
            chain.formUnion(try JSON.read(try row.text("chain")).array?.compactMap(\.string) ?? [])
        }
        return chain.sorted()
    }
}

/// What an execution starts with.
struct NewExecution: Sendable {
    let id: ExecutionID
    let flow: FlowRow
    let trigger: JSON
    let chain: [String]
    let startedBy: String
}

extension Starter {
    /// Inserts an execution with its audit event.
    static func insert(
        _ new: NewExecution, by cause: Cause, _ details: [AuditEvent.Key: String] = [:], in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
            started_at, ended_at, reason, says, claimed_by, claimed_until, fence)
            VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9, NULL, '', '', '', 0, 0)
            """,
            [
                .text(new.id.rawValue), .text(new.flow.id), .text(new.flow.name), .int(new.flow.version),
                .text(new.trigger.text()), .text(cause.correlation.text),
                .text(JSON.array(new.chain.map { .string($0) }).text()), .text(new.startedBy),
                .int(cause.now.epochMilliseconds),
            ])
        let own: [AuditEvent.Key: String] = [.flow: new.flow.name, .version: String(new.flow.version)]
        try writer.record(
            AuditEvent(
                .executionStarted, on: .init("execution", id: new.id.rawValue, name: new.flow.name), by: cause,
                own.merging(details) { first, _ in first }))
    }
}
