public import Core
public import Ports

/// Everything a decision rests on. `Access.decide` looks at nothing else, so the same question has the same answer.
public struct Question: Sendable {
    /// The HTTP method in capitals. `HEAD` counts as `GET`.
    public var method: String
    /// The path without its query, percent-decoded once, in its canonical spelling: `/api/now/v2/table/x` comes as
    /// `/api/now/table/x`. A path with an empty, `.` or `..` segment is covered by no rule.
    public var path: String
    /// What the route asks for.
    public var need: Need
    /// Who calls.
    public var caller: Caller
    /// What the request showed of the key that the caller's token is bound to.
    public var possession = Possession.nothing
    /// The thumbprint of the client certificate that the connection showed (RFC 8705 §3); nil for none.
    public var certificate: String?
    /// What this hub is called as a resource server: its issuer.
    public var hub = ""
    /// All rules of all active auth scopes.
    public var scopeRules: [ScopeRule]
    /// The moment of the request.
    public var now: Timestamp
    /// Found once for all checks of one decision; nil before.
    var coveringScopes: [String]?

    /// Puts a question together.
    public init(
        method: String, path: String, need: Need, caller: Caller, scopeRules: [ScopeRule], now: Timestamp
    ) {
        self.method = method
        self.path = path
        self.need = need
        self.caller = caller
        self.scopeRules = scopeRules
        self.now = now
    }
}

/// What a route asks for.
public enum Need: Sendable, Equatable {
    /// Nothing; the reason is for readers.
    case everyone(because: String)
    /// An administrative operation; any one of the roles suffices.
    case operation(name: String, roles: [AdminRole])
    /// An action on a table; any one of the roles suffices, and without roles nobody may.
    case table(name: String, action: TableAction, roles: Set<String>)
    /// A page of the console: a session, of a user with one of the roles; nil lets in everybody who is signed in.
    case page(name: String, roles: [AdminRole]?)
    /// What a person allowed: a token that came of a person's yes and carries this scope of the protocol.
    case person(scope: String)
    /// A table that is not there. Decided last, so that nobody learns table names without a credential and a scope.
    case unknownTable(String)

    /// The table it is about; nil for anything else.
    public var table: String? {
        switch self {
        case .table(let name, _, _), .unknownTable(let name): name
        case .everyone, .operation, .page, .person: nil
        }
    }

    /// The roles of which any one suffices, the least powerful first.
    var roles: [String] {
        let names =
            switch self {
            case .operation(_, let roles): roles.map(\.rawValue)
            case .table(_, _, let roles): roles.sorted()
            case .page(_, let roles): roles?.map(\.rawValue) ?? []
            case .everyone, .person, .unknownTable: [String]()
            }
        return names.filter { $0 != AdminRole.admin.rawValue } + names.filter { $0 == AdminRole.admin.rawValue }
    }

    /// What the roles are for, in words.
    var words: String {
        switch self {
        case .everyone: "this call"
        case .operation(let name, _): "operation \(name)"
        case .table(let name, let action, _): "\(action.rawValue) on table \(Shown.name(name))"
        case .unknownTable(let name): "table \(Shown.name(name))"
        case .page(let name, _): "page \(name)"
        case .person(let scope): "what a person allows by \(scope)"
        }
    }
}

/// What is done to records of a table.
public enum TableAction: String, Sendable, CaseIterable {
    case create, read, write, delete
}
