import Core
import Ports

/// What a check saw: the facts alone. The sentence is made when somebody reads it, for most calls are allowed and
/// nobody does.
enum Evidence: Sendable, Equatable {
    /// A sentence that says the same for every call.
    case fixed(String)
    case everyoneMay(because: String)
    case unreadable(reason: String)
    case ownSocket(user: String)
    case tokenEnded(Timestamp)
    case issued(Timestamp, until: Timestamp)
    case isForOthers([String])
    case clientIsOff(String)
    case clientIsOn(String)
    case noUser(client: String)
    case userIsOn(String)
    case userIsOff(String)
    case userIsLocked(String)
    case noScopeCovers(method: String, path: String, near: String?)
    case covered(by: String, method: String, path: String)
    case noScopeCounts(method: String, path: String)
    case signInNeeded(scope: String, within: Int64, Timestamp?)
    case detailCovers(Int, method: String, path: String)
    case noDetailCovers(method: String, path: String)
    case noTable(String)
    case signedInSuffices(user: String)
    case noRoleMay(Need)
    case roleMay(String, user: String, Need)
    case lacksRole(user: String, Need)
    case sessionWasEnded(Timestamp)
    case sessionIsOver(Timestamp)
    case sessionLayUnused(until: Timestamp)
    case signedIn(Timestamp, until: Timestamp)
    case webServiceOnly(user: String)
    case proofNotAccepted(String)

    /// The facts as one sentence.
    var sentence: String {
        switch self {
        case .fixed(let sentence): sentence
        case .everyoneMay(let why): "Everyone may: \(why)."
        case .unreadable(let reason): "The Authorization header cannot be read: \(reason)."
        case .ownSocket(let user): "The call came on the hub's own socket from \(user)."
        case .tokenEnded(let end): "The token ended at \(end)."
        case .issued(let at, let end): "Issued at \(at), good until \(end)."
        case .isForOthers(let names): "The token is for \(names.map(Shown.name).joined(separator: ", "))."
        case .clientIsOff(let name): "Client \(name) is switched off."
        case .clientIsOn(let name): "Client \(name) is on."
        case .noUser(let client): "Client \(client) has no application user."
        case .userIsOn(let name): "User \(name) is on and not locked."
        case .userIsOff(let name): "User \(name) is switched off."
        case .userIsLocked(let name): "User \(name) is locked out."
        case .noScopeCovers(let method, let path, let near):
            "No auth scope covers \(Self.call(method, path))."
                + (near.map { " A rule of \($0) comes near: its * is one segment, and ** would be all that follow." }
                    ?? "")
        case .covered(let scope, let method, let path):
            "Scope \(scope) of the token covers \(Self.call(method, path))."
        case .noScopeCounts(let method, let path):
            "No scope that counts for the token covers \(Self.call(method, path))."
        case .signInNeeded(let scope, let age, let at):
            "Scope \(scope) asks for a sign-in within the last \(age) seconds; "
                + (at.map { "the person signed in at \($0)." } ?? "nobody signed in for the token.")
        case .detailCovers(let number, let method, let path):
            "Authorization detail \(number) of the token covers \(Self.call(method, path))."
        case .noDetailCovers(let method, let path):
            "No authorization detail of the token covers \(Self.call(method, path))."
        case .noTable(let name): "There is no table \(Shown.name(name))."
        case .signedInSuffices(let user): "Any user who is signed in may; \(user) is."
        case .noRoleMay(let need): "No role at all may do \(need.words)."
        case .roleMay(let role, let user, let need): "Role \(role) of \(user) may do \(need.words)."
        case .lacksRole(let user, let need):
            "\(user) has none of the roles for \(need.words): \(need.roles.joined(separator: ", "))."
        case .sessionWasEnded(let at): "The session was ended at \(at)."
        case .sessionIsOver(let at): "The session ended at \(at)."
        case .sessionLayUnused(let until): "The session lay unused until \(until)."
        case .signedIn(let at, let end): "Signed in at \(at), good until \(end)."
        case .proofNotAccepted(let why): "The DPoP proof is not accepted: \(why)."
        case .webServiceOnly(let user): "User \(user) is for web service access only."
        }
    }

    private static func call(_ method: String, _ path: String) -> String {
        "\(Shown.name(method)) \(Shown.name(path))"
    }
}

extension Evidence: ExpressibleByStringLiteral {
    init(stringLiteral sentence: String) { self = .fixed(sentence) }
}
