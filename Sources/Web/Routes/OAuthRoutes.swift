import Core
import Hub
import OAuthServer

/// The authorization server's endpoints.
enum OAuthRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        let oauth = hub.oauth
        let token = client(oauth.tokenEndpoint.respond)
        let revoke = client(oauth.revocationEndpoint.respond)
        return [
            "oauth.token": token,
            "oauth.token.platform": token,
            "oauth.revoke": revoke,
            "oauth.revoke.platform": revoke,
            "oauth.introspect": client(oauth.introspectionEndpoint.respond),
            "oauth.keys": .open { request in
                var reply = WebReply.json(try await hub.oauth.signing.keySet(at: request.now))
                reply.headers = [("cache-control", "public, max-age=\(Limits.keySetSeconds.value)")]
                return reply
            },
            "oauth.metadata": .open { _ in
                .json(OAuthServer.metadata(issuer: hub.issuer, certificates: hub.oauth.certificates))
            },
        ]
    }

    /// An endpoint where clients prove themselves in the body or in the Authorization header.
    private static func client(
        _ respond: @escaping @Sendable (TokenRequest, Timestamp, CorrelationID) async -> TokenResponse
    ) -> Handler {
        .open { request in
            let answer = await respond(
                TokenRequest(
                    authorization: request.values("authorization"), contentType: request.values("content-type").first,
                    body: request.body, dpop: request.values("dpop"), path: request.target.path,
                    certificate: request.certificate), request.now,
                request.correlation)
            return WebReply(
                status: answer.status, headers: answer.headers, body: answer.body, reason: answer.reason,
                outcome: answer.outcome, problem: answer.problem, client: answer.client)
        }
    }
}
