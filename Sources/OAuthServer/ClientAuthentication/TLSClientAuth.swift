import Core
import Keys
import Storage

// RFC 8705 §2 (MUST): the client names itself by client_id. Which certificate proves it stands in the registry, so what
// the two find is the same.
extension ClientAuthenticationMethod {
    /// RFC 8705 §2.1: an authority that the hub trusts vouches for the client's certificate.
    static let tlsClientAuth = ClientAuthenticationMethod(
        name: "tls_client_auth", isOffered: { $0.authorities != nil }
    ) { request, form in request.certificate == nil ? .absent : nameAlone(request, form) }

    /// RFC 8705 §2.2: the client registered its certificate.
    static let selfSignedTLSClientAuth = ClientAuthenticationMethod(
        name: "self_signed_tls_client_auth", isOffered: { $0.areAskedFor }
    ) { request, form in request.certificate == nil ? .absent : nameAlone(request, form) }
}

extension ClientAuthenticator {
    /// Looks up a client that sends its name alone: the certificate of its connection proves it if it is registered
    /// with one, and nothing if it is public.
    func prove(
        named clientID: String, by certificate: PeerCertificate?, at now: Timestamp
    ) async throws -> Result<Proved, TokenRefusal> {
        let client = try await client(clientID, at: now)
        guard let client, client.settings.isPublic || client.settings.tls.proof != nil else {
            return .failure(.clientUnauthenticated)
        }
        guard let proof = client.settings.tls.proof else { return .success(Proved(client: client, secret: nil)) }
        guard let certificate else { return .failure(.certificateMissing) }
        let problem: PeerCertificate.Problem?
        switch proof {
        case .name(let name):
            guard let authorities else { return .failure(.authoritiesMissing) }
            problem = await certificate.problem(naming: name, under: authorities, at: now)
        case .certificates(let pem):
            problem = certificate.problem(among: try CertificateChain(pem: pem, field: TLSSettings.own), at: now)
        }
        if let problem { return refuse(.certificate(problem), clientID, client, at: now) }
        return .success(Proved(client: client, secret: nil))
    }
}
