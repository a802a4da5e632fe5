import Core

/// One durable run of a flow, as it is kept.
struct Execution: Sendable, Equatable {
    /// Where it stands.
    enum State: String, Sendable, CaseIterable {
        /// Started, not yet taken up by a hub.
        case waiting
        case running
        /// A step was sent and its outcome is unknown; a person decides.
        case inDoubt = "in_doubt"
        case done
        case failed
    }

    let id: ExecutionID
    let flowID: String
    let flow: String
    let version: Int64
    let trigger: JSON
    let correlation: CorrelationID

    /// A cause of what it does, at a moment: the flow acts, under the correlation id of what started it.
    func cause(at now: Timestamp) -> Cause { Cause(Actor(.flow, id: flow, name: flow), at: now, correlation) }
}

/// A hub's hold on one execution. Every write of the journal carries the fence and fails once it has passed on.
struct Claim: Sendable, Equatable {
    let execution: Execution
    let hub: String
    let fence: Int64
}
