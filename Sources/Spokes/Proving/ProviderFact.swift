public import Core

/// Something at the provider that proves or refutes a connection. A spoke's file says how it is read there.
public enum ProviderFact: String, Sendable, CaseIterable {
    /// The provider's id of the account behind the token, for what it does not find by login. Read before the others.
    case accountID = "account_id"
    /// The scopes that the provider grants to the application.
    case grantedScopes = "granted_scopes"
    /// The people who have the application, each by `id` and `name`.
    case assignedPeople = "assigned_people"
    /// The groups whose members have it, each by `id`.
    case assignedGroups = "assigned_groups"
    /// The administrator roles of the account behind the token, each by `type` and `name`.
    case accountRoles = "account_roles"
    /// Whether that account may sign in.
    case accountActive = "account_active"
    /// Whether the application is switched on.
    case appActive = "app_active"

    /// What reading it must answer, in each item where it is a list.
    var outputs: Set<String> {
        switch self {
        case .accountID: ["id"]
        case .grantedScopes: ["scope"]
        case .assignedPeople: ["id", "name"]
        case .assignedGroups: ["id"]
        case .accountRoles: ["type", "name"]
        case .accountActive, .appActive: ["active"]
        }
    }

    /// Whether it is a list.
    var isList: Bool {
        switch self {
        case .grantedScopes, .assignedPeople, .assignedGroups, .accountRoles: true
        case .accountID, .accountActive, .appActive: false
        }
    }
}

/// What the credential of a connection puts into the reading of a fact.
public enum ProvingWord: String, Sendable, CaseIterable {
    /// The client's id at the provider.
    case clientID = "client_id"
    /// The login of the account behind the token.
    case account
    /// Its id at the provider.
    case accountID = "account_id"
}

/// What reading a fact came to. What cannot be read is said to be so, and never taken for well.
public enum FactReading: Sendable, Equatable {
    /// The items of a list, or the one answer.
    case read([FactItem])
    /// Why not; `scopes`: those that would make it readable, where it is these that lack.
    case notReadable(reason: String, says: String, scopes: [String])
}

/// One thing that was read: its texts by name, and for a truth value `active` as `true` or `false`.
public typealias FactItem = [String: String]

/// What trying one family of actions came to.
public struct ProbeOutcome: Sendable, Equatable {
    /// What follows for the family.
    public enum Meaning: Sendable, Equatable {
        /// It answered.
        case answers
        /// It was refused, or cannot be used.
        case refuses
        /// Nothing follows now, because it passes by itself; from that moment on where it is known.
        case passes(until: Timestamp?)
        /// Nothing follows, because nothing was read that is sure to be within reach.
        case tellsNothing
    }

    /// The family, as the spoke's file names it.
    public let family: String
    /// The action that was tried, by key; nil when the connection enables none that only reads.
    public let action: String?
    /// Nil when it answered; the stable reason when it did not.
    public let reason: String?
    /// What happened, or what lacks.
    public let says: String
    /// What follows.
    public let meaning: Meaning
    /// The step that makes it tell something, where that is known.
    public let next: String?

    /// States an outcome.
    public init(
        family: String, action: String?, reason: String?, says: String, _ meaning: Meaning, next: String? = nil
    ) {
        self.meaning = meaning
        self.next = next
        self.family = family
        self.action = action
        self.reason = reason
        self.says = says
    }
}

/// What a spoke knows of scopes: which action needs which, and what one counts for beside itself.
public struct ScopeRules: Sendable {
    /// The scopes of each action, by its key.
    public let byAction: [String: [String]]
    /// The standard administrator roles of each action that no permission can do for.
    public let rolesByAction: [String: [String]]
    /// What one scope counts for beside itself.
    let implied: [String: [String]]
    /// All scopes that the provider grants to an application; nil where nobody listed them.
    let grantable: Set<String>?

    /// States the rules.
    public init(
        byAction: [String: [String]], rolesByAction: [String: [String]], implied: [String: [String]],
        grantable: Set<String>?
    ) {
        self.byAction = byAction
        self.rolesByAction = rolesByAction
        self.implied = implied
        self.grantable = grantable
    }

    /// The scopes and what they count for.
    public func reached(by scopes: some Sequence<String>) -> Set<String> {
        let scopes = Set(scopes)
        return scopes.union(scopes.flatMap { implied[$0] ?? [] })
    }

    /// Whether an administrator grants it to the application; one about the person who signs in, such as the one that
    /// brings a refresh token, is not.
    public func isGrantable(_ scope: String) -> Bool { grantable?.contains(scope) ?? true }
}
