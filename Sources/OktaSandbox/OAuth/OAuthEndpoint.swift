import Core

/// One path of the authorization server: which methods it takes and what it answers.
struct OAuthEndpoint: Sendable {
    let methods: [String]
    let path: String
    let answer: @Sendable (_ org: inout OktaOrg, _ request: SandboxRequest, _ now: Timestamp) -> SandboxReply

    /// Every path the authorization server knows. One more is one file and one line.
    static let all: [OAuthEndpoint] = [
        OAuthEndpoint(["GET", "POST"], "/oauth2/v1/authorize", AuthorizeEndpoint.authorize),
        OAuthEndpoint(["POST"], "/sandbox/sign-in", AuthorizeEndpoint.signIn),
        OAuthEndpoint(["POST"], "/sandbox/consent", AuthorizeEndpoint.consent),
        OAuthEndpoint(["POST"], "/oauth2/v1/token", TokenEndpoint.answer),
        OAuthEndpoint(["POST"], "/oauth2/v1/revoke", RevokeEndpoint.answer),
        OAuthEndpoint(["POST"], "/oauth2/v1/introspect", IntrospectEndpoint.answer),
        OAuthEndpoint(["GET", "POST"], "/oauth2/v1/userinfo", UserInfoEndpoint.answer),
        OAuthEndpoint(["GET"], "/oauth2/v1/keys", Discovery.keys),
        OAuthEndpoint(["GET"], "/.well-known/openid-configuration", Discovery.document),
        OAuthEndpoint(["GET"], "/.well-known/oauth-authorization-server", Discovery.document),
    ]

    private init(
        _ methods: [String], _ path: String,
        _ answer:
            @escaping @Sendable (_ org: inout OktaOrg, _ request: SandboxRequest, _ now: Timestamp) -> SandboxReply
    ) {
        self.methods = methods
        self.path = path
        self.answer = answer
    }

    /// The endpoint of that path; nil when it is not one of the authorization server's.
    static func find(_ path: String) -> OAuthEndpoint? { all.first { $0.path == path } }
}

extension SandboxReply {
    /// JSON that nobody may keep.
    static func oauth(_ body: JSON) -> SandboxReply {
        SandboxReply(
            status: 200,
            headers: [
                ("Content-Type", "application/json"), ("Cache-Control", "no-cache, no-store"), ("Pragma", "no-cache"),
            ], body: body.bytes)
    }
}
