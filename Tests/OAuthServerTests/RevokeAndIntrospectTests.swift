import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Revocation (RFC 7009) and introspection (RFC 7662)") struct RevokeAndIntrospectTests {
    @Test("E8: an access token alone; a refresh token takes all along", arguments: TestStore.allCases)
    func own(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let tokens = try await rig.tokens()
            #expect(await rig.revoke(tokens.access, "&token_type_hint=refresh_token").status == 200)
            #expect(try await !rig.counts(tokens.access))
            let renewed = try Tokens(await rig.refresh(tokens.refresh ?? ""))
            #expect(await rig.revoke(renewed.refresh ?? "").status == 200)
            #expect(try await !rig.counts(renewed.access))
            #expect(await rig.refresh(renewed.refresh ?? "").reason == "refresh_token_ended")
            #expect(try await rig.desk.actions().count { $0 == "token.revoked" } == 2)
        }
    }

    @Test("E9: unknown, foreign, wrong secret, no token", arguments: TestStore.allCases)
    func foreign(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let other = try await GrantRig.make(rig.desk, "other")
            let tokens = try await rig.tokens()
            let before = try await rig.desk.actions().count
            for text in ["nonsense", tokens.access, tokens.refresh ?? ""] {
                #expect(await other.revoke(text).status == 200)
            }
            #expect(try await rig.counts(tokens.access))
            #expect(try await rig.desk.actions().count == before)
            let wrong = GrantRig(desk: rig.desk, id: rig.id, secret: "wrong")
            #expect(await wrong.revoke(tokens.access).status == 401)
            #expect(await rig.revoke("").body["error"] == "invalid_request")
        }
    }

    @Test("C14: who may ask learns what a token may do now", arguments: TestStore.allCases)
    func introspects(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let other = try await GrantRig.make(rig.desk, "other")
            let api = try await GrantRig.make(rig.desk, "api", ["introspects_all": true])
            let open = try await GrantRig.make(rig.desk, "open", isPublic: true)
            let tokens = try await rig.tokens()
            for asking in [rig, api] {
                let told = await asking.introspect(tokens.access).body
                #expect(told["active"] == true && told["scope"] == "incident.read incident.write")
                #expect(told["client_id"] == .string(rig.id) && told["username"] == "mara" && told["sub"] == "u3")
                #expect(told["iss"] == .string(OAuthDesk.issuer) && told["token_type"] == "Bearer")
            }
            let refresh = await rig.introspect(tokens.refresh ?? "").body
            #expect(refresh["active"] == true && refresh["token_type"] == nil && refresh["sub"] == "u3")
            let nothing: JSON = ["active": false]
            for text in [tokens.access, tokens.refresh ?? "", "nonsense"] {
                #expect(await other.introspect(text).body == nothing)
            }
            #expect(await open.introspect(tokens.access).body["error"] == "unauthorized_client")
            let wrong = GrantRig(desk: rig.desk, id: rig.id, secret: "wrong")
            #expect(await wrong.introspect(tokens.access).status == 401)
            try await rig.desk.run("client.update", "app", ["scopes": ["incident.read"]])
            #expect(await rig.introspect(tokens.access).body["scope"] == "incident.read")
            try await rig.desk.run("client.update", "app", ["grants": ["authorization_code"]])
            #expect(await rig.introspect(tokens.refresh ?? "").body == nothing)
            rig.desk.world.set(active: false)
            #expect(await rig.introspect(tokens.access).body == nothing)
            rig.desk.world.set()
            rig.desk.time.advance(seconds: 1_800)
            #expect(await rig.introspect(tokens.access).body == nothing)
        }
    }

    @Test("C13: a client's own token says whose it is", arguments: TestStore.allCases)
    func ofTheClient(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["grants": ["authorization_code", "client_credentials"]]) { rig in
            let own = try Tokens(
                await rig.desk.send("grant_type=client_credentials&scope=incident.read" + rig.credentials))
            let told = await rig.introspect(own.access).body
            #expect(told["sub"] == .string(rig.id) && told["username"] == "svc.hr")
        }
    }

    @Test("§4.1.3: tokens are opaque, or JWT where the client's settings say so", arguments: TestStore.allCases)
    func formats(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["token_format": "jwt"]) { rig in
            let tokens = try await rig.tokens()
            #expect(tokens.access.split(separator: ".").count == 3)
            #expect(try await rig.counts(tokens.access))
            #expect(await rig.introspect(tokens.access).body["active"] == true)
            #expect(await rig.revoke(tokens.access).status == 200)
            #expect(try await !rig.counts(tokens.access))
        }
    }
}
