import Core

extension ClientAuthenticationMethod {
    /// `client_id` and `client_secret` in the body.
    ///
    /// RFC 6749 §2.3.1 (MAY): including them in the body; (MUST NOT): in the URI, so only the body is looked at.
    static let clientSecretPost = ClientAuthenticationMethod(name: "client_secret_post") { _, form in
        guard let secret = form["client_secret"] else { return .absent }
        guard let clientID = form["client_id"] else { return .unreadable }
        return .presented(clientID: clientID, secret: Secret(secret))
    }
}
