import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// Answers token requests (RFC 6749 §3.2).
public struct TokenEndpoint: Sendable {
    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signing: SigningKeys
    let refreshKey: Secret
    let issuer: @Sendable () -> String
    let nonces: DPoPNonces
    let passwords: any PasswordChecking
    let signIns: any SignInReading
    let desk: ClientDesk
    /// How often each secret was used in this minute; the first use is noted.
    let uses = MinuteCounter()

    /// Issues a token or says why not. A token is on the disk before its text leaves.
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await respond(to: request, at: now, correlation, answer)
    }

    /// The same for each endpoint where a client may prove a key beside itself.
    func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID,
        _ answer: (ClientDesk.Visit, DPoPProof?) async throws -> Result<TokenResponse, TokenRefusal>
    ) async -> TokenResponse {
        if request.dpop.isEmpty {
            return await desk.respond(to: request, at: now, correlation) { try await answer($0, nil) }
        }
        // Before the client is proved: what may be used once is not used up when a nonce is all that was missing.
        var response: TokenResponse
        switch proofOfKey(request, at: now) {
        case .success(let proof):
            response = await desk.respond(to: request, at: now, correlation) { try await answer($0, proof) }
        case .failure(let refusal): response = .refused(refusal, correlation)
        }
        // RFC 9449 §8, §8.2: the next proof takes it.
        response.headers.append(("dpop-nonce", nonces.current(at: now)))
        return response
    }

    private func answer(
        _ visit: ClientDesk.Visit, _ proof: DPoPProof?
    ) async throws -> Result<TokenResponse, TokenRefusal> {
        let certificate: String?
        switch visit.boundCertificate() {
        case .success(let thumbprint): certificate = thumbprint
        case .failure(let refusal): return .failure(refusal)
        }
        // RFC 9449 §5.2.
        guard proof != nil || !visit.client.settings.requiresDPoP else { return .failure(.proof(.missing)) }
        guard let name = visit.form["grant_type"] else { return .failure(.grantTypeMissing) }
        guard let type = GrantTypes.all.first(where: { $0.name.isExactly(name) }) else {
            return .failure(.grantTypeUnsupported)
        }
        // RFC 6749 §5.2: unauthorized_client.
        guard visit.client.settings.grants.contains(type.name) else {
            return .failure(.grantTypeNotAllowed(type, by: visit.client))
        }
        let wanted = GrantRequest(
            client: visit.client, form: visit.form, users: users, scopes: scopes, database: database,
            effects: effects, passwords: passwords, signIns: signIns, cause: visit.cause, address: visit.address,
            refreshKey: refreshKey,
            audiences: Assertion.audiences(issuer()), keys: desk.keys, key: proof?.thumbprint,
            certificate: visit.certificate?.thumbprint)
        let answer = try await type.grant(wanted).flatMap {
            $0.narrowed(by: visit.form, of: visit.client, hub: issuer())
        }
        switch answer {
        case .failure(let refusal): return .failure(refusal)
        case .success(var grant):
            if let refusal = try await spend(proof, at: visit.cause.now) { return .failure(refusal) }
            grant.carried.certificate = grant.carried.certificate ?? certificate
            return try await issue(grant, to: visit.proved, by: type, boundTo: proof?.thumbprint, visit.cause).map {
                .issued($0, grant, visit.client, isBound: proof != nil, at: visit.cause.now)
            }
        }
    }
}
