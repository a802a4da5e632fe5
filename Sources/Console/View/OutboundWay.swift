import Core

/// The way of one call of an action, told from its row in the log and, where it was a flow's, from the step.
struct OutboundWay: Sendable {
    let request: JSON
    /// What the flow's journal says of it: `says` is the whole sentence.
    let step: JSON?

    /// The gate's checks in their order, and the reasons that each refuses with. One more check is one more line.
    private static let checks: [(name: String, evidence: String, reasons: Set<String>)] = [
        ("Action", "A spoke of this hub knows the action.", ["unknown_action"]),
        ("Spoke", "The spoke is activated.", ["spoke_inactive"]),
        ("Alias", "The alias leads to an active connection with a credential.", []),
        ("Connection", "The connection is for this spoke.", ["spoke_mismatch"]),
        ("Enabled", "The connection enables the action.", ["action_not_enabled"]),
        ("Credential", "The spoke takes this kind of credential.", ["credential_kind_refused"]),
        ("Input", "The inputs are valid and fit their places.", ["input_invalid"]),
    ]

    private var reason: String { request["reason"]?.string ?? "" }
    private var outcome: String { request["outcome"]?.string ?? "" }
    private var isRefused: Bool { outcome == "refused" }
    private var isFailed: Bool { outcome != "allowed" && !isRefused }
    private var says: String {
        let said = step?["says"]?.string ?? ""
        return said.isEmpty ? "Reason: \(reason)." : "\(said) Reason: \(reason)."
    }

    var stations: [Station] { [origin, gate, credential, outside, log] }

    private var origin: Station {
        let whole = request["execution"]?.string ?? ""
        let parts = whole.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            return Station("Origin", .passed, "by hand", "\(request["user"]?.string ?? "") ran it.")
        }
        return Station(
            "Flow step", .passed, parts[1], request["action"]?.string ?? "",
            link: Link("The execution", Path("executions", parts[0])))
    }

    private var gate: Station {
        guard isRefused else {
            return Station("Gate", .passed, nil, "The connection enables the action, and its inputs are valid.")
        }
        let place = Self.checks.firstIndex { $0.reasons.contains(reason) } ?? 2
        let checks = Self.checks.enumerated().map { number, check in
            number < place
                ? Station(check.name, .passed, nil, check.evidence)
                : number > place
                    ? Station(check.name, .unreached)
                    : Station(check.name, .failed, "refused", says, isDeciding: true, flip: nil, link: flip)
        }
        return Station("Gate", .failed, "refused here", checks: checks)
    }

    /// Where it can be changed.
    private var flip: Link? {
        guard let connection = request["connection"]?.string, !connection.isEmpty else { return nil }
        let key = (request["action"]?.string ?? "").split(separator: ".").last.map(String.init) ?? ""
        guard reason == "action_not_enabled" else {
            return Link("Look at \(connection)", Noun.connections.page(connection))
        }
        let form = Noun.connections.page(connection, "enable-action", query: [("action", key)])
        return Link("Would pass with: \(key) enabled on \(connection)", form)
    }

    private var credential: Station {
        if isRefused { return Station("Credential", .unreached, nil, "No secret was opened.") }
        return Station(
            "Credential", .passed, "opened for this call",
            "Of connection \(request["connection"]?.string ?? ""); its secret left at the socket alone.")
    }

    private var outside: Station {
        if isRefused { return Station("Outside", .unreached, nil, "Nothing was sent.") }
        let status = request["status"]?.int ?? 0
        let answer = status == 0 ? "no answer" : "answered \(status)"
        let took = "In \(Words.milliseconds(request["microseconds"]?.int ?? 0))."
        guard isFailed else { return Station("Outside", .passed, answer, took) }
        let isDoubtful = step?["state"]?.string == "in_doubt"
        return Station("Outside", isDoubtful ? .doubtful : .failed, answer, "\(says) \(took)", isDeciding: true)
    }

    private var log: Station {
        let call = "\(request["method"]?.string ?? "") \(request["path"]?.string ?? "")"
        return Station("Log", .passed, "kept", "\(call), without values.")
    }
}
