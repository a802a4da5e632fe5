public import Core

/// A second person's approval of one call, as the rows of its own execution tell it.
public struct Approval: Sendable, Equatable {
    /// Who approved (`Actor.identities`).
    public let by: [String]
    /// Those behind the call (`Actor.identities`): who started it, and who wrote what runs. Nil when not all are known.
    public let behind: [String]?
    /// Until when it counts.
    public let until: Timestamp
    /// Where the call was to go when it was asked; nil when that is not known.
    public let target: CallTarget?
    /// Whether whoever approved might still decide it: the account is on, and it is one of those who are asked.
    public let mayStillDecide: Bool

    /// States an approval.
    public init(
        by: [String], behind: [String]?, until: Timestamp, target: CallTarget? = nil, mayStillDecide: Bool = true
    ) {
        self.by = by
        self.behind = behind
        self.until = until
        self.target = target
        self.mayStillDecide = mayStillDecide
    }

    /// The same, of somebody who might not decide it any more.
    public var lapsed: Approval {
        Approval(by: by, behind: behind, until: until, target: target, mayStillDecide: false)
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
        guard mayStillDecide else {
            return (
                "approval_lapsed",
                "Whoever approved may not decide it any more: the account is off, or a role is gone. "
                    + "Re-run the execution: it asks anew."
            )
        }
        return nil
    }
}

/// Where the calls of an alias go at one moment.
public struct CallTarget: Sendable, Equatable {
    /// The connection.
    public let id: ConnectionID
    /// Its name, for people.
    public let name: String
    /// Its base URL without a trailing slash.
    public let url: String

    /// States where calls go.
    public init(id: ConnectionID, name: String, url: String) {
        self.id = id
        self.name = name
        self.url = url
    }

    /// Whether both are one place, whatever the connection is called by now.
    public func isSamePlace(as other: CallTarget) -> Bool {
        id == other.id && url.isExactly(other.url)
    }
}
