import Core
import Ports

/// The way of one call of an action, told from its row in the log and, where it was a flow's, from the step.
struct OutboundWay: Sendable {
    let request: JSON
    /// What the flow's journal says of it: `says` is the whole sentence.
    let step: JSON?

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

    /// The log keeps the gate's decision; a row without one says no more than it knows.
    private var gate: Station {
        guard isRefused else {
            return Station("Gate", .passed, nil, "The connection enables the action, and its inputs are valid.")
        }
        guard let decision = request["decision"], let check = GateCheck(rawValue: decision["deciding"]?.string ?? "")
        else { return Station("Gate", .failed, "refused here", says, isDeciding: true) }
        return Station("Gate", .failed, "refused here", checks: Station.checks(of: decision, link: flip(check)))
    }

    /// Where it can be changed.
    private func flip(_ check: GateCheck) -> Link? {
        let parts = (request["action"]?.string ?? "").split(separator: ".").map(String.init)
        let connection = request["connection"]?.string ?? ""
        switch check {
        case .enabled:
            guard let key = parts.last else { return nil }
            let form = Noun.connections.page(connection, "enable-action", query: [("action", key)])
            return Link("Would pass with: \(key) enabled on \(connection)", form)
        case .connection, .credential, .scope, .approval, .budget, .circuit, .passage:
            return Link("Look at \(connection)", Noun.connections.page(connection))
        case .spoke: return parts.first.map { Link("Look at \($0)", Noun.spokes.page($0)) }
        case .alias: return Link("Look at the aliases", Noun.aliases.page)
        case .action, .input: return nil
        }
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
        let isDoubtful = step?["state"]?.string == StepState.inDoubt.rawValue
        return Station("Outside", isDoubtful ? .doubtful : .failed, answer, "\(says) \(took)", isDeciding: true)
    }

    private var log: Station {
        let call = "\(request["method"]?.string ?? "") \(request["path"]?.string ?? "")"
        return Station("Log", .passed, "kept", "\(call), without values.")
    }
}
