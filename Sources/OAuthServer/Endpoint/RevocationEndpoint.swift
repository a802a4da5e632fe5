import AuditTrail
public import Core
import Storage

/// Answers revocation requests (RFC 7009 §2): a client gives back a token of its own.
public struct RevocationEndpoint: Sendable {
    let refreshKey: Secret
    let desk: ClientDesk

    /// 200 also for what is no token (RFC 7009 §2.2). Deviation: §2.1 has another client's token refused; here it reads
    /// the same, so that nobody learns of others.
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await desk.respond(to: request, at: now, correlation, answer)
    }

    private func answer(_ visit: ClientDesk.Visit) async throws -> Result<TokenResponse, TokenRefusal> {
        // RFC 7009 §2.1 (REQUIRED). token_type_hint is only a hint, and the text says what it is.
        guard let text = visit.form["token"] else { return .failure(.tokenMissing) }
        let (client, cause) = (visit.client, visit.cause)
        let event = AuditEvent(.tokenRevoked, on: client.target, by: cause, [.reason: "given_back"])
        try await desk.database.write(.bookkeeping("a token given back; nothing where it is none")) {
            [refreshKey] writer in
            if let token = RefreshToken(text, refreshKey) {
                // RFC 7009 §2.1 (SHOULD): a refresh token takes the access tokens of the same grant along.
                // §2.1 (MUST): only what was issued to this client.
                guard try FamilyStore.find(token.family, in: writer)?.client == client.id,
                    try FamilyStore.end(token.family, at: cause.now, in: writer)
                else { return }
                try writer.record(event, changing: nil)
            } else if let token = AccessToken(text),
                try TokenStore.revoke(token.place, of: client.id, at: cause.now, in: writer) != nil
            {
                try writer.record(event, changing: .token(token.hash))
            }
        }
        return .success(.answered([:], client))
    }
}
