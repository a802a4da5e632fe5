import Core
import Keys
import Ports

extension SecretKind {
    /// What proves the hub in the TLS handshake (RFC 8446 §4.4.2): the chain is no secret, its private key is.
    static let clientCertificate = SecretKind(
        word: "client_certificate", says: "A certificate by which TLS says who the hub is, and its private key.",
        fields: [
            .required(
                "certificate", .document(most: Limits.trustRootsBytes.value),
                "The chain as PEM, the hub's own certificate first; the secret is its private key as PEM.")
        ], hasSecret: { _ in true }, settingsNeedSecret: true, ends: { try end($0, at: $1) }
    ) { secret, settings, _ in
        let chain = try chain(settings)
        guard chain.isInOrder else {
            throw OAuthSettings.problem(
                "certificate", "in order: the hub's own certificate, then the one of its issuer")
        }
        guard chain.leaf.isForClients else {
            throw OAuthSettings.problem("certificate", "one for clients; this one is for servers alone")
        }
        guard let secret else { return }
        guard let belongs = chain.belongs(secret) else {
            throw HubError(
                .invalid, "bad_secret",
                "\"secret\" must be the certificate's private key as an unencrypted PEM. Copy it again, whole.")
        }
        guard belongs else {
            throw HubError(
                .invalid, "key_mismatch",
                "\"secret\" is not the private key of the first certificate in \"certificate\". Give the pair.")
        }
    }

    private static func chain(_ settings: JSONObject) throws -> CertificateChain {
        try CertificateChain(pem: settings["certificate"]?.string ?? "", field: "certificate")
    }

    /// When the pair stops working; throws when it does not work now.
    private static func end(_ settings: JSONObject, at now: Timestamp) throws -> Timestamp {
        let leaf = try chain(settings).leaf
        guard now < leaf.ends else {
            throw HubError(
                .invalid, "certificate_expired",
                "\"certificate\" ended at \(leaf.ends.rfc3339). Give the one that was issued in its place.")
        }
        guard leaf.begins <= now else {
            throw HubError(
                .invalid, "certificate_not_yet",
                "\"certificate\" counts from \(leaf.begins.rfc3339) on. Check this machine's clock, or wait.")
        }
        return leaf.ends
    }
}

extension Credential {
    /// Whether it goes into the TLS handshake instead of into the request.
    var isCertificate: Bool { kind == SecretKind.clientCertificate.word }
}
