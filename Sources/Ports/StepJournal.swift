/// How a value that nobody may read again is shown.
public enum Sensitive {
    /// What stands in its place.
    public static let shown = "<sensitive>"
}

/// What became of a step that a stream's items were handed to.
public enum StepStanding: Sendable, Equatable {
    /// Its outcome is kept, with the items.
    case taken
    /// It ended without them, or nobody knows it any more.
    case lost
    /// It may still be kept.
    case open
}

/// Knows the journal of executions.
public protocol StepJournal: Sendable {
    /// What became of a step, named as `ActionCall.execution` names it.
    func standing(of step: String) async throws -> StepStanding
}
