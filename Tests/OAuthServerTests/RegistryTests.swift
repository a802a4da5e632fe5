import Core
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

@Test("a client is registered without a secret and shown with names", arguments: TestStore.allCases)
func register(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let made = try await desk.run(
            "client.create", "",
            ["name": "hr-system", "user": "svc.hr", "scopes": ["incident.write", "incident.read", "incident.read"]])
        #expect(made["client_secret"] == nil)
        #expect(made["secrets"] == [])
        #expect(made["scopes"] == ["incident.read", "incident.write"])
        #expect(made["user"] == "u1")
        #expect(made["user_name"] == "svc.hr")
        #expect(made["token_seconds"] == 1_800)
        #expect(made["client_id"]?.string?.utf8.count == 32)
        for key in ["id", "client_id", "name"] {
            let got = try await desk.run("client.get", try #require(made[key]?.string))
            #expect(got == made)
        }
        let list = try await desk.run("client.list")
        #expect(list["items"]?.array == [made])
        let facts = try #require(
            try await desk.database.read { try OAuthServer.clientFacts("hr-system", in: $0) })
        #expect(facts.scopes == ["incident.read", "incident.write"])
        #expect(facts.user == UserID("u1"))
        let nobody = try await desk.database.read { try OAuthServer.clientFacts("nobody", in: $0) }
        #expect(nobody == nil)
    }
}

@Test("what cannot be registered changes nothing", arguments: TestStore.allCases)
func registerRefusals(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let good: JSONObject = ["name": "a", "user": "svc.hr", "scopes": ["hr.read"]]
        func changed(_ name: String, _ value: JSON) -> JSONObject {
            var body = good
            body[name] = value
            return body
        }
        let rows: [(JSONObject, String)] = [
            (changed("user", "nobody"), "unknown_user"),
            (changed("scopes", ["nope"]), "unknown_scope"),
            (changed("token_seconds", 59), "bad_field"),
            (changed("token_seconds", 86_401), "bad_field"),
            (changed("name", "0123456789abcdef0123456789abcdef"), "bad_name"),
            (changed("name", "a "), "bad_name"),
            (changed("name", "hr  system"), "bad_name"),
            (changed("name", "l\u{43E}w"), "bad_name"),
            (changed("name", "a\u{200B}b"), "bad_name"),
            (changed("client_id", "u1"), "unknown_field"),
            (changed("secret", "x"), "unknown_field"),
        ]
        for (body, reason) in rows {
            let error = try await desk.refusal("client.create", "", body)
            #expect(error.reason == reason)
        }
        let events = try await desk.actions()
        #expect(events.isEmpty)
        try await desk.run("client.create", "", good)
        let twice = try await desk.refusal("client.create", "", good)
        #expect(twice.reason == "name_taken")
        try await desk.run("client.create", "", changed("name", "b"))
        let renamed = try await desk.refusal("client.update", "b", ["name": "a", "active": false])
        #expect(renamed.reason == "name_taken")
        let b = try await desk.run("client.get", "b")
        #expect(b["active"] == true)
        let same = try await desk.run("client.update", "b", ["name": "b"])
        #expect(same["name"] == "b")
        let missing = try await desk.refusal("client.update", "nobody", ["active": false])
        #expect(missing.kind == .notFound)
    }
}

@Test("an update says what its lists hold no longer", arguments: TestStore.allCases)
func noLonger(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        try await desk.run(
            "client.create", "",
            [
                "name": "hr", "user": "svc.hr", "scopes": ["incident.read", "incident.write"],
                "grants": ["client_credentials", "refresh_token", "authorization_code"],
                "redirect_uris": ["https://hr.example/back"],
            ])
        let (one, two) = (try Signer(id: "k1").jwk, try Signer(id: "k2").jwk)
        let rows: [(body: JSONObject, lost: JSON)] = [
            (["token_seconds": 600], [:]),
            (["jwks": ["keys": [one, two]]], [:]),
            (["jwks": ["keys": [one]]], ["jwks": ["k2"]]),
            (["jwks_uri": "https://hr.example/keys"], ["jwks": ["k1"]]),
            (["scopes": ["incident.read", "incident.write", "hr.read"]], [:]),
            (["scopes": ["hr.read"]], ["scopes": ["incident.read", "incident.write"]]),
            (
                ["grants": ["client_credentials"], "redirect_uris": ["https://hr.example/other"]],
                ["grants": ["authorization_code", "refresh_token"], "redirect_uris": ["https://hr.example/back"]]
            ),
        ]
        for row in rows {
            #expect(try await desk.run("client.update", "hr", row.body)["no_longer"] == row.lost, "\(row.body)")
        }
    }
}

@Test("one scope more or less, beside what is held; tokens follow at once", arguments: TestStore.allCases)
func oneScope(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        try await desk.run("client.create", "", ["name": "hr", "user": "svc.hr", "scopes": ["hr.read"]])
        let more = try await desk.run("client.add-scope", "hr", ["scope": "incident.read"])
        #expect(more["scopes"] == ["hr.read", "incident.read"])
        let noted = try await desk.actions()
        let again = try await desk.run("client.add-scope", "hr", ["scope": "incident.read"])
        #expect(again["scopes"] == more["scopes"])
        let notedThen = try await desk.actions()
        #expect(notedThen == noted, "what is held already is no change")
        let less = try await desk.run("client.remove-scope", "hr", ["scope": "hr.read"])
        #expect(less["scopes"] == ["incident.read"] && less["no_longer"] == ["scopes": ["hr.read"]])
        let rows: [(String, JSONObject, String)] = [
            ("client.add-scope", ["scope": "nope"], "unknown_scope"), ("client.add-scope", [:], "missing_field"),
            ("client.remove-scope", ["scope": "hr.read"], "scope_not_of_client"),
        ]
        let before = try await desk.actions()
        for (name, body, reason) in rows {
            let refused = try await desk.refusal(name, "hr", body)
            #expect(refused.reason == reason, "\(name) \(body)")
        }
        #expect(try await desk.actions() == before)
    }
}

@Test("E7: two secrets overlap, and each ends at its time", arguments: TestStore.allCases)
func overlap(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let old = try await desk.client()
        let shown = try await desk.run("client.get", "hr-system")
        let oldID = try #require(shown["secrets"]?.array?.first?["id"]?.string)
        let added = try await desk.run(
            "client.add-secret", "hr-system", ["until": .string(desk.time.now.adding(seconds: 7_200).rfc3339)])
        let new = (id: old.id, secret: try #require(added["client_secret"]?.string))
        try await desk.run(
            "client.remove-secret", "hr-system",
            ["secret": .string(oldID), "until": .string(desk.time.now.adding(seconds: 3_600).rfc3339)])
        desk.time.advance(seconds: 3_599)
        var statuses = [await desk.ask(old).status, await desk.ask(new).status]
        #expect(statuses == [200, 200])
        desk.time.advance(seconds: 1)
        statuses = [await desk.ask(old).status, await desk.ask(new).status]
        #expect(statuses == [401, 200])
        desk.time.advance(seconds: 3_600)
        statuses = [await desk.ask(old).status, await desk.ask(new).status]
        #expect(statuses == [401, 401])
        let actions = try await desk.actions()
        #expect(actions.count { $0 == "client.secret_added" } == 2)
        #expect(actions.count { $0 == "client.secret_withdrawn" } == 1)
    }
}

@Test("a removed secret stops at once; another client's cannot be removed", arguments: TestStore.allCases)
func removeSecret(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        _ = try await desk.client("other")
        let shown = try await desk.run("client.get", "hr-system")
        let id = try #require(shown["secrets"]?.array?.first?["id"])
        let foreign = try await desk.refusal("client.remove-secret", "other", ["secret": id])
        #expect(foreign.reason == "unknown_secret")
        let past = try await desk.refusal(
            "client.remove-secret", "hr-system", ["secret": id, "until": .string(desk.time.now.rfc3339)])
        #expect(past.reason == "until_past")
        let before = await desk.ask(client)
        #expect(before.status == 200)
        let after = try await desk.run("client.remove-secret", "hr-system", ["secret": id])
        #expect(after["secrets"] == [])
        let refused = await desk.ask(client)
        #expect(refused.status == 401)
    }
}

@Test("at most five secrets; those that ended make room", arguments: TestStore.allCases)
func secretsAreBounded(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let soon = JSON.string(desk.time.now.adding(seconds: 10).rfc3339)
        for _ in 0..<4 { try await desk.run("client.add-secret", "hr-system", ["until": soon]) }
        let sixth = try await desk.refusal("client.add-secret", "hr-system")
        #expect(sixth.reason == "too_many_secrets")
        desk.time.advance(seconds: 10)
        try await desk.run("client.add-secret", "hr-system")
        let shown = try await desk.run("client.get", "hr-system")
        #expect(shown["secrets"]?.array?.count == 2)
        let first = await desk.ask(client)
        #expect(first.status == 200)
    }
}

@Test("the last use of a secret is noted once a minute", arguments: TestStore.allCases)
func lastUse(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        func last() async throws -> String? {
            try await desk.run("client.get", "hr-system")["secrets"]?.array?.first?["last_used_at"]?.string
        }
        var noted = try await last()
        #expect(noted == nil)
        // The beginning of a minute.
        desk.time.advance(seconds: 60 - desk.time.now.epochSeconds % 60)
        let first = desk.time.now.rfc3339
        _ = await desk.ask(client)
        desk.time.advance(seconds: 59)
        _ = await desk.ask(client)
        noted = try await last()
        #expect(noted == first)
        desk.time.advance(seconds: 1)
        _ = await desk.ask(client)
        noted = try await last()
        #expect(noted == desk.time.now.rfc3339)
    }
}

@Test("a new application user ends the tokens issued for the one before", arguments: TestStore.allCases)
func newUser(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let token = try await desk.token(client)
        try await desk.database.write(.bookkeeping("test")) { writer in
            try writer.run("UPDATE client SET user_id = $1", [.text("u2")])
        }
        let found = try await desk.find(token)
        #expect(found?.isRevoked == true)
    }
}

@Test("deleting a client leaves no secret and no scope behind", arguments: TestStore.allCases)
func deleteClient(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        _ = try await desk.client()
        try await desk.run("client.delete", "hr-system")
        let secrets = try await desk.count("SELECT COUNT(*) AS n FROM client_secret")
        let scopes = try await desk.count("SELECT COUNT(*) AS n FROM client_scope")
        #expect(secrets == 0 && scopes == 0)
        let actions = try await desk.actions()
        #expect(actions == ["configuration.created", "client.secret_added", "configuration.deleted"])
    }
}

@Test("who may") func roles() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        for operation in desk.server.operations {
            let isRead = operation.verb == .list || operation.verb == .get || operation.name == "client.report"
            #expect(operation.roles.contains(.oauthAdmin))
            #expect(operation.roles.contains(.auditor) == isRead)
            let nouns = ["client", "client-template", "registration-token"]
            #expect(operation.roles.contains(.miAdmin) == nouns.contains(operation.noun))
        }
    }
}
