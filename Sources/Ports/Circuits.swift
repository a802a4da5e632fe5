public import Core

/// Whether calls of a connection are tried at all. It opens when the outside system fails again and again.
public enum CircuitState: Sendable, Equatable {
    /// Calls are tried; that many failed in a row just now.
    case closed(failures: Int)
    /// None is tried before that moment; then one is, as a trial.
    case open(until: Timestamp, reason: String)
    /// The one trial is under way, at the latest until then.
    case halfOpen(until: Timestamp, reason: String)

    /// As replies show it.
    public var json: JSON {
        switch self {
        case .closed(let failures): ["state": "closed", "failures": .int(Int64(failures))]
        case .open(let until, let reason):
            ["state": "open", "until": .string(until.rfc3339), "reason": .string(reason)]
        case .halfOpen(let until, let reason):
            ["state": "half_open", "until": .string(until.rfc3339), "reason": .string(reason)]
        }
    }
}

/// Tells how the circuits and the budgets of connections stand on this hub; another hub may have other experiences.
public protocol CircuitReading: Sendable {
    /// The circuit of a connection to that address.
    func circuit(of connection: ConnectionID, to url: String) -> CircuitState

    /// What is left of a connection's budget, its own bound first.
    ///
    /// - Parameter bound: calls a minute that an administrator set; nil where there is none.
    func budget(of connection: ConnectionID, to url: String, bound: Int64?, at now: Timestamp) -> [CallAllowance]
}
