import Core

extension Station {
    /// The stations of a decision as the gatekeeper answers it: the checks in their order, the deciding one marked, and
    /// beside it what would flip it.
    static func stations(of decision: JSON) -> [Station] {
        let deciding = decision["deciding"]?.string
        let flip = decision["would_pass_with"]?.string ?? ""
        var isBehind = false
        return (decision["checks"]?.array ?? []).map { check in
            let name = check["check"]?.string ?? ""
            let outcome = check["outcome"]?.string ?? ""
            let isDeciding = name == deciding
            defer { isBehind = isBehind || isDeciding }
            let state: State = outcome == "passed" ? .passed : outcome == "failed" ? .failed : .skipped
            return Station(
                name: Words.label(name), state: state,
                outcome: isBehind ? "\(Words.spoken(outcome)), looked at all the same" : Words.spoken(outcome),
                evidence: check["evidence"]?.string ?? "", isDeciding: isDeciding,
                flip: isDeciding && !flip.isEmpty ? "Would pass with: \(flip)" : nil)
        }
    }
}
