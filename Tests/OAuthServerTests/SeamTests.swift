import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

// Where the ways to a token meet what restricts them.
@Suite("Between the parts of the authorization server") struct SeamTests {
    @Test("what an administrator takes from a client that registered itself stays taken", arguments: TestStore.allCases)
    func takenStays(_ store: TestStore) async throws {
        for taken: JSONObject in [
            ["scopes": ["incident.read"]], ["grants": ["authorization_code"]], ["requires_dpop": true],
            ["redirect_uris": ["https://app.example/other"]], ["require_pushed_authorization_requests": true],
            ["require_signed_request_object": true], ["tls_client_certificate_bound_access_tokens": true],
            ["id_token_signed_response_alg": "ES256"], ["introspection_signed_response_alg": "ES256"],
            ["backchannel_logout_uri": "https://app.example/ended"],
        ] {
            try await Registrar.with(store) { registrar in
                let client = try Registered(await registrar.register(try await registrar.token()))
                try await registrar.desk.run("client.update", "Robot", taken)
                let before = try await registrar.desk.run("client.get", "Robot")
                let replaced = await registrar.replace(
                    client.id, client.access, Registrar.metadata.with(["client_id": .string(client.id)]))
                #expect(replaced.status == 401, "\(taken)")
                #expect(try await registrar.desk.run("client.get", "Robot") == before)
            }
        }
    }

    @Test("a client whose secret was removed makes itself no other", arguments: TestStore.allCases)
    func removedSecret(_ store: TestStore) async throws {
        try await Registrar.with(store) { registrar in
            let client = try Registered(await registrar.register(try await registrar.token()))
            let shown = try await registrar.desk.run("client.get", "Robot")
            let secret = try #require(shown["secrets"]?.array?.first?["id"])
            try await registrar.desk.run("client.remove-secret", "Robot", ["secret": secret])
            let replaced = await registrar.replace(
                client.id, client.access, Registrar.metadata.with(["client_id": .string(client.id)]))
            #expect(replaced.status == 401)
        }
    }

    @Test(
        "RFC 8693 §2.1: an exchange names no resource server that the token was not for", arguments: TestStore.allCases)
    func exchangedAudience(_ store: TestStore) async throws {
        let other = "https://other.example"
        try await ExchangeRig.with(store, ["resources": [.string(other)]]) { rig in
            let own = try await rig.desk.client("service")
            let subject = try await rig.desk.token(own)
            #expect(await rig.exchange(subject, ["resource": other]).reason == "resource_not_granted")
            #expect(await rig.exchange(subject).reason == "")
        }
    }

    @Test("taking the exchange of all tokens away ends those that came of it", arguments: TestStore.allCases)
    func exchangesTakenAway(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let (_, new) = try await rig.exchanged()
            let own = try Tokens(await rig.exchange(try await rig.desk.token(rig.api))).access
            try await rig.desk.run("client.update", "api", ["exchanges_tokens": "own"])
            #expect(try await rig.desk.find(new)?.isRevoked == true)
            #expect(try await rig.desk.find(own)?.isRevoked == false)
        }
    }

    @Test("who is no administrator gives a client that exchanges all tokens nothing", arguments: TestStore.allCases)
    func exchangesAll(_ store: TestStore) async throws {
        try await ExchangeRig.with(store) { rig in
            let rows: [(String, JSONObject)] = [
                ("client.add-secret", [:]), ("client.update", ["scopes": ["incident.read"]]),
                ("client.add-scope", ["scope": "incident.read"]),
                ("client.update", ["jwks_uri": "https://api.example/keys"]),
                ("client.update", ["tls_client_auth_san_dns": "api.example"]),
                ("client.update", ["no_tls_client_auth": true]),
                ("client.update", ["user": "svc.hr", "resources": ["https://other.example"]]),
            ]
            for (name, body) in rows {
                let refused = try await rig.desk.refusal(name, "api", body, as: ["oauth_admin"])
                #expect(refused.reason == "exchanging_all", "\(name) \(body)")
            }
            try await rig.desk.run("client.update", "api", ["active": false], as: ["oauth_admin"])
        }
    }

    @Test("taking a certificate away gives secrets their worth back, so it is a rise")
    func certificateTaken() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            try await desk.run(
                "client.create", "",
                ["name": "robot", "user": "boss", "scopes": [], "tls_client_auth_san_dns": "robot.example"])
            let refused = try await desk.refusal(
                "client.update", "robot", ["no_tls_client_auth": true], as: ["oauth_admin"])
            #expect(refused.reason == "user_outranks_caller")
        }
    }

    @Test("RFC 9126 §4: who answers without the page signs in all the same", arguments: TestStore.allCases)
    func answeredUnopened(_ store: TestStore) async throws {
        for asked in [["prompt": "login"], ["prompt": nil, "max_age": "60"]] as [[String: String?]] {
            try await PushedRig.with(store) { rig in
                let query = try await rig.pushed(asked)
                let long = rig.desk.time.now.adding(seconds: -3_600)
                #expect(try await rig.answer(query, since: long).reason == "sign in", "\(asked)")
                #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM authorization_code") == 0)
            }
        }
    }

    @Test("RFC 9126 §4: a pushed request leads to one token, as it does to one code", arguments: TestStore.allCases)
    func pushedImplicit(_ store: TestStore) async throws {
        try await PushedRig.with(store, ["grants": ["implicit"]]) { rig in
            let query = try await rig.pushed([
                "response_type": "token", "code_challenge": nil, "code_challenge_method": nil,
            ])
            let question = try #require(try await rig.open(query).question)
            #expect(try await rig.answer(question.query).reason == "")
            #expect(try await rig.answer(question.query).reason != "")
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
    }

    @Test(
        "a device is let in for openid, told who allowed it, and ends with the session", arguments: TestStore.allCases)
    func deviceOpenID(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            try await rig.desk.run("client.update", "app", ["scopes": ["openid", "incident.read"]])
            let (code, shown) = try await rig.device("openid+incident.read")
            let visitor = Authorizing.Visitor(
                user: UserID("u3"), signedInAt: rig.desk.time.now, session: SessionID("s1"))
            _ = try await rig.desk.server.deviceAnswers.answer(
                shown, allows: true, by: visitor, from: "198.51.100.1", rig.desk.time.cause()
            ).get()
            let answer = await rig.poll(code)
            #expect(try await rig.rig.identity(answer)?["sub"] == "u3")
            try await rig.desk.database.write(.bookkeeping("the session ends")) { writer in
                try Outbox.publish(.sessionEnded, ["session": "s1"], in: writer)
            }
            while try await rig.desk.server.endWhatEnded() > 0 {}
            #expect(try await !rig.rig.counts(try Tokens(answer).access))
        }
    }

    @Test("what is allowed in the moment in which its session ends gives nothing", arguments: TestStore.allCases)
    func sessionEnds(_ store: TestStore) async throws {
        let session = SessionID("s1")
        try await GrantRig.with(store, ["grants": ["authorization_code", "implicit"]]) { rig in
            var draft = try await rig.draft()
            draft.session = session
            try await rig.give(draft)
            let server = rig.desk.server
            #expect(try await server.makeCode(draft, rig.desk.time.cause()) != nil)
            #expect(try await server.tokenEndpoint.issue(draft, rig.desk.time.cause()) != nil)
            rig.desk.world.end(session)
            #expect(try await server.makeCode(draft, rig.desk.time.cause()) == nil)
            #expect(try await server.tokenEndpoint.issue(draft, rig.desk.time.cause()) == nil)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM authorization_code") == 1)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
        try await DeviceRig.with(store) { rig in
            let (code, shown) = try await rig.device()
            rig.desk.world.end(session)
            let visitor = Authorizing.Visitor(user: UserID("u3"), signedInAt: rig.desk.time.now, session: session)
            let answer = try await rig.desk.server.deviceAnswers.answer(
                shown, allows: true, by: visitor, from: "198.51.100.1", rig.desk.time.cause())
            guard case .failure(let refusal) = answer else {
                Issue.record("the answer was kept")
                return
            }
            #expect(refusal.reason == "session_ended")
            #expect(await rig.poll(code).body["error"] == "authorization_pending")
        }
    }

    @Test("a second factor ends what a password alone gave, and nothing else", arguments: TestStore.allCases)
    func secondFactorSet(_ store: TestStore) async throws {
        let grants: JSON = ["authorization_code", "password", "refresh_token"]
        try await GrantRig.with(store, ["grants": grants]) { rig in
            let desk = rig.desk
            let form = "grant_type=password&password=correct+horse&scope=incident.read" + rig.credentials
            let own = try Tokens(await desk.send(form + "&username=mara"))
            let other = try Tokens(await desk.send(form + "&username=svc.hr"))
            let allowed = try await rig.tokens()
            desk.world.setSecondFactor(of: UserID("u3"))
            try await desk.database.write(.bookkeeping("a second factor is set")) { writer in
                try Outbox.publish(.secondFactorSet, ["user": "u3", "name": "mara"], in: writer)
            }
            while try await desk.server.endWhatEnded() > 0 {}
            let counts = [
                try await rig.counts(own.access), try await rig.counts(other.access),
                try await rig.counts(allowed.access),
            ]
            #expect(counts == [false, true, true])
            #expect(await rig.refresh(try #require(own.refresh)).reason == "refresh_token_ended")
            #expect(await rig.refresh(try #require(other.refresh)).reason == "")
            #expect(await rig.refresh(try #require(allowed.refresh)).reason == "")
            let events = try await desk.events().filter { $0["action"] == "token.revoked" }
            #expect(events.map { $0["details"]?["reason"]?.string } == ["second_factor_set"])
            // Set up between the proof of the password and the token.
            #expect(await desk.send(form + "&username=mara").reason == "second_factor_due")
        }
    }
}
