import Core

extension ClientAuthenticationMethod {
    /// HTTP Basic with the client id as user and the secret as password.
    ///
    /// RFC 6749 §2.3.1 (MUST): both are form-urlencoded before they are joined by `:` and base64-encoded.
    static let clientSecretBasic = ClientAuthenticationMethod(name: "client_secret_basic") { request, _ in
        guard let header = request.authorization.first else { return .absent }
        // RFC 9110 §11.1: the scheme is case-insensitive.
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let joined = Base64.decode(parts[1].drop { $0 == " " }.utf8),
            let colon = joined.firstIndex(of: UInt8(ascii: ":"))
        else { return .unreadable }
        do {
            let clientID = try FormParameters.decoded(joined[..<colon])
            let secret = try FormParameters.decoded(joined[(colon + 1)...])
            guard !clientID.isEmpty, !secret.isEmpty else { return .unreadable }
            return .presented(clientID: clientID, secret: Secret(secret))
        } catch {
            return .unreadable
        }
    }
}
