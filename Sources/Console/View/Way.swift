import Core
import Ports

extension Station {
    /// The checks of a decision as the gatekeeper answers it: in their order, the deciding one marked, and beside it
    /// what would flip it; the gate's decisions have the same shape.
    ///
    /// - Parameter link: where the deciding check can be changed.
    static func checks(of decision: JSON, link: Link? = nil) -> [Station] {
        let deciding = decision["deciding"]?.string
        let flip = decision["would_pass_with"]?.string ?? ""
        var isBehind = false
        return (decision["checks"]?.array ?? []).map { check in
            let name = check["check"]?.string ?? ""
            let outcome = CheckOutcome(rawValue: check["outcome"]?.string ?? "")
            let isDeciding = name == deciding
            defer { isBehind = isBehind || isDeciding }
            let word = outcome.map { Words.spoken($0.rawValue) } ?? ""
            return Station(
                Words.label(name), outcome?.state ?? .skipped,
                isBehind && outcome != .notReached ? "\(word), looked at all the same" : word,
                check["evidence"]?.string ?? "", isDeciding: isDeciding,
                flip: isDeciding && !flip.isEmpty ? "Would pass with: \(flip)." : nil, link: isDeciding ? link : nil)
        }
    }

    /// Authentication and authorization with their checks.
    static func deciding(_ decision: JSON) -> [Station] {
        let checks = checks(of: decision)
        let count = checks.firstIndex { $0.name == "Scope" } ?? checks.count
        let (who, what) = (Array(checks.prefix(count)), Array(checks.dropFirst(count)))
        let isKnown = !who.contains(where: \.isDeciding)
        return [group("Authentication", who, isReached: true), group("Authorization", what, isReached: isKnown)]
    }

    private static func group(_ name: String, _ checks: [Station], isReached: Bool) -> Station {
        let isRefused = checks.contains(where: \.isDeciding)
        let isIdle = checks.allSatisfy { $0.state == .skipped }
        let state: State = isRefused ? .failed : !isReached ? .unreached : isIdle ? .skipped : .passed
        return Station(name, state, isRefused ? "refused here" : nil, checks: checks)
    }

    /// A decision alone, as of a refusal's own page: nothing lies behind it.
    static func stations(of decision: JSON) -> [Station] { deciding(decision) }

    /// What the simulator says: what live traffic would do.
    static func simulated(_ decision: JSON) -> [Station] {
        let isAllowed = decision["allowed"]?.bool == true
        let call = "\(decision["method"]?.string ?? "") \(decision["path"]?.string ?? "")"
        return [Station("Transport", .passed, "as if", "\(call) would arrive.")] + deciding(decision) + [
            isAllowed
                ? Station("Handler", .passed, "would be called", "It may still find the request wrong in itself.")
                : Station("Handler", .unreached, nil, "Nothing is done, and the body is not read.")
        ]
    }
}

extension CheckOutcome {
    fileprivate var state: Station.State {
        switch self {
        case .passed: .passed
        case .failed: .failed
        case .notNeeded: .skipped
        case .notReached: .unreached
        }
    }
}
