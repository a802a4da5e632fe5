public import Core

/// One POST that the org owes an event hook's address.
public struct HookDelivery: Sendable {
    /// Where it is sent.
    public let url: String
    /// The hook's own headers.
    public let headers: [(name: String, value: String)]
    /// The header that proves the caller, and its value; nil when the hook has none.
    public let auth: (header: String, value: Secret)?
    /// JSON.
    public let body: [UInt8]
}

/// What goes wrong with deliveries on purpose: how many of the next ones.
struct DeliveryFaults: Sendable {
    /// Are never sent.
    var lose = 0
    /// Are sent twice, as they are when an answer comes too late.
    var double = 0
    /// Are sent behind the next one.
    var reorder = 0
}

/// What the org owes its event hooks.
struct Deliveries: Sendable {
    private(set) var waiting: [HookDelivery] = []
    /// Sent behind the next one.
    private var held: [HookDelivery] = []
    var faults = DeliveryFaults()

    mutating func add(_ delivery: HookDelivery) {
        if faults.lose > 0 {
            faults.lose -= 1
            return
        }
        if faults.reorder > 0 {
            faults.reorder -= 1
            held.append(delivery)
            return
        }
        waiting.append(delivery)
        if faults.double > 0 {
            faults.double -= 1
            waiting.append(delivery)
        }
        waiting += held
        held = []
        // Okta drops what an org sends beyond its bound, too.
        waiting = Array(waiting.prefix(Limits.hookDeliveries.value))
    }

    mutating func take() -> [HookDelivery] {
        defer { waiting = [] }
        return waiting
    }
}

extension OktaOrg {
    /// Whether an address is an origin on this machine: `http://127.0.0.1:8080`.
    public static func isOwn(origin: String) -> Bool {
        guard let url = StrictURL(origin), url.scheme == "http", !origin.hasSuffix("/"), url.target == "/" else {
            return false
        }
        return ["127.0.0.1", "localhost", "::1"].contains(url.host)
    }

    /// Where an event hook's address is really reached.
    public func address(of uri: String) -> String {
        guard let hooksTo, let url = StrictURL(uri) else { return uri }
        return hooksTo + url.target
    }

    /// Hands over what is owed to event hooks; whoever runs the org sends it.
    public mutating func takeDeliveries() -> [HookDelivery] { deliveries.take() }

    /// Owes what was kept since `before` to every active and verified hook that lists its type: one delivery a hook.
    mutating func oweEvents(keptSince before: Int, at now: Timestamp) {
        guard let first = events.firstIndex(where: { $0.sequence > before }) else { return }
        let new = events[first...]
        for hook in hooks where hook.isActive && hook.isVerified {
            let wanted = new.filter { hook.wish.events.contains($0.type) }
            guard !wanted.isEmpty else { continue }
            deliveries.add(delivery(of: wanted.map(\.json), to: hook, at: now))
        }
    }

    private mutating func delivery(of events: [JSON], to hook: EventHook, at now: Timestamp) -> HookDelivery {
        let body: JSON = [
            "eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
            "source": .string("\(baseURL)/api/v1/eventHooks/\(hook.id)"), "eventId": .string(dice.uuid()),
            "data": ["events": .array(events)], "eventTime": .string(now.rfc3339), "contentType": "application/json",
        ]
        return HookDelivery(
            url: address(of: hook.wish.uri), headers: hook.wish.fixedHeaders, auth: hook.wish.auth, body: body.bytes)
    }
}

extension EventHookWish {
    /// The header that proves a call; nil when there is none.
    var auth: (header: String, value: Secret)? {
        guard let authHeader, let authValue else { return nil }
        return (authHeader, authValue)
    }

    /// `headers` of the channel, as far as each has a key and a value.
    var fixedHeaders: [(name: String, value: String)] {
        headers.compactMap { header in
            guard let key = header["key"]?.string, let value = header["value"]?.string else { return nil }
            return (key, value)
        }
    }
}
