import ArgumentParser
import Core

/// How a client gets tokens, as options of the commands that set it; what is not named stays as it is.
struct GrantOptions: ParsableArguments {
    @Option(
        name: .customLong("grant"),
        help: "All grant types it may use from now on, such as authorization_code; repeat for more.")
    var grants: [String] = []
    @Option(name: .customLong("redirect-uri"), help: "Where codes may go, byte for byte; repeat for more.")
    var redirectURIs: [String] = []
    @Option(name: .customLong("public"), help: "true or false: it can keep no secret.") var isPublic: Bool?
    @Option(name: .customLong("native"), help: "true or false: it runs on a person's device.") var isNative: Bool?
    @Option(name: .customLong("without-pkce"), help: "true or false: it may leave the proof key out.")
    var withoutPKCE: Bool?
    @Option(help: "true or false: it may ask about tokens of other clients.") var introspectsAll: Bool?
    @Option(help: "own or all: whose tokens it may exchange.") var exchangesTokens: String?
    @Option(help: "opaque or jwt.") var tokenFormat: String?
    @Option(help: "How long a code can be redeemed, in seconds.") var codeSeconds: Int64?
    @Option(help: "How long it may renew what a person allowed, in seconds.") var refreshSeconds: Int64?
    @Option(help: "How long a refresh token may lie unused, in seconds.") var refreshIdleSeconds: Int64?
    @Option(name: .customLong("resource"), help: "Another API that its tokens may be for, by its URI; repeat for more.")
    var resources: [String] = []
    @Option(name: .customLong("detail-type"), help: "linchpin_api or linchpin_action: details it may use; repeat.")
    var detailTypes: [String] = []

    func set(_ body: inout Body) {
        body.set("grants", grants)
        body.set("redirect_uris", redirectURIs)
        body.set("public", isPublic)
        body.set("native", isNative)
        body.set("without_pkce", withoutPKCE)
        body.set("introspects_all", introspectsAll)
        body.set("exchanges_tokens", exchangesTokens)
        body.set("token_format", tokenFormat)
        body.set("code_seconds", codeSeconds)
        body.set("refresh_seconds", refreshSeconds)
        body.set("refresh_idle_seconds", refreshIdleSeconds)
        body.set("resources", resources)
        body.set("authorization_details_types", detailTypes)
    }
}
