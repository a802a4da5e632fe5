import Core
import Hub
import OAuthServer

/// The authorization server's endpoints.
enum OAuthRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        let token = Handler.open { request in
            let answer = await hub.oauth.tokenEndpoint.respond(
                to: TokenRequest(
                    authorization: request.values("authorization"), contentType: request.values("content-type").first,
                    body: request.body), at: request.now, request.correlation)
            return WebReply(
                status: answer.status, headers: answer.headers, body: answer.body, reason: answer.reason,
                outcome: answer.outcome, problem: answer.problem, client: answer.client)
        }
        return [
            "oauth.token": token,
            "oauth.token.platform": token,
            "oauth.keys": .open { request in
                var reply = WebReply.json(try await hub.oauth.signing.keySet(at: request.now))
                reply.headers = [("cache-control", "public, max-age=\(Limits.keySetSeconds.value)")]
                return reply
            },
            "oauth.metadata": .open { _ in .json(OAuthServer.metadata(issuer: hub.issuer)) },
        ]
    }
}
