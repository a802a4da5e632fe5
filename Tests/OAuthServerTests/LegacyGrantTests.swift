import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Grants that nobody should use, and some clients must") struct LegacyGrantTests {
    private static func ask(
        _ rig: GrantRig, _ name: String = "mara", _ password: String = "correct+horse",
        scope: String = "incident.read", from address: String = "192.0.2.1"
    ) async -> TokenResponse {
        let form = "grant_type=password&username=\(name)&password=\(password)&scope=\(scope)"
        return await rig.desk.send(form + rig.credentials, from: address)
    }

    private static let byPassword: JSONObject = ["grants": ["password", "refresh_token"], "redirect_uris": []]

    @Test("RFC 6749 §4.3: tokens of the user whose password it is", arguments: TestStore.allCases)
    func password(_ store: TestStore) async throws {
        try await GrantRig.with(store, Self.byPassword) { rig in
            let tokens = try Tokens(await Self.ask(rig))
            let found = try #require(try await rig.desk.find(tokens.access))
            #expect(found.user == UserID("u3") && found.family != nil && found.tokenScopes == ["incident.read"])
            _ = try Tokens(await rig.refresh(try #require(tokens.refresh)))
            try await rig.desk.run("client.revoke-tokens", "app")
            #expect(try await rig.desk.find(tokens.access)?.isRevoked == true)
        }
    }

    /// A request by password that gets no token.
    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        let error: String
        var name = "mara"
        var password = "correct+horse"
        var scope = "incident.read"
        var address = "192.0.2.1"

        static let all = [
            Refused(
                testDescription: "a wrong password", reason: "password_refused", error: "invalid_grant", password: "x"),
            Refused(testDescription: "nobody", reason: "password_refused", error: "invalid_grant", name: "nobody"),
            Refused(
                testDescription: "a second factor", reason: "second_factor_due", error: "invalid_grant", name: "boss"),
            Refused(
                testDescription: "too many", reason: "passwords_too_many", error: "invalid_grant",
                address: "192.0.2.9"),
            Refused(testDescription: "no name", reason: "username_missing", error: "invalid_request", name: ""),
            Refused(
                testDescription: "no password", reason: "password_missing", error: "invalid_request", password: ""),
            Refused(
                testDescription: "a scope that is not held", reason: "scope_not_held", error: "invalid_scope",
                scope: "hr.read"),
        ]
    }

    @Test(
        "RFC 6749 §4.3.2: what gets no token, and nothing tells why a password does not do",
        arguments: TestStore.allCases, Refused.all)
    func refused(_ store: TestStore, _ row: Refused) async throws {
        try await GrantRig.with(store, Self.byPassword) { rig in
            let answer = await Self.ask(rig, row.name, row.password, scope: row.scope, from: row.address)
            #expect(answer.reason == row.reason && answer.body["error"]?.string == row.error)
            let tokens = try await rig.desk.count("SELECT COUNT(*) AS n FROM token")
            #expect(tokens == 0)
            let other = await Self.ask(rig, "nobody")
            if ["password_refused", "second_factor_due"].contains(row.reason) {
                #expect(answer.body["error_description"] == other.body["error_description"])
                #expect(answer.status == other.status)
            }
            let written = try await rig.desk.events().map(\.description).joined()
            #expect(!written.contains("correct"))
        }
    }

    @Test("C11, C12: off until an administrator names them for a client", arguments: TestStore.allCases)
    func off(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            #expect(await Self.ask(rig).body["error"] == "unauthorized_client")
            #expect(try await Self.implicit(rig, allows: true)["error"] == nil, "told in the query, where it reads")
            let names = try await rig.desk.database.read { try OAuthServer.clientsWithLegacyGrants(in: $0) }
            #expect(names == [])
            for (name, grant) in [("a", "password"), ("b", "implicit")] {
                _ = try await GrantRig.make(rig.desk, name, ["grants": [.string(grant)]])
            }
            let now = try await rig.desk.database.read { try OAuthServer.clientsWithLegacyGrants(in: $0) }
            #expect(now == ["a", "b"])
            try await rig.desk.run("client.update", "a", ["active": false])
            let then = try await rig.desk.database.read { try OAuthServer.clientsWithLegacyGrants(in: $0) }
            #expect(then == ["b"])
        }
    }

    // MARK: Implicit

    private static func query(_ rig: GrantRig, _ more: String) throws -> [(name: String, value: String)] {
        let text = "response_type=token&client_id=\(rig.id)&scope=incident.read&state=s%261" + more
        return try FormParameters(text.utf8).pairs.map { ($0.name, $0.value) }
    }

    /// What stands behind the `#` of the address that the person's answer leads to.
    private static func implicit(_ rig: GrantRig, allows: Bool, _ more: String = "") async throws -> [String: String] {
        let step = try await rig.desk.server.authorizing(issuer: OAuthDesk.issuer).answer(
            query(rig, more), allows: allows,
            visitor: .init(user: UserID("u3"), signedInAt: rig.desk.time.now), rig.desk.time.cause())
        guard case .leave(let to, _, _) = step else { return ["page": "page"] }
        let text = to.reveal { String(decoding: $0, as: UTF8.self) }
        guard text.hasPrefix(GrantRig.redirect + "#") else { return [:] }
        let fragment = text.dropFirst(GrantRig.redirect.count + 1)
        return Dictionary(try FormParameters(fragment.utf8).pairs.map { ($0.name, $0.value) }) { _, last in last }
    }

    private static let byAddress: JSONObject = ["grants": ["implicit"]]

    @Test(
        "RFC 6749 §4.2.2, C11: the token stands in the fragment alone, and nothing renews it",
        arguments: TestStore.allCases)
    func fragment(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true, Self.byAddress) { rig in
            let told = try await Self.implicit(rig, allows: true)
            let access = try #require(told["access_token"])
            #expect(
                Set(told.keys) == ["access_token", "token_type", "expires_in", "scope", "state", "iss"])
            #expect(told["token_type"] == "Bearer" && told["expires_in"] == "1800" && told["state"] == "s&1")
            #expect(told["scope"] == "incident.read" && told["iss"] == OAuthDesk.issuer)
            let found = try #require(try await rig.desk.find(access))
            #expect(found.user == UserID("u3") && !found.isRevoked)
            #expect(try await rig.desk.actions().suffix(2) == ["consent.given", "token.issued"])
            #expect(try await rig.desk.events().last?["details"]?["grant_type"] == "implicit")
            let consents = try await rig.desk.run("consent.list")["items"]?.array ?? []
            try await rig.desk.run("consent.delete", try #require(consents.first?["id"]?.string))
            #expect(try await rig.desk.find(access)?.isRevoked == true)
        }
    }

    @Test("RFC 6749 §4.2.2.1: why there is no token stands in the fragment too", arguments: TestStore.allCases)
    func errors(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true, Self.byAddress) { rig in
            #expect(try await Self.implicit(rig, allows: false)["error"] == "access_denied")
            for mode in ["query", "form_post"] {
                let told = try await Self.implicit(rig, allows: true, "&response_mode=\(mode)")
                #expect(told["error"] == "invalid_request", "\(mode)")
            }
            let same = try await Self.implicit(rig, allows: true, "&response_mode=fragment")
            #expect(same["access_token"] != nil)
            let code = "grant_type=implicit&scope=incident.read" + rig.credentials
            #expect(await rig.desk.send(code).body["error"] == "unsupported_grant_type")
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
    }

    @Test("who is changed while being asked about gets nothing", arguments: TestStore.allCases)
    func meanwhile(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true, Self.byAddress) { rig in
            let draft = try await rig.draft(scopes: ["incident.read"])
            let endpoint = rig.desk.server.tokenEndpoint
            #expect(try await endpoint.issue(draft, rig.desk.time.cause()) == nil, "nobody said yes")
            try await rig.give(draft)
            #expect(try await endpoint.issue(draft, rig.desk.time.cause()) != nil)
            try await rig.desk.run("client.update", "app", ["grants": ["authorization_code"]])
            #expect(try await endpoint.issue(draft, rig.desk.time.cause()) == nil)
        }
    }
}
