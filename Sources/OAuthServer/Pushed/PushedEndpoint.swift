public import Core
import Keys
import Storage

/// Takes authorization requests from clients, ahead of the browser (RFC 9126 §2).
public struct PushedEndpoint: Sendable {
    let tokens: TokenEndpoint
    let authorizing: Authorizing
    /// How many requests of each public client each address pushed in this minute.
    let pushes: MinuteCounter

    /// Keeps a request that could get a code and answers by what a browser brings it, or says why it could not.
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await tokens.respond(to: request, at: now, correlation, answer)
    }

    private func answer(
        _ visit: ClientDesk.Visit, _ proof: DPoPProof?
    ) async throws -> Result<TokenResponse, TokenRefusal> {
        let (client, now) = (visit.client, visit.cause.now)
        // What waits for 90 seconds is of three minutes at most, so no address holds half of a client's places.
        guard !visit.isCrowded(pushes, most: Limits.pushedOfOneAddress) else {
            return .failure(.pushedTooOften)
        }
        // RFC 9126 §2.1 (MUST NOT).
        guard visit.form["request_uri"] == nil else { return .failure(.requestURIPushed) }
        var sent = Self.sent(visit.form, client)
        if let object = sent["request"] {
            let judged = try await RequestObject.judge(
                object, of: client, keys: authorizing.keys, issuer: authorizing.issuer, openedAt: now, at: now)
            switch judged {
            case .failure(let refusal): return .failure(.authorization(refusal))
            // RFC 9126 §3: only what was signed counts.
            case .success(let pairs): (sent.pairs, sent.isSigned) = (pairs, true)
            }
        }
        if let key = proof?.thumbprint {
            // RFC 9449 §10.1 (MUST): the code is bound to the key of the proof, which is the one that is named.
            guard [nil, key].contains(sent["dpop_jkt"]) else { return .failure(.keyDiffers) }
            if sent["dpop_jkt"] == nil { sent.pairs.append(("dpop_jkt", key)) }
        }
        if let refusal = try await unfit(sent, of: client, at: now) { return .failure(refusal) }
        let query = PercentEncoding.query(sent.pairs)
        guard query.utf8.count <= Limits.pushedBytes.value else { return .failure(.pushedTooLong) }
        if let refusal = try await tokens.spend(proof, at: now) { return .failure(refusal) }
        let reference = MachineSecret.new(.pushedRequest, authorizing.effects)
        let pushed = PushedRequest(
            hash: MachineSecret.hash(reference), client: client.id, query: query, isSigned: sent.isSigned,
            expiresAt: now.adding(seconds: Int64(Limits.pushedSeconds.value)))
        let isKept = try await authorizing.database.write(.bookkeeping("a request waits for its browser")) {
            try PushedStore.insert(pushed, at: now, in: $0)
        }
        guard isKept else { return .failure(.pushedTooMany) }
        // RFC 9126 §2.2.
        return .success(
            .answered(
                [
                    "request_uri": .string(PushedRequest.uri(reference)),
                    "expires_in": .int(Int64(Limits.pushedSeconds.value)),
                ], client, status: 201))
    }

    /// Why a browser could bring it to no code; nil where it could. RFC 9126 §2.1: judged as at the authorization endpoint.
    private func unfit(
        _ sent: AuthorizationParameters, of client: Client, at now: Timestamp
    ) async throws -> TokenRefusal? {
        switch try await authorizing.judged(sent, of: client, at: now) {
        case .asks: nil
        case .refused(let refusal, _, _): .authorization(refusal)
        // What keeps a proved client from an answer at its own address.
        case .page(let refusal): .addressless(refusal.why)
        }
    }

    /// What the client asks for. Its credentials are no part of it.
    private static func sent(_ form: TokenForm, _ client: Client) -> AuthorizationParameters {
        let own: Set = ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
        let pairs = form.parameters.pairs.filter { !own.contains($0.name) }.map { (name: $0.name, value: $0.value) }
        var sent = AuthorizationParameters(pairs: [("client_id", client.publicID)] + pairs)
        sent.isPushed = true
        return sent
    }
}

extension OAuthServer {
    /// `POST /oauth2/par`, for the issuer as it is now.
    public var pushedEndpoint: PushedEndpoint {
        PushedEndpoint(
            tokens: tokenEndpoint, authorizing: authorizing(issuer: tokenEndpoint.issuer()), pushes: pushes)
    }
}
