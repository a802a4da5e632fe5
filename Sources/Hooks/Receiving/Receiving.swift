import AuditTrail
public import Core
import Ports
import Storage

extension Hooks {
    /// Answers the provider's one-time question and notes that it was asked.
    ///
    /// - Parameter values: all values of the header of that name, in lowercase.
    /// - Returns: the JSON to answer.
    public func verify(
        _ proved: Proved, at now: Timestamp, _ correlation: CorrelationID,
        _ values: @Sendable (_ header: String) -> [String]
    ) async throws -> JSON {
        let hook = proved.hook
        let rules = try rules(of: hook)
        let asked = values(rules.challengeHeader)
        guard asked.count == 1, (1...Limits.hookChallengeBytes.value).contains(asked[0].utf8.count) else {
            throw HubError(
                .invalid, "no_challenge", "A GET here is for the provider's verification and needs its header, once.")
        }
        try await database.write(.change) { writer in
            try writer.run(
                """
                UPDATE hook SET verified_at = $2, expected_since = COALESCE(expected_since, $2), compare_at = 0
                WHERE id = $1
                """, [.text(hook.id), .int(now.epochMilliseconds)])
            try writer.record(
                AuditEvent(.hookVerified, on: hook.target, by: Cause(hook.actor, at: now, correlation)))
        }
        return [rules.challengeMember: .string(asked[0])]
    }

    /// Takes a delivery in: each event that is new is kept and leaves a message for flows, in one transaction.
    ///
    /// Returns once that is on the disk.
    /// - Returns: how many of its events were new.
    @discardableResult
    public func receive(
        _ proved: Proved, body: [UInt8], at now: Timestamp, _ correlation: CorrelationID
    ) async throws -> Int {
        let hook = proved.hook
        let delivery: JSON
        do { delivery = try JSON.read(body, members: Limits.hookMembers) } catch {
            throw HubError(.invalid, "malformed_json", "The body is not JSON we accept: \(error).")
        }
        guard let events = try rules(of: hook).events(delivery) else {
            throw HubError(
                .invalid, "not_a_delivery",
                "The body is not what spoke \(hook.spoke) says that its system sends. Nothing of it was taken in.")
        }
        guard events.count <= Limits.hookEvents.value else {
            throw HubError(
                .tooLarge, "too_many_events", "A delivery holds at most \(Limits.hookEvents.value) events.")
        }
        return try await database.write(.bookkeeping("events of a hook; each start of a flow records its own event")) {
            writer in
            // Deleted meanwhile: nothing that could start from it is left.
            guard let hook = try HookRows.lookUp(hook.id, in: writer) else { return 0 }
            let new = try Self.keep(events, of: hook, via: .delivery, at: now, correlation, in: writer)
            try writer.run(
                "UPDATE hook SET received_at = $2, latest_published = $3 WHERE id = $1",
                [.text(hook.id), .int(now.epochMilliseconds), .moment(hook.latest(with: events))])
            return new
        }
    }

    func rules(of hook: Hook) throws -> HookProtocol {
        guard let rules = protocols.hooks(of: hook.spoke) else {
            throw HubError(
                .unavailable, "no_hooks", "The spoke of this hook no longer says how its system sends events.")
        }
        return rules
    }

    /// How an event came here.
    enum Way: String, Sendable {
        case delivery
        case comparison
    }

    /// Keeps events in the order of `published`, each once, with a message for each that is new; answers how many are.
    ///
    /// One that happened before another that came in an earlier transaction is marked late.
    static func keep(
        _ events: [HookEvent], of hook: Hook, via way: Way, at now: Timestamp, _ correlation: CorrelationID,
        in writer: any SQLWriter
    ) throws -> Int {
        var new = 0
        for event in events.sorted(by: { ($0.published, $0.id) < ($1.published, $1.id) }) {
            let isLate = hook.latestPublished.map { event.published < $0 } ?? false
            let inserted = try writer.run(
                """
                INSERT INTO hook_event (hook_id, event_id, type, published, received_at, via, late, correlation)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hook_id, event_id) DO NOTHING
                """,
                [
                    .text(hook.id), .text(event.id), .text(event.type), .int(event.published.epochMilliseconds),
                    .int(now.epochMilliseconds), .text(way.rawValue), .bool(isLate), .text(correlation.text),
                ])
            guard inserted == 1 else { continue }
            new += 1
            try Outbox.publish(
                .hookEvent,
                [
                    "hook": .string(hook.name), "hook_id": .string(hook.id), "event_id": .string(event.id),
                    "published": .string(event.published.rfc3339), "type": .string(event.type), "event": event.event,
                    "late": .bool(isLate), "via": .string(way.rawValue), "correlation": .string(correlation.text),
                ], in: writer)
        }
        return new
    }
}
