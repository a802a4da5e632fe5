import Core
import Keys

/// Who sends a request to the token, revoke or introspect endpoint.
enum ClientAuthentication {
    static func client(
        _ request: SandboxRequest, _ form: FormParameters, _ org: inout OktaOrg, endpoint: String, at now: Timestamp
    ) throws(OAuthError) -> (App, OAuthClient) {
        let id = try TokenEndpoint.value("client_id", form)
        let secret = try TokenEndpoint.value("client_secret", form)
        let assertion = try TokenEndpoint.value("client_assertion", form)
        let hasHeader = request.has("authorization")
        // RFC 6749 §2.3: one way at a time.
        guard [hasHeader, secret != nil, assertion != nil].count(where: { $0 }) <= 1 else {
            throw .severalCredentials
        }
        if let assertion {
            let found = try ClientAssertion.client(assertion, form, &org, endpoint: endpoint, at: now)
            if let id, id != found.app.id { throw .unknownClient }
            return try checked(found, .keyJWT, isCredentials: form)
        }
        if hasHeader {
            let (name, password) = try basic(request)
            if let id, id != name { throw .unknownClient }
            return try withSecret(name, password, .basic, form, org)
        }
        guard let id else { throw .noCredentials }
        if let secret { return try withSecret(id, secret, .post, form, org) }
        guard let found = org.client(id) else { throw .unknownClient }
        guard found.client.method == .none else { throw .noCredentials }
        return (found.app, found.client)
    }

    private static func withSecret(
        _ id: String, _ secret: String, _ method: OAuthClient.Method, _ form: FormParameters, _ org: OktaOrg
    ) throws(OAuthError) -> (App, OAuthClient) {
        guard let found = org.client(id) else { throw .unknownClient }
        let pair = try checked(found, method, isCredentials: form)
        let sent = Secret(secret)
        guard found.client.secrets.contains(where: { $0.isOn && $0.secret.matches(sent) }) else { throw .wrongSecret }
        return pair
    }

    /// The method must be the application's own. Of client credentials Okta says more precisely what is missing.
    private static func checked(
        _ found: (app: App, client: OAuthClient), _ method: OAuthClient.Method, isCredentials form: FormParameters
    ) throws(OAuthError) -> (App, OAuthClient) {
        if try TokenEndpoint.value("grant_type", form) == OAuthClient.Grant.credentials.rawValue,
            found.client.grants.contains(.credentials)
        {
            guard found.client.kind == .service else { throw .credentialsNeedService }
            guard method == .keyJWT, found.client.method == .keyJWT else { throw .credentialsNeedKey }
        }
        guard found.client.method == method else { throw .invalidClient }
        return (found.app, found.client)
    }

    /// RFC 6749 §2.3.1: both halves form-encoded, then Basic (RFC 7617 §2).
    private static func basic(_ request: SandboxRequest) throws(OAuthError) -> (String, String) {
        guard let value = request.header("authorization"), value.prefix(6).lowercased() == "basic ",
            let bytes = Base64.decode(Array(value.utf8.dropFirst(6))),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { throw .badBasic }
        do {
            return (
                try FormParameters.decoded(bytes[..<colon]), try FormParameters.decoded(bytes[(colon + 1)...])
            )
        } catch {
            throw .badBasic
        }
    }
}
