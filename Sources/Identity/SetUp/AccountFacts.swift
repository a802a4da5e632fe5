public import Core
public import Storage

/// What others may know of a user of this hub who stands for a service account.
public struct AccountFacts: Sendable, Equatable {
    /// The name here.
    public let name: String
    /// Whether it can never sign in to the console.
    public let isWebServiceOnly: Bool
    /// The roles in force at the moment that was asked about.
    public let roles: [String]
    /// Roles that it has until a moment that is still to come.
    public let temporary: [Temporary]

    /// A role that ends by itself.
    public struct Temporary: Sendable, Equatable {
        /// The role.
        public let role: String
        /// When it ends.
        public let until: Timestamp

        /// States one.
        public init(role: String, until: Timestamp) {
            self.role = role
            self.until = until
        }
    }

    /// States them; tests do.
    public init(name: String, isWebServiceOnly: Bool, roles: [String], temporary: [Temporary]) {
        self.name = name
        self.isWebServiceOnly = isWebServiceOnly
        self.roles = roles
        self.temporary = temporary
    }
}

extension Identity {
    /// The user of that id or name as a service account; nil if there is none.
    public static func account(
        _ idOrName: String, at now: Timestamp, in reader: any SQLReader
    ) throws -> AccountFacts? {
        guard let user = try User.lookUp(idOrName, in: reader) else { return nil }
        let temporary = try Grant.of(.user, id: user.id.rawValue, in: reader).compactMap { grant in
            grant.until.flatMap { until in
                now < until ? AccountFacts.Temporary(role: grant.roleName, until: until) : nil
            }
        }
        return AccountFacts(
            name: user.name, isWebServiceOnly: user.isWebServiceOnly,
            roles: try EffectiveRoles.of(user.id, at: now, in: reader).sorted(), temporary: temporary)
    }
}
