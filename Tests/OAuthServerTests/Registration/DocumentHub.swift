import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// A hub that knows clients by their documents, and a client that has one.
struct DocumentHub: Sendable {
    let desk: OAuthDesk

    static let address = "https://app.example/client.json"
    static let callback = "https://app.example/cb"
    static let document: JSONObject = [
        "client_id": .string(address), "client_name": "App", "redirect_uris": [.string(callback)],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
    ]

    static func with(
        _ store: TestStore, scopes: [String] = ["incident.read", "incident.write"],
        _ body: (DocumentHub) async throws -> Void
    ) async throws {
        try await OAuthDesk.with(store, rules: RegistrationRules(documentScopes: scopes)) { desk in
            let hub = DocumentHub(desk: desk)
            hub.publish()
            try await body(hub)
        }
    }

    /// Publishes the document with these changes.
    func publish(_ changes: JSONObject = [:]) {
        desk.web.put(.object(Self.document.with(changes)), at: Self.address)
    }

    /// The kind of step that a request leads to, and what is said of it.
    func open(
        _ more: String = "", client: String = DocumentHub.address, redirect: String = DocumentHub.callback,
        as user: String? = "u2"
    ) async throws -> AuthorizationStep {
        let visitor = user.map { Authorizing.Visitor(user: UserID($0), signedInAt: desk.time.now) }
        return try await authorizing.open(try query(more, client, redirect), visitor: visitor, cause)
    }

    /// A person's yes, and the code that it gives.
    func code(_ more: String = "") async throws -> String {
        let visitor = Authorizing.Visitor(user: UserID("u2"), signedInAt: desk.time.now)
        let step = try await authorizing.answer(
            try query(more, Self.address, Self.callback), allows: true, visitor: visitor, cause)
        guard case .leave(let to, _, _) = step else { return "" }
        let text = to.reveal { String(decoding: $0, as: UTF8.self) }
        let pairs = try FormParameters((text.split(separator: "?", maxSplits: 1).last ?? "").utf8).pairs
        return try #require(pairs.first { $0.name == "code" }?.value)
    }

    func redeem(_ code: String) async -> TokenResponse {
        await desk.send(
            "grant_type=authorization_code&code=\(code)&redirect_uri=\(PercentEncoding.encode(Self.callback))"
                + "&code_verifier=\(GrantRig.verifier)" + Self.credentials)
    }

    func refresh(_ token: String) async -> TokenResponse {
        await desk.send("grant_type=refresh_token&refresh_token=\(token)" + Self.credentials)
    }

    private static let credentials = "&client_id=" + PercentEncoding.encode(address)

    func row() async throws -> Client? {
        try await desk.database.read { try ClientStore.presented(DocumentHub.address, in: $0) }
    }

    private var authorizing: Authorizing { desk.server.authorizing(issuer: OAuthDesk.issuer) }
    private var cause: Cause { desk.time.cause(Actor(.user, id: "u2", name: "boss")) }

    private func query(_ more: String, _ client: String, _ redirect: String) throws -> [(name: String, value: String)] {
        let text =
            "response_type=code&scope=incident.read&client_id=\(PercentEncoding.encode(client))"
            + "&redirect_uri=\(PercentEncoding.encode(redirect))&code_challenge=\(GrantRig.challenge)"
            + "&code_challenge_method=S256" + more
        return try FormParameters(text.utf8).pairs.map { ($0.name, $0.value) }
    }
}

extension AuthorizationStep {
    /// What becomes of the request, in a word.
    var outcome: String {
        switch self {
        case .page(let error): error.reason
        case .signIn: "sign in"
        case .ask: "ask"
        case .post: "post"
        case .leave(_, let reason, _): reason.isEmpty ? "code" : reason
        }
    }
}
