/// Who acts: the subject of every audit event.
public struct Actor: Sendable, Equatable {
    /// What sort of actor it is.
    public enum Kind: String, Sendable, CaseIterable {
        /// A user who signed in.
        case user
        /// A client, acting as its application user.
        case client
        /// Whoever may open the hub's own socket or files on this machine.
        case local
        /// A flow's execution.
        case flow
        /// A hook, through which an outside system proved itself and sent something.
        case hook
        /// The hub itself.
        case system
        /// Nobody proved who they are.
        case nobody
    }
    /// What sort of actor it is.
    public let kind: Kind
    /// Its stable identifier.
    public let id: String
    /// Its name when it acted.
    public let name: String

    /// For a client: the id of the user whom it acts as, whose rights counted. Not part of audit events.
    public let user: String?

    /// Names an actor.
    public init(_ kind: Kind, id: String, name: String, user: String? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
        self.user = user
    }

    /// Everyone who stands behind it, as `kind:id`: a client and the user whom it acts as are both behind what it does.
    public var identities: [String] {
        ["\(kind.rawValue):\(id)"] + (user.map { ["\(Kind.user.rawValue):\($0)"] } ?? [])
    }

    /// The hub itself.
    public static let hub = Actor(.system, id: "hub", name: "hub")
    /// A caller who proved nothing.
    public static let nobody = Actor(.nobody, id: "-", name: "-")
}

/// Who does it, when, and under which correlation id. Read once where a request comes in, handed down to every write.
public struct Cause: Sendable, Equatable {
    /// Who acts.
    public let actor: Actor
    /// The moment of the request.
    public let now: Timestamp
    /// The id that the caller quotes and that leads to the log.
    public let correlation: CorrelationID

    /// Names a cause.
    public init(_ actor: Actor, at now: Timestamp, _ correlation: CorrelationID) {
        self.actor = actor
        self.now = now
        self.correlation = correlation
    }
}
