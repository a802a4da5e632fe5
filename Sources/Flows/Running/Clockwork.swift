import AuditTrail
import Core
import Storage

/// Starts flows by the clock. Two hubs at once start each tick once: its row in `flow_start` is unique.
///
/// The rule for ticks that nobody took up, because no hub ran: with `missed: once` the latest starts, late, and those
/// before it do not; with `missed: skip` none starts that is older than `Limits.tickGraceSeconds`. What does not start
/// is an audit event. A flow that is activated begins with the next tick.
///
/// A clock that was ahead and comes back loses no tick (`setRight`), and one that goes back repeats none: a tick that has
/// its row has had its start.
struct Clockwork: Sendable {
    let database: any Database
    let effects: Effects

    /// Starts what is due; returns how many flows had a tick.
    func takeTicks() async throws -> Int {
        let now = effects.now()
        let due = try await database.read { reader in try FlowStore.due(at: now, in: reader) }
        for flow in due {
            let id = ExecutionID.new(effects)
            let correlation = CorrelationID.new(effects)
            try await database.write(.bookkeeping("a tick is taken; each start records its own event")) { writer in
                try Self.take(flow, id, correlation, at: now, in: writer)
            }
        }
        return due.count
    }

    /// Brings forward what waits for a later tick than the next one, as after a clock that was ahead.
    func setRight(at now: Timestamp) async throws {
        let waiting = try await database.read { reader in try FlowStore.waiting(after: now, in: reader) }
        for flow in waiting {
            guard let next = flow.schedule?.next(after: now), let planned = flow.nextAt, next < planned else {
                continue
            }
            try await database.write(.bookkeeping("a tick that a clock ahead had passed over")) { writer in
                try writer.run(
                    "UPDATE flow SET next_at = $1 WHERE id = $2 AND next_at = $3 AND active = 1",
                    [.int(next.epochMilliseconds), .text(flow.id), .int(planned.epochMilliseconds)])
            }
        }
    }

    /// Starts nothing for ticks that are due: whoever had the store since the copy of it was made has taken them.
    static func passOver(by cause: Cause, in writer: any SQLWriter) throws {
        while case let due = try FlowStore.due(at: cause.now, in: writer), !due.isEmpty {
            for flow in due {
                try writer.run(
                    "UPDATE flow SET next_at = $1 WHERE id = $2",
                    [.optional(flow.schedule?.next(after: cause.now)?.epochMilliseconds), .text(flow.id)])
                try writer.record(
                    AuditEvent(
                        .executionRefused, on: .init("flow", id: flow.id, name: flow.name), by: cause,
                        [.reason: "missed_ticks", .until: cause.now.rfc3339]))
            }
        }
    }

    private static func take(
        _ seen: FlowRow, _ id: ExecutionID, _ correlation: CorrelationID, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        guard let schedule = seen.schedule, let first = seen.nextAt else { return }
        let moved = try writer.run(
            """
            UPDATE flow SET next_at = $1
            WHERE id = $2 AND next_at = $3 AND active = 1 AND current_version = $4
            """,
            [
                .optional(schedule.next(after: now)?.epochMilliseconds), .text(seen.id),
                .int(first.epochMilliseconds), .int(seen.version),
            ])
        guard moved == 1, let due = schedule.due(from: first, to: now) else { return }
        let cause = Cause(Actor(.flow, id: seen.name, name: seen.name), at: now, correlation)
        let age = now.milliseconds(since: due.latest)
        let isLate = schedule.missed == .skip && age > Int64(Limits.tickGraceSeconds.value) * 1_000
        let started = try Self.started(seen, from: first, to: due.latest, in: writer)
        let starts = try !isLate && Starter.isFirst(seen, Self.mark(due.latest), at: now, in: writer)
        let missed = due.earlier + 1 - started - (starts ? 1 : 0)
        if missed > 0 {
            try writer.record(
                AuditEvent(
                    .executionRefused, on: .init("flow", id: seen.id, name: seen.name), by: cause,
                    [.reason: "missed_ticks", .until: due.latest.rfc3339, .outcome: String(missed)]))
        }
        guard starts else { return }
        try Starter.insert(
            NewExecution(
                id: id, flow: seen, trigger: ["tick": ["at": .string(due.latest.rfc3339)]], chain: [seen.name],
                startedBy: "schedule", origins: []), by: cause, in: writer)
    }

    /// What keeps a tick's start unique. Of two ticks the later has the later text.
    private static func mark(_ tick: Timestamp) -> String { "tick \(tick.rfc3339)" }

    /// How many of these ticks had their start before, as they have after a clock that went back.
    private static func started(
        _ flow: FlowRow, from first: Timestamp, to last: Timestamp, in reader: any SQLReader
    ) throws -> Int {
        let row = try reader.row(
            "SELECT count(*) AS ticks FROM flow_start WHERE flow_id = $1 AND change_id >= $2 AND change_id <= $3",
            [.text(flow.id), .text(mark(first)), .text(mark(last))])
        return Int(try row?.int("ticks") ?? 0)
    }
}
