import Core
import Keys

extension ClientDesk.Visit {
    /// The thumbprint that what this request earns is bound to (RFC 8705 §3); nil where the client's tokens are not.
    ///
    /// RFC 8705 §3.4 leaves it to the server what a client gets that shows no certificate: here nothing.
    func boundCertificate() -> Result<String?, TokenRefusal> {
        guard client.settings.tls.bindsTokens else { return .success(nil) }
        return certificate.map { .success($0.thumbprint) } ?? .failure(.tokenNeedsCertificate)
    }
}

/// `cnf`: what a token is bound to.
enum Confirmation {
    /// RFC 9449 §6.1, §6.2; RFC 8705 §3.1, §3.2. Nil for a bearer token.
    static func json(key: String?, certificate: String?) -> JSON? {
        var members: JSONObject = [:]
        members["jkt"] = key.map { .string($0) }
        members["x5t#S256"] = certificate.map { .string($0) }
        return members.members.isEmpty ? nil : .object(members)
    }
}
