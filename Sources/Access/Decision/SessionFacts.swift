public import Core
public import Ports

/// What the hub knows of a presented session at the moment of the request.
public enum SessionFacts: Sendable, Equatable {
    /// It is none of ours: malformed, never begun, long gone, or of a user who is gone.
    case unknown
    /// It was begun.
    case found(Begun)

    /// A session and its user as they are now.
    public struct Begun: Sendable, Equatable {
        /// The session's id.
        public var id: SessionID
        /// The user with the roles in force now; nil if there is none any more.
        public var user: UserFacts?
        /// When the user signed in.
        public var begunAt: Timestamp
        /// When the user last proved who it is, at the sign-in or after.
        public var provedAt: Timestamp
        /// When it ends unless it is used before.
        public var idleAt: Timestamp
        /// When it ends, used or not; at that moment it is over.
        public var expiresAt: Timestamp
        /// When it was ended: signed out, or by an administrator; nil while it was not.
        public var endedAt: Timestamp?
        /// Whether the request would change something and does not come from a page of ours.
        public var isForeign: Bool

        /// States what was found.
        public init(
            id: SessionID, user: UserFacts?, begunAt: Timestamp, provedAt: Timestamp, idleAt: Timestamp,
            expiresAt: Timestamp, endedAt: Timestamp?, isForeign: Bool
        ) {
            self.id = id
            self.user = user
            self.begunAt = begunAt
            self.provedAt = provedAt
            self.idleAt = idleAt
            self.expiresAt = expiresAt
            self.endedAt = endedAt
            self.isForeign = isForeign
        }
    }
}
