import Core
import Hub
import OAuthServer
import Ports

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
            "oauth.device": client(oauth.deviceEndpoint.respond),
            // Made for each request: the issuer is known once the hub listens.
            "oauth.par": client { await oauth.pushedEndpoint.respond(to: $0, at: $1, $2) },
            "oauth.keys": .open { request in
                var reply = WebReply.json(try await hub.oauth.signing.keySet(at: request.now))
                reply.headers = [("cache-control", "public, max-age=\(Limits.keySetSeconds.value)")]
                return reply
            },
            "oauth.resource": .open { _ in .json(OAuthServer.resourceMetadata(issuer: hub.issuer)) },
            "oauth.metadata": metadata(hub),
            "oidc.metadata": metadata(hub),
            "oidc.userinfo": userInfo(hub),
            "oidc.userinfo.post": userInfo(hub),
            "oidc.logout.post": .open(leadOn),
        ]
    }

    /// OpenID Connect Core 1.0 §5.3.1 (MUST): by GET and by POST; the token in the Authorization header alone.
    private static func userInfo(_ hub: Hub) -> Handler {
        .guarded { request, principal in
            guard let user = principal.user, let scopes = principal.scopes else {
                throw HubError(.internal, "no_person", "Internal error.", detail: "a principal without user or scopes")
            }
            return .json(try await hub.oauth.userInfo(of: user, scopes: scopes, at: request.now))
        }
    }

    /// OpenID Connect RP-Initiated Logout 1.0 §2 (MUST): by POST too. A form from elsewhere brings no cookie, so it leads on to
    /// the page of the same address, which a browser opens with it. No other place is reached this way.
    @Sendable private static func leadOn(_ request: WebRequest) throws -> WebReply {
        let pairs = try PageRoutes.form(request)
        var reply = WebReply(status: 303)
        reply.headers = [("location", PageRequest.logoutPath + "?" + PercentEncoding.query(pairs))]
        return reply
    }

    private static func metadata(_ hub: Hub) -> Handler {
        .open { _ in
            .json(
                OAuthServer.metadata(issuer: hub.issuer, certificates: hub.oauth.certificates, rules: hub.oauth.rules))
        }
    }

    /// `/oauth2/register`: clients that register themselves (RFC 7591 §3; RFC 7592 §2), where the configuration lets them.
    static func registration(_ hub: Hub) -> [String: Handler] {
        let endpoint = hub.oauth.registrationEndpoint
        return [
            "oauth.register": registering(hub, endpoint.register),
            "oauth.registration.read": registering(hub, endpoint.read),
            "oauth.registration.replace": registering(hub, endpoint.replace),
            "oauth.registration.delete": registering(hub, endpoint.delete),
        ]
    }

    private static func registering(
        _ hub: Hub,
        _ respond: @escaping @Sendable (RegistrationRequest, Timestamp, CorrelationID) async -> TokenResponse
    ) -> Handler {
        .open { request in
            guard hub.oauth.rules.isOpen else {
                throw HubError(.notFound, "registration_closed", "Clients do not register themselves here.")
            }
            let answer = await respond(
                RegistrationRequest(
                    authorization: request.values("authorization"), contentType: request.values("content-type"),
                    body: request.body, clientID: request.parameters["client_id"] ?? ""), request.now,
                request.correlation)
            return reply(answer)
        }
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
                    address: request.network, accept: request.values("accept"), certificate: request.certificate),
                request.now, request.correlation)
            return reply(answer)
        }
    }

    private static func reply(_ answer: TokenResponse) -> WebReply {
        WebReply(
            status: answer.status, headers: answer.headers, body: answer.status == 204 ? nil : answer.body,
            raw: answer.raw, reason: answer.reason, about: answer.about, outcome: answer.outcome,
            problem: answer.problem,
            client: answer.client)
    }
}
