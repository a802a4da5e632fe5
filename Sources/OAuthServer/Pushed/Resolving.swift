import Core
import Storage

extension Authorizing {
    /// What counts of a request: what it refers to in its place, and nothing beside it (RFC 9126 §4; RFC 9101 §6.3).
    func resolved(
        _ sent: AuthorizationParameters, of client: Client, at now: Timestamp
    ) async throws -> AuthorizationParameters {
        guard !sent.isRepeated("request"), !sent.isRepeated("request_uri") else { return sent.refused(.repeated) }
        switch (sent["request"], sent["request_uri"]) {
        case (nil, nil): return sent
        // RFC 9101 §5 (MUST NOT): both.
        case (.some, .some): return sent.refused(.requestTwice)
        case (let object?, nil): return try await signed(object, sent, of: client, at: now)
        case (nil, let uri?): return try await pushed(uri, sent, of: client, at: now)
        }
    }

    private func signed(
        _ object: String, _ sent: AuthorizationParameters, of client: Client, at now: Timestamp
    ) async throws -> AuthorizationParameters {
        guard object.utf8.count <= Limits.requestObjectBytes.value else {
            return sent.refused(.requestObject(.signed.objectTooLong))
        }
        let reference = reference(object, sent, at: now)
        let judged = try await RequestObject.judge(
            object, of: client, keys: keys, issuer: issuer, openedAt: reference.openedAt, at: now)
        switch judged {
        case .failure(let refusal): return sent.refused(refusal)
        case .success(let pairs):
            var resolved = AuthorizationParameters(pairs: pairs)
            resolved.isSigned = true
            resolved.reference = reference
            return resolved
        }
    }

    private func pushed(
        _ uri: String, _ sent: AuthorizationParameters, of client: Client, at now: Timestamp
    ) async throws -> AuthorizationParameters {
        // Nothing is fetched: only what was pushed to this hub counts (RFC 9101 §10.4.1).
        guard let hash = PushedRequest.hash(of: uri) else { return sent.refused(.requestURI) }
        guard let pushed = try await database.read({ try PushedStore.find(hash, in: $0) }) else {
            return sent.refused(.requestURI(.pushed.uriUnknown))
        }
        // RFC 9126 §2.2 (MUST): bound to the client that pushed it.
        guard pushed.client == client.id else { return sent.refused(.requestURI(.pushed.uriOfAnother)) }
        let reference = reference(uri, sent, at: now)
        // RFC 9126 §4 (MUST): one that has ended is refused. Pages that were opened in time go on.
        guard reference.openedAt < pushed.expiresAt else { return sent.refused(.requestURI(.pushed.uriEnded)) }
        let pairs = try FormParameters(pushed.query.utf8).pairs.map { (name: $0.name, value: $0.value) }
        var resolved = AuthorizationParameters(pairs: pairs)
        (resolved.isPushed, resolved.isSigned) = (true, pushed.isSigned)
        resolved.reference = reference
        resolved.reference?.pushed = hash
        return resolved
    }

    private func reference(
        _ text: String, _ sent: AuthorizationParameters, at now: Timestamp
    ) -> RequestReference {
        let openedAt = openings.moment(sent[RequestReference.mark], of: text, at: now) ?? now
        let name = sent["request_uri"] == nil ? "request" : "request_uri"
        return RequestReference(
            query: PercentEncoding.query([
                ("client_id", sent["client_id"] ?? ""), (name, text),
                (RequestReference.mark, openings.mark(text, openedAt: openedAt)),
            ]), openedAt: openedAt)
    }
}
