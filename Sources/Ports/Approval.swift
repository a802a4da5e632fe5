public import Core

/// A second person's approval of one call, as the rows of its own execution tell it.
public struct Approval: Sendable, Equatable {
    /// Who approved (`Actor.identities`).
    public let by: [String]
    /// Those behind the call (`Actor.identities`): who started it, and who wrote what runs. Nil when not all are known.
    public let behind: [String]?
    /// Until when it counts.
    public let until: Timestamp

    /// States an approval.
    public init(by: [String], behind: [String]?, until: Timestamp) {
        self.by = by
        self.behind = behind
        self.until = until
    }

    /// Why the word of this person is not a second person's; nil when it is.
    public var defect: (reason: String, says: String)? {
        guard by.count == 1, by[0].hasPrefix("\(Actor.Kind.user.rawValue):") else {
            return (
                "approval_no_person",
                "An approval of calls is given by a person who signed in to the console; not by a client, and not on the "
                    + "hub's own socket."
            )
        }
        guard let behind else {
            return (
                "approval_author_unknown",
                "Nobody knows who wrote the version of the flow that runs, so no approval counts. "
                    + "Store it anew: linchpin flow update NAME FILE; then start it again."
            )
        }
        guard Set(behind).isDisjoint(with: by) else {
            return (
                "approval_own",
                "Whoever approves calls must not have started the execution, made the change that started it, or "
                    + "written the version of the flow that runs. Somebody else has to decide."
            )
        }
        return nil
    }
}
