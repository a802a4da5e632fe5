public import Core

/// One check of the gate; the order of the cases is the order of checking.
public enum GateCheck: String, Sendable, CaseIterable {
    case action, spoke, alias, connection, enabled, credential, scope, input, approval, budget, circuit, passage

    /// What is known once it has passed.
    public var evidence: String {
        switch self {
        case .action: "A spoke of this hub knows the action."
        case .spoke: "The spoke is activated."
        case .alias: "The alias leads to an active connection with a credential."
        case .connection: "The connection is for this spoke."
        case .enabled: "The connection enables the action."
        case .credential: "The spoke takes this kind of credential."
        case .scope: "The credential holds the scopes that the action needs, or is no token."
        case .input: "The inputs are valid and fit their places."
        case .approval: "It needs no approval, or a second person approved this call."
        case .budget: "Neither the provider's rate limit nor the connection's own bound is spent."
        case .circuit: "The outside system answered lately."
        case .passage: "The way out leads to an allowed address and a pinned key."
        }
    }

    /// The decision of a call that this check refused: the checks before it passed, those behind it were not made.
    public func refusal(_ reason: String, _ says: String) -> JSON {
        var outcome = CheckOutcome.passed
        let checks = Self.allCases.map { check -> JSON in
            outcome = check == self ? .failed : outcome == .passed ? .passed : .notReached
            let evidence = check == self ? says : outcome == .passed ? check.evidence : ""
            return [
                "check": .string(check.rawValue), "outcome": .string(outcome.rawValue), "evidence": .string(evidence),
            ]
        }
        return [
            "allowed": false, "reason": .string(reason), "says": .string(says), "deciding": .string(rawValue),
            "checks": .array(checks),
        ]
    }
}

/// How one check of a decision came out.
public enum CheckOutcome: String, Sendable, CaseIterable {
    case passed, failed
    /// It is not asked for, or there is nothing to look at.
    case notNeeded = "not_needed"
    /// An earlier check had decided.
    case notReached = "not_reached"
}
