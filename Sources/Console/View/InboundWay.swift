import Core

/// The way of one request that came in, told from its row in the log.
struct InboundWay: Sendable {
    private enum Stop: Int, Comparable {
        case transport, authentication, authorization, handler, nowhere
        static func < (left: Stop, right: Stop) -> Bool { left.rawValue < right.rawValue }
    }

    private let request: JSON
    private let stop: Stop

    init(_ request: JSON) {
        self.request = request
        stop = Self.stop(of: request)
    }

    /// A decision says itself where it refused; without one the status does.
    private static func stop(of request: JSON) -> Stop {
        let status = request["status"]?.int ?? 0
        switch request["outcome"]?.string {
        case "allowed": return .nowhere
        case "refused": break
        default: return [404, 405, 408, 413, 414, 431].contains(status) ? .transport : .handler
        }
        if let decision = request["decision"], decision != .null {
            return deciding(decision)
        }
        switch status {
        case 401: return .authentication
        case 403: return .authorization
        case 400: return .handler
        // A reason that says what it means is the authorization server's, which answers with other statuses too.
        default: return request["says"] == nil ? .transport : .handler
        }
    }

    private static func deciding(_ decision: JSON) -> Stop {
        ["scope", "right"].contains(decision["deciding"]?.string) ? .authorization : .authentication
    }

    var stations: [Station] {
        var decided = [authentication, authorization]
        if let decision = request["decision"], decision != .null { decided = Station.deciding(decision) }
        return [transport] + decided + [handler, store, log]
    }

    private var call: String { "\(request["method"]?.string ?? "") \(request["path"]?.string ?? "")" }
    /// The hub's own socket has no address, and rows of before it was kept have none.
    private var from: String {
        request["address"]?.string.map { $0.isEmpty || $0 == "-" ? "" : " from \($0)" } ?? ""
    }
    private var reason: String { request["reason"]?.string ?? "" }
    /// What its reason means, and whom or what it is about where the log kept that.
    private var says: String? {
        guard let says = request["says"]?.string else { return request["about"]?.string }
        return request["about"]?.string.map { "\(says) \($0)" } ?? says
    }

    private var transport: Station {
        if stop == .transport {
            return ended("Transport", "refused", says ?? "\(call): no route takes it, or it came unfit.")
        }
        return Station("Transport", .passed, "read", "\(call) arrived\(from), whole and within its bounds.")
    }

    private var authentication: Station {
        let caller = [("client", "Client"), ("user", "user")].compactMap { key, word in
            request[key]?.string.flatMap { $0.isEmpty || $0 == "-" ? nil : "\(word) \($0)" }
        }
        if stop == .authentication { return ended("Authentication", "refused", says ?? "No valid proof of who calls.") }
        if stop < .authentication { return Station("Authentication", .unreached) }
        if caller.isEmpty { return Station("Authentication", .skipped, nil, "Nobody is asked for here.") }
        return Station("Authentication", .passed, nil, caller.joined(separator: ", ") + ".")
    }

    private var authorization: Station {
        if stop == .authorization { return ended("Authorization", "refused", says ?? "The caller may not do this.") }
        if stop < .authorization { return Station("Authorization", .unreached) }
        return Station(
            "Authorization", .passed, nil, "The log keeps the checks of refusals only; the simulator makes them again.",
            link: simulator)
    }

    private var handler: Station {
        let status = request["status"]?.int ?? 0
        if stop == .handler { return ended("Handler", "answered \(status)", says ?? "") }
        if stop < .handler {
            return Station("Handler", .unreached, nil, "Nothing was done. The caller got \(status).")
        }
        return Station("Handler", .passed, "answered \(status)", "In \(took).")
    }

    private var took: String { Words.milliseconds(request["microseconds"]?.int ?? 0) }

    private var store: Station {
        if stop < .nowhere { return Station("Store", .unreached, nil, "Nothing was changed.") }
        guard request["method"]?.string != "GET" else {
            return Station("Store", .passed, "read", "Nothing was changed.")
        }
        return Station(
            "Store", .passed, nil, "A change and its audit event stand in one transaction.",
            link: request["correlation"]?.string.map {
                Link("Its audit events", Path("audit-events", query: [("correlation", $0)]))
            })
    }

    private var log: Station {
        let again = request["repeated"]?.int.map { " \($0) more like it came in that minute." } ?? ""
        return Station("Log", .passed, "kept", "After \(took).\(again)")
    }

    /// The station where it ended, with its reason.
    private func ended(_ name: String, _ outcome: String, _ evidence: String) -> Station {
        let why = reason.isEmpty ? evidence : "\(evidence) Reason: \(reason)."
        return Station(
            name, .failed, outcome, why.trimmed, isDeciding: true, flip: request["next"]?.string,
            link: says != nil || name == "Transport" || name == "Handler" ? nil : simulator)
    }

    private var simulator: Link? {
        guard let method = request["method"]?.string, let path = request["path"]?.string else { return nil }
        let client = request["client"]?.string ?? "-"
        let query = [("method", method), ("path", path)] + (client == "-" ? [] : [("client", client)])
        return Link("Simulate it now", Path("simulator", query: query))
    }
}

extension String {
    fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
