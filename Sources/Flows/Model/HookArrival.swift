import AuditTrail
import Core
import Storage

/// An event that came through a hook, as its message tells it.
struct HookArrival: Sendable {
    let hook: String
    let hookID: String
    let eventID: String
    let event: JSON
    /// It happened before another that had come already.
    let isLate: Bool
    /// `delivery`, or `comparison` with the provider's log.
    let via: String
    let correlation: CorrelationID

    /// Nil for a message that lacks anything.
    init?(_ payload: JSON) {
        guard let hook = payload["hook"]?.string, let hookID = payload["hook_id"]?.string, !hookID.isEmpty,
            let eventID = payload["event_id"]?.string, !eventID.isEmpty, let event = payload["event"]?.object,
            let isLate = payload["late"]?.bool, let via = payload["via"]?.string,
            let correlation = payload["correlation"]?.string.flatMap(CorrelationID.init)
        else { return nil }
        self.hook = hook
        self.hookID = hookID
        self.eventID = eventID
        self.event = .object(event)
        self.isLate = isLate
        self.via = via
        self.correlation = correlation
    }

    /// What the steps of a flow see of it.
    static func trigger(_ event: JSON, hook: String, isLate: Bool, via: String) -> JSON {
        ["event": event, "hook": ["name": .string(hook), "late": .bool(isLate), "via": .string(via)]]
    }
}

extension HookArrival: FlowCause {
    static let topic = Outbox.Topic.hookEvent

    var id: String { "hook \(hookID) \(eventID)" }
    /// The hub cannot see whether one of its own flows led to what happened outside.
    var chain: [String] { [] }
    var by: [String] { Actor(.hook, id: hookID, name: hook).identities }
    var startedBy: String { "hook \(hook)" }
    var trigger: JSON { Self.trigger(event, hook: hook, isLate: isLate, via: via) }
    var details: [AuditEvent.Key: String] { [.hook: hook, .event: eventID] }

    func flows(in reader: any SQLReader) throws -> [FlowRow] { try FlowStore.flows(for: self, in: reader) }

    /// By `published`: those that wait together start in the order in which they happened.
    static func order(_ messages: [Outbox.Message]) -> [Outbox.Message] {
        func key(_ message: Outbox.Message) -> (String, Int64) {
            (message.payload["published"]?.string ?? "", message.seq)
        }
        return messages.sorted { key($0) < key($1) }
    }
}
