import Core
import OAuthServer
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Client registration over HTTP") struct RegistrationHTTPTests {
    private static let open = ["LINCHPIN_REGISTRATION": "true"]
    private static let metadata: JSON = [
        "client_name": "Partner", "grant_types": ["client_credentials"], "scope": "leavers",
    ]

    private func token(_ test: TestHub) async throws -> String {
        try await test.post("/users", ["name": "svc", "web_service_only": true])
        try await test.post(
            "/scopes",
            [
                "name": "leavers",
                "rules": [["method": "GET", "path": "/api/now/table/hr_leaver", "table": "hr_leaver"]],
            ])
        let made = try await test.post(
            "/registration-tokens",
            ["name": "partners", "user": "svc", "scopes": ["leavers"], "grants": ["client_credentials"]])
        return try #require(made["registration_token"]?.string)
    }

    @Test("Off, nothing is there, and the metadata names nothing")
    func off() async throws {
        try await TestHub.with { test in
            let token = try await token(test)
            for (method, path) in [
                ("POST", "/oauth2/register"), ("GET", "/oauth2/register/x"), ("PUT", "/oauth2/register/x"),
                ("DELETE", "/oauth2/register/x"),
            ] {
                let reply = try await test.send(method, path, token: token, json: Self.metadata)
                #expect(reply.status == 404)
                #expect(try await test.row(of: reply)["reason"]?.string == "registration_closed")
            }
            let metadata = try await test.send("GET", "/.well-known/oauth-authorization-server").json
            #expect(metadata["registration_endpoint"] == nil)
            #expect(metadata["client_id_metadata_document_supported"] == nil)
        }
    }

    @Test("RFC 7591 §3, RFC 7592 §2: registered, read, replaced, deleted", arguments: TestStore.allCases)
    func wholeLife(_ store: TestStore) async throws {
        try await TestHub.with(store, variables: Self.open) { test in
            let token = try await token(test)
            let metadata = try await test.send("GET", "/.well-known/oauth-authorization-server").json
            #expect(metadata["registration_endpoint"]?.string == test.hub.issuer + "/oauth2/register")
            let made = try await test.send("POST", "/oauth2/register", token: token, json: Self.metadata)
            #expect(made.status == 201 && made.header("cache-control") == "no-store")
            #expect(
                try await test.audited(made) == ["configuration.created", "client.registered", "client.secret_added"])
            let body = try made.json
            let id = try #require(body["client_id"]?.string)
            let access = try #require(body["registration_access_token"]?.string)
            let secret = try #require(body["client_secret"]?.string)
            let place = "/oauth2/register/" + id
            #expect(body["registration_client_uri"]?.string == test.hub.issuer + place)
            let issued = try await test.askToken(
                "grant_type=client_credentials&scope=leavers", basic: "\(id):\(secret)")
            #expect(issued.status == 200)
            let read = try await test.send("GET", place, token: access)
            #expect(try read.status == 200 && read.json["client_name"] == "Partner")
            #expect(try await test.row(of: read)["client"]?.string == "Partner")
            let replaced = try await test.send(
                "PUT", place, token: access,
                json: ["client_id": .string(id), "client_name": "Renamed", "grant_types": ["client_credentials"]])
            #expect(try replaced.status == 200 && replaced.json["client_name"] == "Renamed")
            let deleted = try await test.send("DELETE", place, token: access)
            #expect(deleted.status == 204 && deleted.body.isEmpty)
            let gone = try await test.send("GET", place, token: access)
            #expect(gone.status == 401)
            #expect(gone.header("www-authenticate")?.contains("invalid_token") == true)
            // Used up; and what somebody sends without a token is not even read.
            let again = try await test.send("POST", "/oauth2/register", token: token, json: Self.metadata)
            let bare = try await test.send("POST", "/oauth2/register", json: Self.metadata)
            #expect([again.status, bare.status] == [401, 401])
            let row = try await test.row(of: bare)
            #expect(row["reason"] == "registration_token_missing" && row["says"] != nil)
        }
    }

    @Test("Scopes in the configuration switch clients by document on")
    func documents() async throws {
        try await TestHub.with(variables: ["LINCHPIN_CLIENT_DOCUMENT_SCOPES": "leavers other"]) { test in
            #expect(test.hub.configuration.registration.documentScopes == ["leavers", "other"])
            let metadata = try await test.send("GET", "/.well-known/oauth-authorization-server").json
            #expect(metadata["client_id_metadata_document_supported"] == true)
            #expect(metadata["registration_endpoint"] == nil)
        }
    }
}
