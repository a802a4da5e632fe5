import Core
public import Ports

/// A kind of credential: what its secret looks like, and what is set beside it. One more is one more line in `all`.
struct SecretKind: Sendable {
    /// As spoke files spell it.
    let word: String
    /// What it is, in one sentence.
    let says: String
    /// The settings that it has beside the secret.
    let fields: [Field]
    /// The names of those that few need.
    var rarely: Set<String> = []
    /// Whether it has a secret under these settings.
    let hasSecret: @Sendable (_ settings: JSONObject) -> Bool
    /// Whether new settings come with their secret, because only both together can be judged.
    var settingsNeedSecret = false
    /// When a credential of these settings stops working by itself; throws `HubError` when it does not work now.
    var ends: @Sendable (_ settings: JSONObject, _ now: Timestamp) throws -> Timestamp? = { _, _ in nil }
    /// Judges secret and settings together; throws `HubError` that quotes neither.
    let check: @Sendable (_ secret: Secret?, _ settings: JSONObject, _ catalogue: any ActionCatalogue) throws -> Void

    static let all: [SecretKind] = [apiKey, oauth, basic, headerKey, clientCertificate]
    static let words = all.map(\.word)
    static let parts = all.map { Field.Part($0.word, says: $0.says, fields: $0.fields, rarely: $0.rarely) }

    static func named(_ word: String) throws -> SecretKind {
        guard let kind = all.first(where: { $0.word == word }) else {
            throw HubError(.invalid, "bad_field", "\"kind\" must be one of: \(words.joined(separator: ", ")).")
        }
        return kind
    }

    /// An API key goes into a header (RFC 9110 §5.5): visible ASCII only, so that it cannot break out of it. Okta's
    /// may have its scheme before it, as its form asks for; the spoke takes it off.
    private static let apiKey = SecretKind(
        word: "api_key", says: "A key that the outside system issued, such as Okta's API tokens.", fields: [],
        hasSecret: { _ in true }
    ) { secret, _, _ in
        try SecretText.visible(secret, mayFollow: "SSWS ")
    }

    private static let oauth = SecretKind(
        word: "oauth", says: "A client at the outside system, through which tokens with chosen scopes are got.",
        fields: OAuthSettings.fields, rarely: OAuthSettings.rarely,
        hasSecret: { settings in
            !["none", "tls_client_auth"].contains(settings["client_auth"]?.string)
                || settings["grant"]?.string == "jwt_bearer"
        }
    ) { secret, settings, catalogue in
        let checked = try OAuthSettings(settings, catalogue)
        guard let secret else { return }
        switch checked.clientAuth {
        case .secretBasic, .secretPost: try SecretText.line(secret)
        case .privateKeyJWT: try AssertionKey.check(secret)
        case .none where checked.grant == .jwtBearer: try AssertionKey.check(secret)
        case .none, .tlsClientAuth:
            guard secret.count == 0 else {
                throw OAuthSettings.problem(
                    "client_auth", "another one than none or tls_client_auth for a client with a secret")
            }
        }
    }

    /// RFC 7617 §2: the name holds no colon.
    private static let basic = SecretKind(
        word: "basic", says: "A user's name and password, sent with each request (RFC 7617 §2).",
        fields: [.required("username", .text(most: Limits.nameField.value), "The user's name; no colon.")],
        hasSecret: { _ in true }
    ) { secret, settings, _ in
        let name = settings["username"]?.string ?? ""
        guard !name.utf8.contains(UInt8(ascii: ":")) else {
            throw OAuthSettings.problem("username", "without a colon")
        }
        try SecretText.line(secret)
    }

    private static let headerKey = SecretKind(
        word: "header_key", says: "A key in a header of its own name.",
        fields: [
            .required("header", .text(most: Limits.nameField.value), "The header that carries the key."),
            .optional("prefix", .text(most: Limits.nameField.value), "What stands before the key, such as `Token`."),
        ], hasSecret: { _ in true }
    ) { secret, settings, _ in
        let header = settings["header"]?.string ?? ""
        // RFC 9110 §5.6.2, and none that says something about the request itself.
        let isName = header.utf8.allSatisfy {
            (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        let reserved = ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "te"]
        guard isName, !header.isEmpty, !reserved.contains(header.lowercased()) else {
            throw OAuthSettings.problem("header", "the name of a header that the hub does not set itself")
        }
        guard settings["prefix"]?.string?.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) ?? true else {
            throw OAuthSettings.problem("prefix", "visible ASCII")
        }
        try SecretText.visible(secret, mayFollow: "")
    }

    /// Checks settings against the fields, and the secret with them.
    func checked(_ secret: Secret?, _ settings: JSONObject, _ catalogue: any ActionCatalogue) throws {
        _ = try Operation("credential.settings", .create, roles: [], says: "", fields: fields) { _ in .null }
            .check(settings)
        try check(secret, settings, catalogue)
    }
}

extension Vault {
    /// Every kind of credential and the settings that it has, for the reference.
    public static let credentialSettings: [(kind: String, fields: [Field])] = SecretKind.all.map {
        ($0.word, $0.fields)
    }
}

/// What the bytes of a secret may be. Nothing of them is ever said.
enum SecretText {
    /// Visible ASCII without spaces, behind a word or not.
    static func visible(_ secret: Secret?, mayFollow word: String) throws {
        let isFit =
            secret?.reveal { bytes in
                let scheme = Array(word.utf8)
                let key = bytes.starts(with: scheme) ? bytes.dropFirst(scheme.count) : bytes[...]
                return !key.isEmpty && key.allSatisfy { (0x21...0x7E).contains($0) }
            } ?? true
        guard isFit else {
            throw HubError(
                .invalid, "bad_secret",
                "\"secret\" must be visible ASCII without spaces or line ends"
                    + (word.isEmpty ? ". " : ", with or without \"\(word)\" before it. ")
                    + "Copy it again, whole and alone.")
        }
    }

    /// One line of any characters.
    static func line(_ secret: Secret?, field: String = "secret") throws {
        guard secret?.reveal({ bytes in !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) ?? true
        else {
            throw HubError(
                .invalid, "bad_secret", "\"\(field)\" must be one line. Copy it again, whole and alone.")
        }
    }
}
