import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// An application that people let in, and an API behind it that exchanges what it is called with.
struct ExchangeRig: Sendable {
    static let grant = "urn:ietf:params:oauth:grant-type:token-exchange"
    static let accessToken = "urn:ietf:params:oauth:token-type:access_token"

    let app: GrantRig
    let api: (id: String, secret: String)
    var desk: OAuthDesk { app.desk }

    /// - Parameter of: `exchanges_tokens` of the API.
    static func with(
        _ store: TestStore, of whose: String = "all", _ more: JSONObject = [:],
        _ body: @Sendable (ExchangeRig) async throws -> Void
    ) async throws {
        try await OAuthDesk.with(store) { desk in
            var sent: JSONObject = [
                "grants": ["client_credentials", .string(grant)], "exchanges_tokens": .string(whose),
            ]
            for member in more.members { sent[member.name] = member.value }
            let api = try await desk.client("api", sent)
            try await body(ExchangeRig(app: try await GrantRig.make(desk), api: api))
        }
    }

    func exchange(
        _ subject: String, _ fields: [String: String] = [:], by client: (id: String, secret: String)? = nil,
        dpop: [String] = []
    ) async -> TokenResponse {
        let client = client ?? api
        var form = [
            "grant_type": Self.grant, "subject_token": subject, "subject_token_type": Self.accessToken,
            "scope": "incident.read", "client_id": client.id, "client_secret": client.secret,
        ]
        for (name, value) in fields { form[name] = value }
        return await desk.send(
            PercentEncoding.query(form.filter { !$0.value.isEmpty }.map { ($0.key, $0.value) }), dpop: dpop)
    }

    /// What the app's token was exchanged for.
    func exchanged() async throws -> (subject: Tokens, new: String) {
        let subject = try await app.tokens()
        return (subject, try Tokens(await exchange(subject.access)).access)
    }
}

@Suite("Token exchange (RFC 8693 §2)") struct TokenExchangeTests {
    @Test("§2.2: an API gets a token of its own for whoever called it", arguments: TestStore.allCases)
    func exchanged(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let subject = try await rig.app.tokens()
            rig.desk.time.advance(seconds: 600)
            let answer = await rig.exchange(subject.access)
            #expect(answer.body["issued_token_type"]?.string == ExchangeRig.accessToken)
            #expect(answer.body["token_type"] == "Bearer" && answer.body["scope"] == "incident.read")
            // What is left of the subject token's half hour.
            #expect(answer.body["expires_in"] == 1_200)
            // §2.2.1 (NOT RECOMMENDED): what renews itself outlives what it came of.
            #expect(answer.body["refresh_token"] == nil)
            let old = try #require(try await rig.desk.find(subject.access))
            let new = try #require(try await rig.desk.find(Tokens(answer).access))
            #expect(new.clientName == "api" && new.user == UserID("u3") && new.tokenScopes == ["incident.read"])
            #expect(new.expiresAt == old.expiresAt && new.family == old.family && new.carried.actor == nil)
            #expect(try await rig.desk.events().last?["details"]?["from"] == "app")
        }
    }

    @Test("§4.1: with an actor's token the new one says who acts, and who did before", arguments: TestStore.allCases)
    func delegated(_ store: TestStore) async throws {
        try await ExchangeRig.with(store, ["token_format": "jwt"]) { rig in
            let subject = try await rig.app.tokens()
            let own = try await rig.desk.token(rig.api)
            let actor = ["actor_token": own, "actor_token_type": ExchangeRig.accessToken]
            let first = try Tokens(await rig.exchange(subject.access, actor)).access
            let jwt = ["subject_token_type": "urn:ietf:params:oauth:token-type:jwt"]
            let second = try Tokens(await rig.exchange(first, actor.merging(jwt) { $1 })).access
            let act: JSON = ["sub": .string(rig.api.id), "act": ["sub": .string(rig.api.id)]]
            let claims = try #require(AccessToken(second)?.jwt?.unverifiedClaims)
            #expect(claims["act"] == act && claims["sub"] == "u3" && claims["client_id"]?.string == rig.api.id)
            let told = await rig.desk.server.introspectionEndpoint.respond(
                to: TokenRequest(
                    authorization: [basic(rig.api.id, rig.api.secret)],
                    contentType: "application/x-www-form-urlencoded", body: Array("token=\(second)".utf8)),
                at: rig.desk.time.now, .new(rig.desk.time.effects))
            #expect(told.body["act"] == act && told.body["active"] == true)
            // Without an actor's token nothing changes about who acts.
            let third = try Tokens(await rig.exchange(second)).access
            #expect(try await rig.desk.find(third)?.carried.actor == act.object)
            // As an actor it would hide who is behind it.
            let behind = ["actor_token": second, "actor_token_type": ExchangeRig.accessToken]
            #expect(await rig.exchange(subject.access, behind).reason == "actor_token_delegated")
        }
    }

    /// A request that gets no token.
    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        var error = "invalid_request"
        var whose = "all"
        var more: [String: String] = [:]

        static let all = [
            Refused(testDescription: "no subject token", reason: "subject_token_missing", more: ["subject_token": ""]),
            Refused(
                testDescription: "no type", reason: "token_type_unsupported", more: ["subject_token_type": ""]),
            Refused(
                testDescription: "an ID token", reason: "token_type_unsupported",
                more: ["subject_token_type": "urn:ietf:params:oauth:token-type:id_token"]),
            Refused(
                testDescription: "an opaque token as JWT", reason: "token_type_unsupported",
                more: ["subject_token_type": "urn:ietf:params:oauth:token-type:jwt"]),
            Refused(
                testDescription: "a refresh token asked for", reason: "requested_token_type_unsupported",
                more: ["requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"]),
            Refused(
                testDescription: "the type of no actor", reason: "actor_token_type_unasked",
                more: ["actor_token_type": ExchangeRig.accessToken]),
            Refused(
                testDescription: "an actor without type", reason: "token_type_unsupported",
                more: ["actor_token": "x"]),
            Refused(
                testDescription: "an actor that is no token", reason: "actor_token_unknown",
                more: ["actor_token": "x", "actor_token_type": ExchangeRig.accessToken]),
            Refused(
                testDescription: "a name of an audience", reason: "audience_unsupported", error: "invalid_target",
                more: ["audience": "backend"]),
            Refused(testDescription: "a made-up token", reason: "subject_token_unknown", more: ["subject_token": "x"]),
            Refused(
                testDescription: "another client's token", reason: "subject_token_of_another_client", whose: "own"),
            Refused(
                testDescription: "no scope", reason: "scope_not_asked", error: "invalid_scope", more: ["scope": ""]),
            Refused(
                testDescription: "a scope that the subject token lacks", reason: "scope_beyond_subject_token",
                error: "invalid_scope", more: ["scope": "incident.read incident.write"]),
            Refused(
                testDescription: "a scope that the client lacks", reason: "scope_not_held", error: "invalid_scope",
                more: ["scope": "hr.read"]),
        ]
    }

    @Test("§2.2.2: what does not fit gives no token", arguments: TestStore.allCases, Refused.all)
    func refused(_ store: TestStore, _ row: Refused) async throws {
        try await ExchangeRig.with(store, of: row.whose) { rig in
            let code = try await rig.app.code(scopes: ["incident.read"])
            let subject = try Tokens(await rig.app.redeem(code)).access
            let answer = await rig.exchange(subject, row.more)
            #expect(answer.reason == row.reason)
            #expect(answer.status == 400 && answer.body["error"]?.string == row.error)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
    }

    @Test("an actor is the client's own, whosever tokens it may exchange", arguments: TestStore.allCases)
    func foreignActor(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let subject = try await rig.app.tokens().access
            let other = try await rig.desk.token(try await rig.desk.client("other"))
            let actor = ["actor_token": other, "actor_token_type": ExchangeRig.accessToken]
            #expect(await rig.exchange(subject, actor).reason == "actor_token_of_another_client")
        }
    }

    /// What ends the token that another came of, or what it rests on.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let act: @Sendable (ExchangeRig, Tokens) async throws -> Void

        static let all = [
            Ending(testDescription: "given back") { rig, subject in _ = await rig.app.revoke(subject.access) },
            Ending(testDescription: "its family given back") { rig, subject in
                _ = await rig.app.revoke(try #require(subject.refresh))
            },
            Ending(testDescription: "the consent withdrawn") { rig, _ in
                try await rig.desk.run("consent.delete", try await rig.app.yes())
            },
            Ending(testDescription: "all tokens of its client ended") { rig, _ in
                try await rig.desk.run("client.revoke-tokens", "app")
            },
            Ending(testDescription: "its client switched off") { rig, _ in
                try await rig.desk.run("client.update", "app", ["active": false])
            },
            Ending(testDescription: "its client deleted") { rig, _ in try await rig.desk.run("client.delete", "app") },
            Ending(testDescription: "all tokens of the other client ended") { rig, _ in
                try await rig.desk.run("client.revoke-tokens", "api")
            },
        ]
    }

    @Test("what came of a token ends with it", arguments: TestStore.allCases, Ending.all)
    func ends(_ store: TestStore, _ row: Ending) async throws {
        try await ExchangeRig.with(store) { rig in
            let (subject, new) = try await rig.exchanged()
            let further = try Tokens(await rig.exchange(new)).access
            let before = try #require(try await rig.desk.find(further))
            #expect(!before.isRevoked)
            try await row.act(rig, subject)
            #expect(try await rig.desk.find(new)?.isRevoked == true)
            let after = try #require(try await rig.desk.find(further))
            #expect(after.isRevoked)
            // Whoever remembers it hears of the change: it rests on every token before it.
            let old = try #require(AccessToken(subject.access))
            #expect(before.restsOn.contains(.token(old.hash)))
            #expect(await rig.exchange(new).reason == "subject_token_ended")
        }
    }

    @Test(
        "a client's own token stays its own; of another client it ends with that one's user",
        arguments: TestStore.allCases)
    func ofClients(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let service = try await rig.desk.client("service")
            let own = try Tokens(await rig.exchange(try await rig.desk.token(rig.api))).access
            let other = try Tokens(await rig.exchange(try await rig.desk.token(service))).access
            #expect(try await rig.desk.find(own)?.subject == rig.api.id)
            #expect(try await rig.desk.find(other)?.subject == "u1")
            try await rig.desk.run("client.update", "service", ["user": "boss"])
            #expect(try await rig.desk.find(own)?.isRevoked == false)
            #expect(try await rig.desk.find(other)?.isRevoked == true)
        }
    }

    @Test("a scope that the first client loses is lost for what came of its token", arguments: TestStore.allCases)
    func scopeLost(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let (_, new) = try await rig.exchanged()
            try await rig.desk.run("client.update", "app", ["scopes": ["incident.write"]])
            #expect(try await rig.desk.find(new)?.tokenScopes == [])
        }
    }

    @Test("exchanges after each other are bounded", arguments: TestStore.allCases)
    func bounded(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            var token = try await rig.app.tokens().access
            for _ in 0..<Limits.tokenExchanges.value { token = try Tokens(await rig.exchange(token)).access }
            #expect(await rig.exchange(token).reason == "exchanges_too_many")
        }
    }

    @Test("RFC 9449 §7.1: a bound token of its own takes a proof by its key", arguments: TestStore.allCases)
    func bound(_ store: TestStore) async throws {
        try await ExchangeRig.with(store, of: "own") { rig in
            let (desk, prover) = (rig.desk, try Prover())
            func proof(_ id: String, by prover: Prover) throws -> [String] {
                let nonce: JSONObject = ["nonce": .string(desk.server.nonces.current(at: desk.time.now))]
                let url = OAuthDesk.issuer + "/oauth2/token"
                return [try prover.sign(Prover.claims("POST", url, at: desk.time.now, id: id, nonce))]
            }
            let form =
                "grant_type=client_credentials&scope=incident.read&client_id=\(rig.api.id)&client_secret=\(rig.api.secret)"
            let own = try Tokens(await desk.send(form, dpop: try proof("p1", by: prover))).access
            #expect(await rig.exchange(own).reason == "subject_token_of_another_key")
            let other = await rig.exchange(own, dpop: try proof("p2", by: Prover()))
            #expect(other.reason == "subject_token_of_another_key")
            let new = await rig.exchange(own, dpop: try proof("p3", by: prover))
            #expect(new.reason == "" && new.body["token_type"] == "DPoP")
        }
    }

    @Test("a user who may not be acted for is not exchanged for", arguments: TestStore.allCases)
    func user(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let subject = try await rig.app.tokens().access
            rig.desk.world.set(active: false)
            let answer = await rig.exchange(subject)
            #expect(answer.reason == "user_inactive" && answer.body["error"] == "invalid_request")
        }
    }

    @Test("all clients' tokens are for a client that somebody with the role admin chose", arguments: TestStore.allCases)
    func settings(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.client("api", ["grants": [.string(ExchangeRig.grant)]])
            let all: JSONObject = ["exchanges_tokens": "all"]
            let forbidden = try await desk.refusal("client.update", "api", all, as: ["oauth_admin"])
            #expect(forbidden.kind == .forbidden && forbidden.reason == "exchanging_all")
            try await desk.run("client.update", "api", all, as: ["oauth_admin", "admin"])
            // What is as it was is nobody's question.
            try await desk.run("client.update", "api", ["token_seconds": 600], as: ["oauth_admin"])
            try await desk.run("client.update", "api", ["exchanges_tokens": "own"], as: ["oauth_admin"])
            let open: JSONObject = ["public": true]
            #expect(try await desk.refusal("client.update", "api", open).reason == "public_client")
        }
    }
}
