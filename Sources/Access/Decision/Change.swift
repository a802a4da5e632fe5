public import Core
import Ports

/// One change that would help a refused call, as small as it can be.
public enum Change: Sendable, Hashable {
    /// Present an access token of this hub; with that scope if one covers the call, for a user with that role.
    case presentToken(scope: String?, role: String?)
    /// Ask for a new token, with the scopes it had and these.
    case newToken(asking: Set<String>)
    /// Ask for a new token that is for this hub.
    case newTokenForHub
    /// Sign the person in anew and ask for a new token; the sign-in may be that many seconds old.
    case signInAgain(within: Int64)
    /// Ask for a new token whose authorization details cover the call, or for one without any.
    case coverByDetails(method: String, path: String)
    /// Send the call with the scheme DPoP and a fresh proof of the key that the token is bound to.
    case proveKey
    /// Send the call on a connection that shows the client certificate which the token is bound to.
    case showCertificate
    /// Send the token as a Bearer token.
    case sendAsBearer
    /// Switch the client on.
    case activateClient(String)
    /// Give the client an application user, with that role if the call asks for one.
    case assignUser(role: String?, toClient: String)
    /// Switch the user on.
    case activateUser(String)
    /// Unlock the user.
    case unlockUser(String)
    /// Let the client hold the scope.
    case grantScope(String, toClient: String)
    /// Make an auth scope that covers the call, and let the caller have it.
    case defineScope(method: String, path: String)
    /// Give the user the role.
    case grantRole(String, toUser: String)
    /// Call with a token of a user who has the role; the hub's own socket has administrative roles only.
    case callAsUser(role: String)
    /// Name a role that may do it.
    case openToRole(String)
    /// Sign in to the console; as a user with that role if the page asks for one.
    case signIn(role: String?)
    /// Send the request from a page of the console.
    case callFromPage
    /// Ask a person for a token with this scope, by a code.
    case askPerson(scope: String)
    /// Make the table.
    case createTable(String)

    /// Whether it is a new token, whatever else about it is new.
    var bringsToken: Bool {
        switch self {
        case .newToken, .newTokenForHub, .signInAgain, .coverByDetails: true
        default: false
        }
    }

    /// A short code for scripts.
    public var code: String {
        switch self {
        case .presentToken: "present_token"
        case .newToken: "new_token"
        case .newTokenForHub: "new_token_for_hub"
        case .signInAgain: "sign_in_again"
        case .coverByDetails: "cover_by_details"
        case .proveKey: "prove_key"
        case .showCertificate: "show_certificate"
        case .sendAsBearer: "send_as_bearer"
        case .activateClient: "activate_client"
        case .assignUser: "assign_user"
        case .activateUser: "activate_user"
        case .unlockUser: "unlock_user"
        case .grantScope: "grant_scope"
        case .defineScope: "define_scope"
        case .grantRole: "grant_role"
        case .callAsUser: "call_as_user"
        case .openToRole: "open_to_role"
        case .signIn: "sign_in"
        case .callFromPage: "call_from_page"
        case .askPerson: "ask_person"
        case .createTable: "create_table"
        }
    }

    /// In words that complete "would pass with: …".
    public var sentence: String {
        switch self {
        case .presentToken(let scope, let role): Self.present(scope, role)
        case .newToken(let asked) where asked.isEmpty: "a new token"
        case .newToken(let asked): "a new token that asks for scope \(asked.sorted().joined(separator: " "))"
        case .newTokenForHub: "a new token for this hub, without another resource or with this one too"
        case .signInAgain(let age): "a new token after a sign-in of the person within the last \(age) seconds"
        case .coverByDetails(let method, let path):
            "a new token whose authorization details cover \(method) \(Shown.name(path)), or that has none"
        case .proveKey: "a fresh DPoP proof of the key that the token is bound to"
        case .showCertificate: "a connection that shows the client certificate which the token is bound to"
        case .sendAsBearer: "the scheme Bearer"
        case .activateClient(let name): "client \(name) switched on"
        case .assignUser(nil, let client): "an application user on client \(client)"
        case .assignUser(let role?, let client): "an application user with role \(role) on client \(client)"
        case .activateUser(let name): "user \(name) switched on"
        case .unlockUser(let name): "user \(name) unlocked"
        case .grantScope(let scope, let client): "scope \(scope) on client \(client)"
        case .defineScope(let method, let path): "an auth scope that covers \(method) \(Shown.name(path))"
        case .grantRole(let role, let user): "role \(role) on user \(user)"
        case .callAsUser(let role): "a token of a user with role \(role)"
        case .openToRole(let what): "a role that may do \(what)"
        case .signIn(let role): "a new sign-in" + (role.map { " of a user with role \($0)" } ?? "")
        case .callFromPage: "the same request from a page of the console"
        case .askPerson(let scope): "a token with scope \(scope) that a person allowed"
        case .createTable(let name): "a table \(Shown.name(name))"
        }
    }

    private static func present(_ scope: String?, _ role: String?) -> String {
        "a Bearer token of this hub" + (scope.map { " with scope \($0)" } ?? "")
            + (role.map { ", of a user with role \($0)" } ?? "")
    }

    /// The command that makes it, where one does; NAME and COLUMN stand for what somebody has to choose. Nil also where a name
    /// cannot stand in it whole.
    public var command: String? {
        switch self {
        case .activateClient(let name): Self.command("client update", [name], "--active true")
        case .assignUser(_, let client): Self.command("client update", [client], "--user NAME")
        case .activateUser(let name): Self.command("user update", [name], "--active true")
        case .unlockUser(let name): Self.command("user update", [name], "--locked false")
        // What covers everything is never the small change that it looks like.
        case .grantScope(ScopeName.userAccount, _): nil
        case .grantScope(let scope, let client): Self.command("client add-scope", [client, scope])
        // A path that somebody asked for is a rule as it stands only where none of it would stand for more.
        case .defineScope(_, let path) where path.contains("*") || PathPattern.problem(path) != nil: nil
        case .defineScope(let method, let path): Self.command("scope create NAME --rule", ["\(method) \(path)"])
        // Nor is an administrative role; another one at the table may be.
        case .grantRole(let role, _) where AdminRole(rawValue: role) != nil: nil
        case .grantRole(let role, let user):
            Self.command("role grant", [role]).flatMap { role in
                Self.words([user]).map { "\(role) --user \($0)" }
            }
        case .createTable(let name): Self.command("table create", [name], "--column COLUMN")
        case .presentToken, .newToken, .newTokenForHub, .signInAgain, .coverByDetails, .proveKey, .showCertificate,
            .sendAsBearer, .callAsUser, .openToRole, .signIn, .callFromPage, .askPerson:
            nil
        }
    }

    private static func command(_ start: String, _ names: [String], _ end: String? = nil) -> String? {
        words(names).map { ["linchpin", start, $0, end].compactMap(\.self).joined(separator: " ") }
    }

    /// Names as words of a shell's command; nil where one would be cut, or read as an option.
    private static func words(_ names: [String]) -> String? {
        guard names.allSatisfy({ Shown.name($0) == $0 && !$0.hasPrefix("-") }) else { return nil }
        return names.map(Shown.argument).joined(separator: " ")
    }

    /// For the log, the API and the command line.
    public var json: JSON {
        var members: JSONObject = ["change": .string(code), "says": .string(sentence)]
        members["command"] = command.map { .string($0) }
        return .object(members)
    }
}
