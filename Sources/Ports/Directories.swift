public import Core

/// A user as others need to know them.
public struct UserFacts: Sendable, Equatable {
    /// The stable id.
    public let id: UserID
    /// The unique name.
    public let name: String
    /// Whether the account is on.
    public let isActive: Bool
    /// Whether it is locked out.
    public let isLocked: Bool
    /// Whether it may only call APIs and never sign in to the console.
    public let isWebServiceOnly: Bool
    /// The roles in force at the moment asked for: own and by group, contained ones too, ended grants left out.
    public let roles: Set<String>
    /// The name that people read; empty where none is written.
    public let displayName: String
    /// Where mail goes, as an administrator wrote it: nobody proved to read it. Nil for none.
    public let email: String?

    /// States what is known of a user.
    public init(
        id: UserID, name: String, isActive: Bool, isLocked: Bool, isWebServiceOnly: Bool, roles: Set<String>,
        displayName: String = "", email: String? = nil
    ) {
        self.displayName = displayName
        self.email = email
        self.id = id
        self.name = name
        self.isActive = isActive
        self.isLocked = isLocked
        self.isWebServiceOnly = isWebServiceOnly
        self.roles = roles
    }
}

/// Finds users; Identity fills it.
public protocol UserDirectory: Sendable {
    /// The user of that id or name, with the roles in force at that moment; nil if there is none.
    func user(_ idOrName: String, at now: Timestamp) async throws -> UserFacts?
    /// The only user with that email address, byte for byte; nil if there is none, or more than one.
    func user(email: String, at now: Timestamp) async throws -> UserFacts?
}

extension UserDirectory {
    /// The user of that id, and no one whose name is spelled like it; nil if there is none.
    public func user(_ id: UserID, at now: Timestamp) async throws -> UserFacts? {
        try await user(id.rawValue, at: now).flatMap { $0.id == id ? $0 : nil }
    }
}

/// Knows the auth scopes; Access fills it.
public protocol ScopeDirectory: Sendable {
    /// Those of the names that are no scope.
    func unknown(_ names: [String]) async throws -> [String]
    /// What those of the names that are scopes are for, as administrators wrote it; may be empty.
    func purposes(_ names: [String]) async throws -> [String: String]
}
