import AuditTrail
import Core
import Keys
import Ports
import Storage

extension TokenEndpoint {
    /// What leaves with an answer.
    struct Issued: Sendable {
        let access: Secret
        /// Nil where the client may not renew it.
        let refresh: Secret?
        /// The ID token; nil where nobody signed in for it, or `openid` was not allowed.
        let identity: Secret?
    }

    /// Stores a new token with its event, in one transaction with what the grant uses up.
    ///
    /// Throws `HubError.changedMeanwhile` when the client is no longer what it was when it proved itself.
    func issue(
        _ grant: Grant, to proved: ClientAuthenticator.Proved, by type: GrantType, boundTo key: String? = nil,
        _ cause: Cause
    ) async throws -> Result<Issued, TokenRefusal> {
        let (client, now) = (proved.client, cause.now)
        guard let (text, token) = try await make(client.settings.tokenFormat, grant, to: client, boundTo: key, at: now)
        else { return .failure(.tokenTooLong) }
        let identity = try await identity(grant, to: client, with: text, at: now)
        let expires = grant.end(for: client, at: now)
        let event = AuditEvent(
            .tokenIssued, on: client.target, by: cause,
            [
                .client: client.name, .user: grant.user.name, .scope: grant.scopes.joined(separator: " "),
                .grantType: type.name, .until: expires.rfc3339,
            ].merging(grant.noted) { own, _ in own }.merging(grant.carried.noted) { own, _ in own })
        // Once a minute or a few times, so that a busy client does not write its secret's row with every token.
        let used = proved.secret.flatMap { uses.counted($0.id, at: now) == 0 ? $0 : nil }
        let answer: Result<Issued, TokenRefusal> = try await database.write(
            .bookkeeping("a token with its event, or a refusal with what it ended")
        ) { [refreshKey] writer in
            let epoch = try ClientStore.epoch(of: client, using: proved.secret, at: now, in: writer)
            // What was revoked since the client was read takes along what somebody allowed it.
            guard let epoch, grant.family == nil || epoch == client.epoch else { throw HubError.changedMeanwhile }
            let refresh: RefreshToken?
            switch try grant.settle(writer, cause) {
            case .success(let next): refresh = next
            case .failure(let refusal): return .failure(refusal)
            }
            if let used { try Self.noteUse(of: used, at: now, in: writer) }
            try writer.run(
                """
                INSERT INTO token (slot, hash, client_ref, user_id, scopes, epoch, issued_at, expires_at, family,
                    asserted, jkt, carried)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """,
                [
                    .int(token.slot), .blob(token.hash), .text(client.id.rawValue),
                    .text(grant.user.id.rawValue), .text(grant.scopes.joined(separator: " ")), .int(epoch),
                    .int(now.epochMilliseconds), .int(expires.epochMilliseconds), .optional(grant.family),
                    .bool(grant.isAsserted), .optional(key), .text(grant.carried.stored),
                ])
            try writer.record(event)
            return .success(Issued(access: text, refresh: refresh?.text(refreshKey), identity: identity))
        }
        // Only now: a refusal takes no other request's turn to be noted.
        if let used, case .success = answer { _ = uses.count(used.id, at: now) }
        return answer
    }

    /// A new token of that format; nil when it would be too long.
    private func make(
        _ format: TokenFormat, _ grant: Grant, to client: Client, boundTo key: String?, at now: Timestamp
    ) async throws -> (text: Secret, token: AccessToken)? {
        switch format {
        case .opaque: return AccessToken.new(at: now, effects)
        case .jwt:
            // RFC 9068 §2.2 (SHOULD): without a resource owner `sub` names the client. §3 (MUST): the resources that were
            // asked for, or a default audience, which is this hub's own API.
            let issuer = issuer()
            let token = JWTAccessToken(
                issuer: issuer, subject: grant.isOfClient ? client.publicID : grant.user.id.rawValue,
                audience: grant.carried.audience(of: issuer),
                clientID: client.publicID, id: ID<JWTAccessToken>.new(effects).rawValue + AccessToken.ending(at: now),
                issuedAt: now,
                expiresAt: grant.end(for: client, at: now), scopes: grant.scopes, boundTo: key,
                certificate: grant.carried.certificate, actor: grant.carried.actor,
                signedInAt: grant.carried.signedInAt, details: grant.carried.details)
            return try await signing.accessToken(token, at: now)
        }
    }

    /// OpenID Connect Core 1.0 §3.1.3.3, §12.2: an ID token comes with what a sign-in gave, and with its renewals.
    private func identity(
        _ grant: Grant, to client: Client, with access: Secret, at now: Timestamp
    ) async throws -> Secret? {
        guard let signIn = grant.signIn, grant.scopes.contains(ScopeName.openID) else { return nil }
        let claims = IDToken.claims(
            grant, nonce: signIn.nonce, accessToken: access, for: client, issuer: issuer(), at: now)
        return Secret(
            try await signing.sign(claims, type: IDToken.type, client.settings.openID.algorithm, at: now))
    }

    private static func noteUse(of secret: ClientSecret, at now: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE client_secret SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
            [.text(secret.id), .int(now.epochMilliseconds)])
    }
}

extension TokenResponse {
    /// RFC 6749 §5.1 (MUST), RFC 7591 §3.2.1: no-store on whatever holds a token or a secret; we send it on errors too.
    static let headers: [(name: String, value: String)] = [
        ("content-type", "application/json"), ("cache-control", "no-store"), ("pragma", "no-cache"),
    ]

    static func issued(
        _ issued: TokenEndpoint.Issued, _ grant: Grant, _ client: Client, isBound: Bool, at now: Timestamp
    ) -> TokenResponse {
        func text(_ secret: Secret) -> JSON { .string(secret.reveal { String(decoding: $0, as: UTF8.self) }) }
        var body: JSONObject = [
            "access_token": text(issued.access),
            // RFC 9449 §5.
            "token_type": isBound ? "DPoP" : "Bearer",
            "expires_in": .int(grant.end(for: client, at: now).milliseconds(since: now) / 1_000),
            // RFC 6749 §5.1 (OPTIONAL when as asked): always, so that nobody guesses.
            "scope": .string(grant.scopes.joined(separator: " ")),
        ]
        // RFC 9396 §7 (MUST): as granted.
        if !grant.carried.details.isEmpty { body["authorization_details"] = .array(grant.carried.details) }
        if let refresh = issued.refresh { body["refresh_token"] = text(refresh) }
        if let identity = issued.identity { body["id_token"] = text(identity) }
        for member in grant.answers.members { body[member.name] = member.value }
        return answered(.object(body), client, user: grant.user.name)
    }

    /// A proved client's answer.
    static func answered(_ body: JSON, _ client: Client, user: String = "-", status: Int = 200) -> TokenResponse {
        TokenResponse(
            status: status, headers: headers, body: body, outcome: .allowed, reason: "", client: client.name,
            user: user, problem: nil)
    }

    static func refused(
        _ refusal: TokenRefusal, _ correlation: CorrelationID, client: String = "-", detail: (any Error)? = nil
    ) -> TokenResponse {
        // RFC 6749 §5.2, RFC 9110 §11.6.1 (MUST): a 401 names the scheme.
        var response = refused(
            refusal.code.rawValue, refusal.why, refusal.description, refusal.status,
            challenge: "Basic realm=\"linchpin\"", correlation, client: client, detail: detail)
        response.about = refusal.about
        return response
    }

    /// - Parameter challenge: how to prove oneself; it goes with a 401 alone.
    static func refused(
        _ code: String, _ why: RefusalReason, _ description: String, _ status: Int, challenge: String,
        _ correlation: CorrelationID, client: String, detail: (any Error)?
    ) -> TokenResponse {
        var headers = headers
        if status == 401 { headers.append(("www-authenticate", challenge)) }
        if status == 429 { headers.append(("retry-after", "60")) }
        if status == 503 { headers.append(("retry-after", "1")) }
        return TokenResponse(
            status: status, headers: headers,
            body: [
                "error": .string(code), "error_description": .string(description),
                "correlation": .string(correlation.text),
            ],
            outcome: status >= 500 ? .failed : .refused, reason: why.code, client: client, user: "-",
            problem: status == 500 ? detail.map { String(describing: $0) } : nil)
    }
}
