/// How far one attempt at a step of a flow came.
public enum StepState: String, Sendable, CaseIterable {
    /// Decided, nothing has left.
    case planned
    /// About to leave or gone; no answer is kept.
    case sent
    /// Nothing leaves: it waits for a moment, a person or another execution.
    case waiting
    case done
    case failed
    /// The gate or a person refused it; nothing was sent.
    case refused
    /// Left alone by a condition.
    case skipped
    /// Stopped before anything left.
    case cancelled
    /// Sent, and nobody knows whether it happened.
    case inDoubt = "in_doubt"
}

/// Where one durable run of a flow stands.
public enum ExecutionState: String, Sendable, CaseIterable {
    /// Started, not yet taken up by a hub.
    case waiting
    case running
    /// A step was sent and its outcome is unknown; a person decides.
    case inDoubt = "in_doubt"
    case done
    case failed
    case cancelled
}
