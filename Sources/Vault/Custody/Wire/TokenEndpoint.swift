import Core
import Keys
import Ports

/// Talks to a provider's OAuth endpoints. Every request is a row in the log; no token and no secret ever is.
struct TokenEndpoint: Sendable {
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let effects: Effects

    /// Who asks: the client as its settings and its secret make it.
    struct Client: Sendable {
        let name: String
        let settings: OAuthSettings
        let secret: Secret
        /// How requests travel to where the connections lead that use the credential; one way to each origin.
        let passages: [(to: StrictURL, Passage)]

        /// How a request travels there: as the connection's calls do where it goes to the connection's own host.
        func passage(to url: String) -> Passage {
            guard let url = StrictURL(url) else { return .plain }
            return passages.first { $0.to.hasSameOrigin(as: url) }?.1 ?? .plain
        }
    }

    /// Asks the token endpoint.
    ///
    /// - Parameters:
    ///   - form: grant type and what belongs to it.
    ///   - key: the key that the tokens are bound to (RFC 9449 §5); nil for none.
    func tokens(_ client: Client, _ form: TokenForm, key: JWSPrivateKey?, _ cause: Cause) async -> TokenReply {
        let url = client.settings.tokenURL
        let first = await ask(client, url, form, key, nonce: nil, cause)
        // RFC 9449 §8: a refusal that only names a nonce did nothing, so the same request goes once more.
        guard case .refused(_, _, let nonce?) = first, key != nil else { return first }
        return await ask(client, url, form, key, nonce: nonce, cause)
    }

    private func ask(
        _ client: Client, _ url: String, _ form: TokenForm, _ key: JWSPrivateKey?, nonce: String?, _ cause: Cause
    ) async -> TokenReply {
        do throws(OutboundFailure) {
            return TokenReply.read(try await post(client, url, form, "token", key: key, nonce: nonce, cause))
        } catch { return .refused(TokenFailure.judge(error), retryAfter: 0, nonce: nil) }
    }

    /// Sends a form as the client.
    func post(
        _ client: Client, _ url: String, _ form: TokenForm, _ what: String, key: JWSPrivateKey? = nil,
        nonce: String? = nil, _ cause: Cause
    ) async throws(OutboundFailure) -> OutboundReply {
        var form = form
        var headers: [(name: String, value: HeaderValue)] = [
            ("accept", .plain("application/json")), ("content-type", .plain("application/x-www-form-urlencoded")),
        ]
        let settings = client.settings
        do {
            switch settings.clientAuth {
            case .none, .tlsClientAuth: form.add("client_id", settings.clientID)
            case .secretBasic:
                headers.append(
                    ("authorization", .secret(prefix: "Basic ", TokenForm.basic(settings.clientID, client.secret))))
            case .secretPost:
                form.add("client_id", settings.clientID)
                form.add("client_secret", client.secret)
            case .privateKeyJWT:
                form.add("client_id", settings.clientID)
                form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                form.add("client_assertion", try AssertionKey.clientAssertion(client, for: url, effects))
            }
            if let key {
                headers.append(
                    ("dpop", .plain(try DPoP.proof(key, "POST", url, nonce: nonce, token: nil, effects))))
            }
        } catch {
            throw .notSent(reason: "key_unusable", says: "the credential's key does not sign. Seal it again.")
        }
        return try await send(
            OutboundRequest(
                method: "POST", url: url, headers: headers, body: nil, sealedBody: form.body,
                allowsLoopbackHTTP: settings.allowsLoopbackHTTP, passage: client.passage(to: url)), what, client, cause)
    }

    /// Reads with an access token, such as who its owner is.
    func get(
        _ client: Client, _ url: String, _ access: Secret, _ key: JWSPrivateKey?, _ what: String, _ cause: Cause
    ) async throws(OutboundFailure) -> OutboundReply {
        var headers: [(name: String, value: HeaderValue)] = [
            ("accept", .plain("application/json")),
            ("authorization", .secret(prefix: key == nil ? "Bearer " : "DPoP ", access)),
        ]
        if let key {
            do {
                headers.append(("dpop", .plain(try DPoP.proof(key, "GET", url, nonce: nil, token: access, effects))))
            } catch { throw .notSent(reason: "key_unusable", says: "the token's key does not sign.") }
        }
        return try await send(
            OutboundRequest(
                method: "GET", url: url, headers: headers, body: nil,
                allowsLoopbackHTTP: client.settings.allowsLoopbackHTTP, passage: client.passage(to: url)), what, client,
            cause)
    }

    private func send(
        _ request: OutboundRequest, _ what: String, _ client: Client, _ cause: Cause
    ) async throws(OutboundFailure) -> OutboundReply {
        let path = StrictURL(request.url)?.target.split(separator: "?").first.map(String.init) ?? "-"
        var row = Transaction(
            .outbound, cause.correlation, at: effects.now(), method: request.method, path: path)
        row.user = cause.actor.name
        row.action = "credential \(client.name): \(what)"
        let began = effects.monotonicNanoseconds()
        let answer: Result<OutboundReply, OutboundFailure>
        do { answer = .success(try await outbound.send(request)) } catch { answer = .failure(error) }
        row.microseconds = Int64((effects.monotonicNanoseconds() - began) / 1_000)
        switch answer {
        case .success(let reply):
            row.status = reply.status
            if !(200..<300).contains(reply.status) {
                row.outcome = .failed
                // It did nothing, and the same goes once more with the nonce: the next row.
                if TokenReply.json(reply)?["error"] == "use_dpop_nonce" { row.reason = "use_dpop_nonce" }
            }
        case .failure(.notSent(let reason, _)), .failure(.unknown(let reason, _)):
            row.outcome = .failed
            row.reason = reason
        }
        log.log(row)
        return try answer.get()
    }
}
