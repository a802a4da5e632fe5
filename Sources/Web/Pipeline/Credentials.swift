import Core
import Hub

/// Where a connection came from; the listener knows, the request cannot say.
enum Peer: Sendable, Equatable {
    /// Over TCP.
    case network
    /// Over the hub's own socket, whose file only its owner may open.
    case socket(uid: UInt32)
}

/// One way to prove who calls. A further way is one more file and one more line in `all`.
struct CredentialReader: Sendable {
    /// What it finds in a request to a surface; nil when the request does not use this way.
    let read: @Sendable (_ request: Pipeline.Incoming, _ surface: Surface, _ site: () -> Site) -> Presented?

    /// Every way there is, in the order they are tried: what a program states goes before what a browser adds by itself,
    /// so an Authorization header beside a cookie is the one that counts.
    static let all: [CredentialReader] = [.basic, .dpop, .authorizationHeader, .sessionCookie, .hubSocket]

    /// What a request presents.
    static func presented(_ request: Pipeline.Incoming, _ surface: Surface, _ site: () -> Site) -> Presented {
        for reader in all {
            if let found = reader.read(request, surface, site) { return found }
        }
        return .nothing
    }
}

extension CredentialReader {
    /// `Authorization: Bearer …` (RFC 6750 §2.1), once, and nothing else.
    ///
    /// Tokens in the query (RFC 6750 §2.3 SHOULD NOT, RFC 9700 §4.3.2 MUST NOT) or the body (§2.2) are not read; one in the
    /// query beside the header is a second way, which makes the request a bad one (§2 MUST NOT, §3.1).
    static let authorizationHeader = CredentialReader { request, _, _ in
        guard let (value, isOnly) = request.authorization else { return nil }
        guard isOnly else { return .unreadable(reason: "there are several Authorization headers") }
        guard let token = value.credentials(of: "bearer"), !token.isEmpty, !token.contains(UInt8(ascii: " ")) else {
            return .unreadable(reason: "it is not of the form Bearer <token>")
        }
        guard !request.hasTokenInQuery else { return .unreadable(reason: "there is a token in the query, too") }
        return .bearer(Secret(token))
    }

    /// `Authorization: Basic …` (RFC 7617 §2) with a user's name and password, on the Table API alone; anywhere else the
    /// header is one that cannot be read.
    static let basic = CredentialReader { request, surface, _ in
        guard surface == .table, let (value, isOnly) = request.authorization, isOnly else { return nil }
        let parts = value.split(separator: " ", omittingEmptySubsequences: false)
        guard let scheme = parts.first, scheme.lowercased() == "basic" else { return nil }
        guard parts.count == 2, let joined = Base64.decode(parts[1].utf8),
            let colon = joined.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: joined[..<colon], as: UTF8.self), !name.isEmpty,
            name.unicodeScalars.count <= Limits.nameField.value, !name.utf8.contains(0)
        else { return .unreadable(reason: "it is not of the form Basic <name and password>") }
        return .basic(
            user: name, password: Secret(Array(joined[(colon + 1)...])), address: request.network)
    }

    /// The hub's own socket. An Authorization header on it counts first, so a token can be tried there too.
    static let hubSocket = CredentialReader { request, _, _ in
        guard case .socket(let uid) = request.peer else { return nil }
        return .socket(uid: uid)
    }
}

extension String {
    /// What an Authorization header holds behind the scheme and one space; nil for another scheme.
    ///
    /// - Parameter scheme: in lowercase letters. RFC 9110 §11.1: the scheme is case-insensitive.
    func credentials(of scheme: String) -> [UInt8]? {
        let (bytes, count) = (utf8, scheme.utf8.count)
        // Only letters become a letter by this bit.
        guard bytes.count > count, bytes.prefix(count).lazy.map({ $0 | 0x20 }).elementsEqual(scheme.utf8),
            bytes.dropFirst(count).first == UInt8(ascii: " ")
        else { return nil }
        // Copied whole and cut then: a JWT is long, and a part of a text is read one byte at a time.
        return Array(Array(bytes).dropFirst(count + 1))
    }
}

extension Pipeline.Incoming {
    /// The first Authorization header, and whether it is the only one.
    var authorization: (value: String, isOnly: Bool)? {
        guard let first = headers.firstIndex(where: { $0.name == "authorization" }) else { return nil }
        let isOnly = !headers[(first + 1)...].contains { $0.name == "authorization" }
        return (headers[first].value, isOnly)
    }

    /// Whether a parameter of the query has the name by which RFC 6750 §2.3 sends a token.
    var hasTokenInQuery: Bool {
        guard let mark = rawTarget.utf8.firstIndex(of: UInt8(ascii: "?")) else { return false }
        return rawTarget.utf8[mark...].dropFirst().split(separator: UInt8(ascii: "&")).contains { pair in
            // A name that cannot be read is refused with the whole query.
            do { return try FormParameters.decoded(pair.prefix { $0 != UInt8(ascii: "=") }) == "access_token" } catch {
                return false
            }
        }
    }
}
