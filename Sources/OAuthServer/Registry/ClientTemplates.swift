import Core
import Ports

/// One answer to what a new client is: the grant type that fits, why it does, and settings that are safe as they are.
struct ClientTemplate: Sendable {
    let name: String
    /// The scenario, as somebody says it who knows the application and not OAuth.
    let asks: String
    /// The grant type that fits.
    let grant: String
    let why: String
    /// The grant type that such an application had before; nil unless it is one of the legacy ones.
    let replaces: String?
    /// The fields that only whoever registers it can fill in.
    let fields: [String]
    let tokenSeconds: Int64
    let settings: ClientSettings

    /// - Parameters:
    ///   - beside: grant types that it has too.
    ///   - set: what differs from the settings of a client that nobody said more about.
    fileprivate init(
        _ name: String, _ grant: String, beside: [String] = [], replaces: String? = nil, fields: [String] = [],
        tokenSeconds: Int = Limits.accessTokenSeconds.value, asks: String, why: String,
        set: (inout ClientSettings) -> Void = { _ in }
    ) {
        var settings = ClientSettings()
        settings.grants = Set([grant] + beside)
        set(&settings)
        (self.name, self.grant, self.replaces, self.fields) = (name, grant, replaces, fields)
        (self.asks, self.why, self.settings, self.tokenSeconds) = (asks, why, settings, Int64(tokenSeconds))
    }

    var json: JSON {
        var start = settings.json
        start["token_seconds"] = .int(tokenSeconds)
        return [
            "name": .string(name), "asks": .string(asks), "grant": .string(grant), "why": .string(why),
            "replaces": replaces.map { .string($0) } ?? .null, "fields": .texts(fields + ["token_seconds"]),
            "settings": .object(start),
        ]
    }
}

/// What a new client may start from. One more is one value here.
///
/// Pushed requests and bound tokens are asked for where whoever chooses the template says that the application has a key or a
/// certificate of its own. Most libraries can do neither, so the other templates leave them off and the report says so.
enum ClientTemplates {
    static let all = [
        web, webByKey, singlePage, native, service, serviceByKey, serviceByCertificate, device, mcp, implicit, password,
    ]

    static func named(_ name: String) -> ClientTemplate? { all.first { $0.name == name } }

    private static let code = GrantType.authorizationCode.name
    private static let renewal = GrantType.refreshToken.name
    /// How long what a person allowed a server may lie unused (RFC 9700 §4.14.2).
    private static let idleDays: Int64 = 30

    private static let web = ClientTemplate(
        "web", code, beside: [renewal], fields: ["redirect_uris"],
        asks: "A web application: people use it in their browser, and its own server calls.",
        why:
            "People allow what it may do and never give it their password. Its server keeps a secret, and the proof "
            + "key makes a stolen code useless (RFC 9700 §2.1.1)."
    ) { server(&$0) }

    private static let webByKey = ClientTemplate(
        "web-by-key", code, beside: [renewal], fields: ["redirect_uris", "jwks"],
        asks: "A web application for what must not leak, such as health or money; its server holds a private key.",
        why:
            "It is held to the FAPI 2.0 Security Profile (§5.3.2): its key proves it, requests are pushed and so reach the "
            + "hub unchanged, and a stolen token is of no use without the key of its DPoP proofs."
    ) {
        $0.refreshIdleSeconds = idleDays * 86_400
        ($0.requiresPushedRequests, $0.requiresDPoP) = (true, true)
    }

    private static let singlePage = ClientTemplate(
        "single-page", code, beside: [renewal], fields: ["redirect_uris"],
        asks: "An application that runs in the browser alone and has no server of its own.",
        why:
            "A browser keeps no secret, so it gets none: the proof key stands in for it. What it may renew ends "
            + "after a day without use (RFC 9700 §4.14.2)."
    ) { browser(&$0) }

    private static let native = ClientTemplate(
        "native", code, beside: [renewal], fields: ["redirect_uris"],
        asks: "An application on a computer or a phone that opens the browser to sign people in.",
        why:
            "A secret inside an application is known to all who have it, so it gets none. The browser signs people in, "
            + "and the proof key keeps other applications on the device out (RFC 8252 §6)."
    ) { ($0.isPublic, $0.isNative) = (true, true) }

    private static let service = ClientTemplate(
        "service", GrantType.clientCredentials.name,
        asks: "A program on a server that works by itself: nobody is there to be asked.",
        why:
            "It acts as its own service account, with that account's rights alone. It proves itself by a secret; if it "
            + "can keep a private key, service-by-key is better (RFC 9700 §2.5)."
    ) { $0.secrets = yearly }

    private static let serviceByKey = ClientTemplate(
        "service-by-key", GrantType.jwtBearer.name, beside: [GrantType.clientCredentials.name], fields: ["jwks"],
        asks: "A program on a server that holds a private key and signs what it asks for.",
        why:
            "No secret is shared: the hub knows the public key only, so nothing here can be stolen from which somebody "
            + "could act as the program (RFC 9700 §2.5).")

    private static let serviceByCertificate = ClientTemplate(
        "service-by-certificate", GrantType.clientCredentials.name, fields: ["tls_client_auth_san_dns"],
        asks: "A program on a server whose connections show a client certificate.",
        why:
            "The certificate proves it, and its tokens count on connections alone that show the same one, so a stolen token "
            + "is of no use (RFC 8705 §3, RFC 9700 §2.2.1). The hub must ask connections for certificates."
    ) { $0.tls.bindsTokens = true }

    private static let device = ClientTemplate(
        "device", GrantType.deviceCode.name, beside: [renewal],
        asks: "A device without a browser, such as a screen, a printer or a tool on a terminal.",
        why: "The device shows a short code, and the person allows it on a screen of their own (RFC 8628 §1)."
    ) { $0.isPublic = true }

    private static let mcp = ClientTemplate(
        "mcp-client", code, beside: [renewal], fields: ["redirect_uris"], tokenSeconds: 600,
        asks: "An assistant or agent that calls tools by the Model Context Protocol.",
        why:
            "The protocol asks for a code with a proof key. The agent acts for the person who uses it, and never with "
            + "more than that person allowed; its tokens live ten minutes, since a model decides what it calls."
    ) { ($0.isPublic, $0.isNative) = (true, true) }

    private static let implicit = ClientTemplate(
        "legacy-implicit", code, beside: [renewal], replaces: "implicit", fields: ["redirect_uris"],
        asks: "An old browser application that reads its token from the address bar.",
        why:
            "A token in an address is in histories, logs and Referer headers, and nothing ties it to who asked "
            + "(RFC 9700 §2.1.2). A code with a proof key needs no server and no secret either: change the library."
    ) { browser(&$0) }

    private static let password = ClientTemplate(
        "legacy-password", code, beside: [renewal], replaces: "password", fields: ["redirect_uris"],
        asks: "An old application that asks people for their password itself.",
        why:
            "Whoever runs it could act as each of them, everywhere, and no second factor helps "
            + "(RFC 9700 §2.4 forbids it). With a code people sign in here. "
            + "If the password is a service account's, take service instead."
    ) { server(&$0) }

    /// A secret works for a year; one that it follows for a week more.
    private static let yearly = SecretPolicy(days: 365, overlapSeconds: 7 * 86_400)

    private static func server(_ settings: inout ClientSettings) {
        settings.refreshIdleSeconds = idleDays * 86_400
        settings.secrets = yearly
    }

    /// A day, also where somebody gives it a server and a secret later.
    private static func browser(_ settings: inout ClientSettings) {
        settings.isPublic = true
        settings.refreshIdleSeconds = Int64(Limits.publicIdleSeconds.value)
    }
}

extension OAuthServer {
    var templateOperations: [Operation] {
        [
            Operation(
                "client-template", .list, roles: Self.readers,
                says: "Lists what a new client may be: the grant type that fits, why, and the settings it starts with."
            ) { _ in ["items": .array(ClientTemplates.all.map(\.json))] }
        ]
    }
}
