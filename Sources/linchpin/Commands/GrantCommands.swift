import ArgumentParser
import Core
import Hub

/// The settings of a credential, each as an option: what applies depends on its kind.
struct CredentialSettings: ParsableArguments {
    @Option(help: "oauth: authorization_code, client_credentials or jwt_bearer.") var grant: String?
    @Option(help: "oauth: the client's id at the provider.") var clientId: String?
    @Option(help: "oauth: secret_basic, secret_post, private_key_jwt, tls_client_auth or none.") var clientAuth: String?
    @Option(name: .customLong("scope"), help: "oauth: a scope that is wanted; repeat for more.") var scopes: [String] =
        []
    @Option(help: "oauth: a spoke whose template gives the addresses.") var spoke: String?
    @Option(help: "oauth: the connection's URL, from which the addresses follow.") var url: String?
    @Option(help: "oauth: the version of the API in the addresses.") var apiVersion: String?
    @Option(help: "oauth: where a person consents.") var authorizeUrl: String?
    @Option(help: "oauth: where tokens are got.") var tokenUrl: String?
    @Option(help: "oauth: where tokens are given back.") var revokeUrl: String?
    @Option(help: "oauth: where the owner of a token is read.") var userinfoUrl: String?
    @Option(help: "oauth: where the provider tells about a token.") var introspectUrl: String?
    @Option(help: "oauth: the provider's name for itself.") var issuer: String?
    @Option(help: "oauth: for which API tokens are wanted.") var audience: String?
    @Option(help: "oauth: the scope that brings a refresh token.") var offlineScope: String?
    @Option(help: "oauth: whether a proof key goes with the code: true or false.") var pkce: Bool?
    @Option(help: "oauth: whether tokens are bound to a key: true or false.") var dpop: Bool?
    @Option(help: "oauth: safe or ask.") var refreshRepeat: String?
    @Option(help: "oauth: seconds in which a replaced refresh token is taken once more.") var refreshGrace: Int64?
    @Option(help: "oauth: the account that must consent.") var expectedOwner: String?
    @Option(help: "oauth: userinfo, introspection or none.") var ownerFrom: String?
    @Option(help: "oauth: the JSON Pointer to the owner's name there.") var ownerPointer: String?
    @Option(help: "oauth: the account that an assertion speaks for.") var subject: String?
    @Option(help: "oauth: the kid of signed assertions.") var keyId: String?
    @Flag(help: "oauth: allow http to this machine; for trials.") var allowLoopbackHttp = false
    @Option(help: "basic: the user's name.") var username: String?
    @Option(help: "header_key: the header that carries the key.") var header: String?
    @Option(help: "header_key: what stands before the key.") var prefix: String?
    @Option(help: "client_certificate: a PEM file with the chain, the hub's own certificate first.")
    var certificate: String?

    /// Whether the secret is a private key, which has several lines.
    var isKey: Bool { clientAuth == "private_key_jwt" || grant == "jwt_bearer" || certificate != nil }

    /// What was given; nil for nothing.
    func read() throws -> JSON? {
        var body = Body()
        let texts: [(String, String?)] = [
            ("grant", grant), ("client_id", clientId), ("client_auth", clientAuth), ("spoke", spoke), ("url", url),
            ("api_version", apiVersion), ("authorize_url", authorizeUrl), ("token_url", tokenUrl),
            ("revoke_url", revokeUrl), ("userinfo_url", userinfoUrl), ("introspect_url", introspectUrl),
            ("issuer", issuer), ("audience", audience), ("offline_scope", offlineScope),
            ("refresh_repeat", refreshRepeat), ("expected_owner", expectedOwner), ("owner_from", ownerFrom),
            ("owner_pointer", ownerPointer), ("subject", subject), ("key_id", keyId), ("username", username),
            ("header", header), ("prefix", prefix),
        ]
        for (name, text) in texts { body.set(name, text) }
        body.set("scopes", scopes)
        body.set("pkce", pkce)
        body.set("dpop", dpop)
        body.set("refresh_grace", refreshGrace)
        if allowLoopbackHttp { body.set("allow_loopback_http", true) }
        body.set("certificate", try certificate.map { try PassageOptions.document(in: $0) })
        return body.json.object?.members.isEmpty == false ? body.json : nil
    }
}

/// The commands on outside grants.
enum GrantCommands {
    /// A member of the credential named, such as `/credentials/okta/authorize`.
    static func path(_ name: String, _ act: String) -> String { "/credentials/\(PercentEncoding.encode(name))/\(act)" }

    /// The grant in a line, and what should be done about it.
    static func line(_ name: String, _ grant: JSON) -> String {
        let scopes = (grant["scopes"]?.array ?? []).compactMap(\.string).joined(separator: " ")
        let owner = grant["owner"]?.string.map { "  account \($0)" } ?? ""
        return "credential \(name)  \(grant["state"]?.string ?? "")\(owner)  scopes \(scopes)\(Show.findings(grant))"
    }

    /// `linchpin credential authorize NAME`
    struct Authorize: Act {
        static let configuration = CommandConfiguration(
            commandName: "authorize", abstract: "Have an account consent, and store the token.",
            discussion: """
                Open the address in a browser and sign in as the account that is expected. The page that comes last shows a \
                code; type it here. It proves that whoever began the consent also sees how it ended.
                """)
        @Argument(help: "The credential.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            let begun = try await hub.call("POST", path(name, "authorize"), .object(JSONObject()))
            let owner = begun["expected_owner"]?.string.map { "Sign in as \($0)" } ?? "Sign in as the service account"
            Terminal.complain(Show.safe("\(owner) at:\n\n  \(begun["url"]?.string ?? "")\n"))
            Terminal.complain(
                "Within \(Limits.consentSeconds.value / 60) minutes, type the code that the last page shows:")
            while let code = readLine(strippingNewline: true), !code.isEmpty {
                do {
                    return try await hub.call(
                        "POST", path(name, "finish"), ["consent": begun["consent"] ?? .null, "code": .string(code)])
                } catch let error as HubError where error.reason == "wrong_code" {
                    // The hub counts; after a few wrong ones there is no consent any more, and that ends this.
                    Terminal.complain(error.message)
                }
            }
            throw HubError(
                .invalid, "no_code",
                "No code was typed, so nothing was stored. Begin anew: linchpin credential authorize \(name).")
        }

        func done(_ answer: JSON) -> String { line(name, answer) }
    }

    /// `linchpin credential refresh NAME`
    struct Refresh: Act {
        static let configuration = CommandConfiguration(commandName: "refresh", abstract: "Fetch a new token now.")
        @Argument(help: "The credential.") var name: String
        @Flag(help: "Send a refresh again whose answer is lost, though it could end the grant.") var inDoubt = false
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", path(name, "refresh"), ["in_doubt": .bool(inDoubt)])
        }

        func done(_ answer: JSON) -> String { line(name, answer) }

        /// A grant that died, or a lost answer, leaves the old token, which is not what was asked for.
        func isGood(_ answer: JSON) -> Bool { answer["state"]?.string == "held" }
    }

    /// `linchpin credential grant NAME`
    struct ShowGrant: HubCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Show what the provider lets a credential do, and what to do about it.")
        @Argument(help: "The credential.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", path(name, "grant"), .object(JSONObject()))
        }
    }

    /// `linchpin credential revoke NAME`
    struct Revoke: Act {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Give a credential's tokens back to the provider and forget them.")
        @Argument(help: "The credential.") var name: String
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call("POST", path(name, "revoke"), .object(JSONObject()))
        }

        func done(_ answer: JSON) -> String { "credential \(name) holds no token any more" }
    }
}
