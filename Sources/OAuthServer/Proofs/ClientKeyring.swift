import Core
import Keys
import Ports

/// Why no key of a client can judge what it signed.
enum KeyProblem: String, Error, Sendable, CaseIterable {
    case missing = "keys_missing"
    case embedded = "key_embedded"
    case notNamed = "key_not_named"
    case unknown = "key_unknown"
    case unreachable = "keys_unreachable"
    case certificateNotValid = "certificate_not_valid"
}

/// Finds the key that a client signed with: inside its certificates, among its registered keys, or where it publishes them.
struct ClientKeyring: Sendable {
    private let published: Published<JWKSet>

    init(_ documents: (any DocumentFetching)?) {
        let terms = Published<JWKSet>.Terms(
            keep: Int64(Limits.fetchAgainSeconds.value)...Int64(Limits.fetchedKeysSeconds.value), standard: 600,
            again: Int64(Limits.fetchAgainSeconds.value))
        published = Published(documents, terms) { document, _ in
            // RFC 7517 §5. One that holds a private key, or two keys of one kid, is no set of keys to rely on.
            do { return try JWKSet(try JSON.read(document.body)) } catch { return nil }
        }
    }

    /// The key by its `kid` alone; one that comes along in the JWS is the sender's choice, and refused (RFC 8725 §3.10).
    func key(
        for jws: UnverifiedJWS, of client: Client, at now: Timestamp
    ) async throws -> Result<JWSPublicKey, KeyProblem> {
        let settings = client.settings
        guard jws.embeddedKey == nil else { return .failure(.embedded) }
        guard settings.hasKeys else { return .failure(.missing) }
        guard let id = jws.keyID else { return .failure(.notNamed) }
        if let pem = settings.certificates.first(where: { $0.key.isExactly(id) })?.value {
            return try Self.key(of: pem, at: now)
        }
        if let key = try settings.keys?.key(id: id) { return .success(key) }
        guard let address = settings.jwksURI else { return .failure(.unknown) }
        let set = await published.reading(at: address, for: "keys of client \(client.name)", at: now) {
            $0.key(id: id) != nil
        }?.value
        guard let set else { return .failure(.unreachable) }
        return set.key(id: id).map { .success($0) } ?? .failure(.unknown)
    }

    /// RFC 5280 §4.1.2.5: a certificate counts within its validity. Nobody vouches for it but the administrator who
    /// registered it, so no chain is built.
    private static func key(of pem: String, at now: Timestamp) throws -> Result<JWSPublicKey, KeyProblem> {
        let certificate = try CertificateChain(pem: pem, field: "certificates").leaf
        guard certificate.begins <= now, now <= certificate.ends, let key = certificate.signatureKey else {
            return .failure(.certificateNotValid)
        }
        return .success(key)
    }
}
