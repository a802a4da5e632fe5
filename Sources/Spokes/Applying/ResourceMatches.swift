/// One thing at the provider that a resource set may hold.
public struct ResourceMatch: Sendable, Equatable {
    /// As the choice of resources takes it, such as `group:ID`.
    public let resource: String
    /// Its id there.
    public let id: String
    /// Its name there, made fit to be shown.
    public let name: String
    /// The word in front of the id.
    public let type: String
}

/// What a search at the provider answered.
public struct ResourceMatches: Sendable, Equatable {
    /// In the provider's order, at most `Limits.resourceMatches`.
    public let items: [ResourceMatch]
    /// Whether there may be more than these.
    public let mayHaveMore: Bool
}

/// What the provider says of a chosen resource.
public enum ResourceStanding: Sendable, Equatable {
    /// It is there under this name.
    case found(name: String)
    /// It is not there, as far as whoever asked can see.
    case missing(says: String)
    /// It cannot be told.
    case notReadable(reason: String, says: String)
}
