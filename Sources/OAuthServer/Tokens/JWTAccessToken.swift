import Core
import Keys

/// What an access token says that is a JWT (RFC 9068 §2.2).
struct JWTAccessToken: Sendable, Equatable {
    /// `typ` (RFC 9068 §2.1).
    static let type = "at+jwt"

    let issuer: String
    /// Whom it stands for: a user, or the client where it acts for itself.
    let subject: String
    let audience: [String]
    /// The client's public id.
    let clientID: String
    /// `jti`: different for each token, and ends with its slot.
    let id: String
    /// On a whole second.
    let issuedAt: Timestamp
    /// On a whole second.
    let expiresAt: Timestamp
    let scopes: [String]
    /// The thumbprint of the key that it is bound to (RFC 9449 §6.1); nil for a bearer token.
    var boundTo: String?
    /// The thumbprint of the client certificate that it is bound to (RFC 8705 §3.1); nil without one.
    var certificate: String?
    /// `act`: who acts for the subject (RFC 8693 §4.1).
    var actor: JSONObject?
    /// `auth_time` (RFC 9068 §2.2.1); nil where nobody signed in.
    var signedInAt: Timestamp?
    /// RFC 9396 §9.1; empty where the scopes alone say.
    var details: [JSON] = []

    /// As it is signed; one audience is a text (RFC 7519 §4.1.3).
    var claims: JSONObject {
        let only = audience.count == 1 ? audience.first : nil
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": .string(subject), "aud": only.map { .string($0) } ?? .texts(audience),
            "client_id": .string(clientID), "iat": .int(issuedAt.epochSeconds), "exp": .int(expiresAt.epochSeconds),
            "jti": .string(id), "scope": .string(scopes.joined(separator: " ")),
        ]
        claims["cnf"] = Confirmation.json(key: boundTo, certificate: certificate)
        if let actor { claims["act"] = .object(actor) }
        if let signedInAt { claims["auth_time"] = .int(signedInAt.epochSeconds) }
        if !details.isEmpty { claims["authorization_details"] = .array(details) }
        return claims
    }
}

extension JWTAccessToken {
    /// Reads claims; nil when one that RFC 9068 §2.2 requires is missing, or one is not of its kind.
    init?(claims: JSONObject) {
        func text(_ name: String) -> String? { claims[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        // Of year 9999, so that no sum of moments overflows.
        let latest: Int64 = 253_402_300_800
        let audience = text("aud").map { [$0] } ?? claims["aud"]?.texts ?? []
        guard let issuer = text("iss"), let subject = text("sub"), let clientID = text("client_id"),
            let id = text("jti"), let issued = claims["iat"]?.int, let expires = claims["exp"]?.int,
            !audience.isEmpty, audience.allSatisfy({ !$0.isEmpty }), 0 < issued, issued < expires,
            expires < latest
        else { return nil }
        var scopes: [String] = []
        if let scope = claims["scope"] {
            guard let names = scope.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init),
                names.count <= Limits.clientScopes.value, names.allSatisfy(ScopeName.isToken)
            else { return nil }
            scopes = names
        }
        self.init(
            issuer: issuer, subject: subject, audience: audience, clientID: clientID, id: id,
            issuedAt: Timestamp(epochSeconds: issued), expiresAt: Timestamp(epochSeconds: expires), scopes: scopes,
            boundTo: claims["cnf"]?["jkt"]?.string, certificate: claims["cnf"]?["x5t#S256"]?.string,
            actor: claims["act"]?.object,
            signedInAt: claims["auth_time"]?.int.flatMap {
                (0..<latest).contains($0) ? Timestamp(epochSeconds: $0) : nil
            },
            details: claims["authorization_details"]?.array ?? [])
    }
}

extension SigningKeys {
    /// A new access token: the text for the caller once, and what is stored; nil when it is longer than
    /// `Limits.tokenBytes`.
    func accessToken(_ token: JWTAccessToken, at now: Timestamp) async throws -> (text: Secret, token: AccessToken)? {
        let text = try await sign(token.claims, type: JWTAccessToken.type, at: now)
        return AccessToken(text).map { (Secret(text), $0) }
    }
}
