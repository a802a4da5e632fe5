import ArgumentParser
import Core

/// How a client lets people sign in and out, as options of the commands that set it.
struct OpenIDOptions: ParsableArguments {
    @Option(name: .customLong("id-token-alg"), help: "What signs its ID tokens: RS256, ES256 or EdDSA.")
    var algorithm: String?
    @Option(
        name: .customLong("post-logout-redirect-uri"), help: "Where browsers may go after a sign-out; repeat for more.")
    var postLogoutRedirectURIs: [String] = []
    @Option(
        name: .customLong("backchannel-logout-uri"),
        help: "An https address where it is told that a session ended; none for nowhere.")
    var backchannelLogoutURI: String?

    func set(_ body: inout Body) {
        body.set("id_token_signed_response_alg", algorithm)
        body.set("post_logout_redirect_uris", postLogoutRedirectURIs)
        body.set("backchannel_logout_uri", backchannelLogoutURI)
    }
}
