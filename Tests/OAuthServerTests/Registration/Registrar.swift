import Core
import Keys
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

/// A hub where clients register themselves, and what they send.
struct Registrar: Sendable {
    let desk: OAuthDesk

    static func with(_ store: TestStore, _ body: (Registrar) async throws -> Void) async throws {
        try await OAuthDesk.with(store, rules: RegistrationRules(isOpen: true)) { desk in
            try await body(Registrar(desk: desk))
        }
    }

    /// Metadata that a token of `token` allows.
    static let metadata: JSONObject = [
        "client_name": "Robot", "redirect_uris": ["https://app.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "scope": "incident.read",
    ]

    /// An initial access token.
    func token(_ name: String = "partners", _ more: JSONObject = [:]) async throws -> String {
        let body: JSONObject = [
            "name": .string(name), "user": "svc.hr", "scopes": ["incident.read", "incident.write"], "uses": 100,
        ]
        let made = try await desk.run("registration-token.create", "", body.with(more))
        return try #require(made["registration_token"]?.string)
    }

    func register(_ token: String?, _ metadata: JSONObject = Registrar.metadata) async -> TokenResponse {
        await desk.server.registrationEndpoint.register(
            request(token, metadata), at: desk.time.now, .new(desk.time.effects))
    }

    func read(_ id: String, _ token: String?) async -> TokenResponse {
        await desk.server.registrationEndpoint.read(
            request(token, nil, id), at: desk.time.now, .new(desk.time.effects))
    }

    func replace(_ id: String, _ token: String?, _ metadata: JSONObject) async -> TokenResponse {
        await desk.server.registrationEndpoint.replace(
            request(token, metadata, id), at: desk.time.now, .new(desk.time.effects))
    }

    func delete(_ id: String, _ token: String?) async -> TokenResponse {
        await desk.server.registrationEndpoint.delete(
            request(token, nil, id), at: desk.time.now, .new(desk.time.effects))
    }

    private func request(_ token: String?, _ body: JSONObject?, _ id: String = "") -> RegistrationRequest {
        RegistrationRequest(
            authorization: token.map { ["Bearer " + $0] } ?? [], contentType: ["application/json"],
            body: body.map { JSON.object($0).bytes } ?? [], clientID: id)
    }
}

/// What a registered client was told.
struct Registered: Sendable {
    let id: String
    let access: String
    let secret: String?

    init(_ response: TokenResponse) throws {
        #expect(response.reason == "")
        id = try #require(response.body["client_id"]?.string)
        access = try #require(response.body["registration_access_token"]?.string)
        secret = response.body["client_secret"]?.string
    }
}
