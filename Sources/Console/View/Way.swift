import Core

extension Station {
    /// The checks of a decision as the gatekeeper answers it: in their order, the deciding one marked, and beside it
    /// what would flip it.
    static func checks(of decision: JSON) -> [Station] {
        let deciding = decision["deciding"]?.string
        let flip = decision["would_pass_with"]?.string ?? ""
        var isBehind = false
        return (decision["checks"]?.array ?? []).map { check in
            let name = check["check"]?.string ?? ""
            let outcome = Words.spoken(check["outcome"]?.string ?? "")
            let isDeciding = name == deciding
            defer { isBehind = isBehind || isDeciding }
            let state: State = outcome == "passed" ? .passed : outcome == "failed" ? .failed : .skipped
            return Station(
                Words.label(name), state, isBehind ? "\(outcome), looked at all the same" : outcome,
                check["evidence"]?.string ?? "", isDeciding: isDeciding,
                flip: isDeciding && !flip.isEmpty ? "Would pass with: \(flip)." : nil)
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
