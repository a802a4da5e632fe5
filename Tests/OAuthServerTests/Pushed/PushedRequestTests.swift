import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Pushed authorization requests (RFC 9126)") struct PushedRequestTests {
    @Test("§2.2: pushed, brought, allowed, redeemed, and used up with the code", arguments: TestStore.allCases)
    func whole(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let answer = await way.push(["state": "s&1", "nonce": "n1"])
            #expect(answer.status == 201 && answer.reason == "" && answer.client == "app")
            #expect(answer.body["expires_in"] == 90)
            #expect(answer.headers.contains { $0.name == "cache-control" && $0.value == "no-store" })
            let uri = try #require(answer.body["request_uri"]?.string)
            #expect(uri.hasPrefix("urn:ietf:params:oauth:request_uri:lppr_"))
            let query = way.bringing(uri)
            let question = try #require(try await way.open(query).question)
            #expect(question.scopes.map(\.name) == ["incident.read"])
            #expect(!question.query.contains("scope") && !question.query.contains("state"))
            let told = try await way.answer(question.query).told
            #expect(told["state"] == "s&1" && told["iss"] == OAuthDesk.issuer)
            #expect(try await way.waiting == 0)
            let tokens = try Tokens(await way.rig.redeem(try #require(told["code"])))
            #expect(tokens.scope == "incident.read")
            // §7.3: once.
            for again in [query, question.query] {
                #expect(try await way.open(again).reason == "page request_uri_unknown")
                #expect(try await way.answer(again).reason == "page request_uri_unknown")
            }
        }
    }

    @Test("§2.1: what gets no code is not kept", arguments: TestStore.allCases)
    func refused(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let rows: [(name: String, changes: [String: String?], error: JSON, reason: String)] = [
                ("a request_uri", ["request_uri": "urn:x"], "invalid_request", "request_uri_pushed"),
                (
                    "a foreign address", ["redirect_uri": "https://evil.example/"], "invalid_request",
                    "redirect_uri_unregistered"
                ),
                ("no proof key", ["code_challenge": nil], "invalid_request", "challenge_missing"),
                ("no code", ["response_type": "foo"], "unsupported_response_type", "response_type_unsupported"),
                ("a foreign scope", ["scope": "hr.read"], "invalid_scope", "scope_not_held"),
                ("too much", ["note": String(repeating: "x", count: 16_384)], "invalid_request", "pushed_too_long"),
            ]
            for row in rows {
                let answer = await way.push(row.changes)
                #expect(answer.status == (row.reason == "pushed_too_long" ? 413 : 400), "\(row.name)")
                #expect(answer.body["error"] == row.error && answer.reason == row.reason, "\(row.name)")
            }
            way.desk.world.deleteScope("incident.read")
            #expect(await way.push().reason == "scope_not_held", "a scope that is gone")
            let kept = try await way.waiting
            #expect(kept == 0)
        }
    }

    @Test("§2: the client proves itself, and names no other", arguments: TestStore.allCases)
    func authenticated(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let good = PushedRig.query(PushedRig.parameters())
            let secret = way.rig.secret ?? ""
            for (form, reason) in [
                (good, "client_credentials_missing"), (good + "&client_id=\(way.rig.id)", "client_credentials_missing"),
                (good + "&client_id=\(way.rig.id)&client_secret=\(secret)x", "client_secret_wrong"),
                (good + "&scope=incident.read" + way.rig.credentials, "form_unreadable"),
            ] {
                #expect(await way.push(form: form).reason == reason)
            }
            let signer = try Signer()
            let robot = try await way.desk.keyClient(
                signer, "robot", ["grants": ["authorization_code"], "redirect_uris": [.string(GrantRig.redirect)]])
            let claims = Signer.claims(robot, at: way.desk.time.now).with([
                "aud": .string(OAuthDesk.issuer + "/oauth2/par")
            ])
            let proved = await way.push(form: good + "&" + OAuthDesk.form(try signer.sign(claims)))
            #expect(proved.status == 201)
            let stored = try await way.desk.database.read { reader in
                try reader.rows("SELECT query FROM pushed_request ORDER BY hash LIMIT 10", []).map {
                    try $0.text("query")
                }
            }
            #expect(stored.count == 1 && stored.allSatisfy { !$0.contains("assertion") && !$0.contains("secret") })
        }
    }

    @Test("§2.2, §4: a request_uri is of one client, from this hub, and of 90 seconds", arguments: TestStore.allCases)
    func bound(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let other = try await GrantRig.make(way.desk, "other")
            let uri = try #require(await way.push().body["request_uri"]?.string)
            func reason(_ query: String) async throws -> String { try await way.open(query).reason }
            #expect(try await reason(way.bringing(uri, client: other.id)) == "page request_uri_of_another_client")
            #expect(try await reason(way.bringing("https://evil.example/")) == "page request_uri_not_supported")
            #expect(try await reason(way.bringing(uri + "x")) == "page request_uri_not_supported")
            let unknown = PushedRequest.uri(MachineSecret.new(.pushedRequest, way.desk.time.effects))
            #expect(try await reason(way.bringing(unknown)) == "page request_uri_unknown")
            #expect(try await reason(way.bringing(uri, "&request_uri=x")) == "page parameter_repeated")
            // §4: what stands beside it does not count, whatever it says.
            let more = "&scope=incident.write&redirect_uri=https%3A%2F%2Fevil.example%2F&prompt=none"
            let question = try await way.open(way.bringing(uri, more)).question
            #expect(question?.scopes.map(\.name) == ["incident.read"])
            way.desk.time.advance(seconds: 89)
            #expect(try await reason(way.bringing(uri)) == "ask")
            way.desk.time.advance(seconds: 1)
            #expect(try await reason(way.bringing(uri)) == "page request_uri_ended")
        }
    }

    @Test("pages that were opened in time go on for half an hour, and nobody marks them", arguments: TestStore.allCases)
    func opened(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let query = try await way.pushed()
            let signIn = try #require(try await way.open(query, since: nil).signIn)
            way.desk.time.advance(seconds: 1_000)
            #expect(try await way.open(query).reason == "page request_uri_ended")
            #expect(try await way.open(signIn.query).reason == "ask")
            let mark = try #require(signIn.query.split(separator: "&").last.map(String.init))
            #expect(mark.hasPrefix("opened="))
            let later = String(way.desk.time.now.epochMilliseconds)
            for bent in [
                mark.replacing("opened=", with: "opened=%2B"), "opened=", "opened=\(later).AAAA",
                "opened=" + later + mark.drop { $0 != "." },
            ] {
                #expect(try await way.open(query + "&" + bent).reason == "page request_uri_ended", "\(bent)")
            }
            let other = try await way.pushed()
            #expect(try await way.open(other + "&" + mark).reason == "ask", "another's mark is none, and does no harm")
            way.desk.time.advance(seconds: 799)
            #expect(try await way.open(signIn.query).reason == "ask")
            way.desk.time.advance(seconds: 1)
            #expect(try await way.open(signIn.query).reason == "page request_uri_ended")
        }
    }

    @Test(
        "a pushed prompt=login or max_age is answered by a sign-in since, and by nothing a browser leaves out",
        arguments: TestStore.allCases)
    func signsInOnce(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            for changes in [["prompt": "login"], ["max_age": "0"], ["prompt": "login consent"], ["max_age": "10"]] {
                let query = try await way.pushed(changes.mapValues { $0 })
                let first = way.desk.time.now
                let signIn = try #require(try await way.open(query, since: first.adding(seconds: -60)).signIn)
                way.desk.time.advance(seconds: 60)
                for carried in [query, signIn.query] {
                    #expect(try await way.open(carried, since: first.adding(seconds: -1)).reason == "sign in")
                }
                way.desk.time.advance(seconds: 20)
                #expect(try await way.open(signIn.query, since: first.adding(seconds: 60)).reason == "ask")
            }
            let silent = try await way.pushed(["prompt": "none", "max_age": "10"])
            #expect(try await way.open(silent).told["error"] == "login_required")
            #expect(try await way.open(silent, since: nil).told["error"] == "login_required")
        }
    }

    @Test("§6: a client that pushes all its requests gets no code for another", arguments: TestStore.allCases)
    func required(_ store: TestStore) async throws {
        try await PushedRig.with(store, ["require_pushed_authorization_requests": true]) { way in
            let plain = PushedRig.query(PushedRig.parameters()) + "&client_id=\(way.rig.id)"
            let step = try await way.open(plain)
            #expect(step.reason == "request_not_pushed")
            #expect(try step.told["error"] == "invalid_request")
            #expect(try await way.answer(plain).reason == "request_not_pushed")
            #expect(try await way.open(try await way.pushed()).reason == "ask")
            try await way.desk.run("client.update", "app", ["require_pushed_authorization_requests": false])
            #expect(try await way.open(plain).reason == "ask")
        }
    }

    @Test("§7.3: of 10 answers to one pushed request one gets a code", arguments: TestStore.allCases)
    func once(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let question = try #require(try await way.open(try await way.pushed()).question)
            let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<10 { group.addTask { try await way.answer(question.query).told["code"] } }
                return try await group.reduce(into: [String]()) { if let code = $1 { $0.append(code) } }
            }
            #expect(codes.count == 1)
            let issued = try await way.desk.actions().count { $0 == "code.issued" }
            #expect(issued == 1)
        }
    }

    @Test("a public client's requests are bounded, and leave in time", arguments: TestStore.allCases)
    func bounded(_ store: TestStore) async throws {
        try await PushedRig.with(store, isPublic: true) { way in
            let (now, id) = (way.desk.time.now, way.rig.id)
            let client = try #require(try await way.desk.database.read { try ClientStore.presented(id, in: $0) })
            try await way.desk.database.write(.bookkeeping("requests that wait")) { writer in
                for number in 0..<Limits.pushedRequests.value - 1 {
                    let row = PushedRequest(
                        hash: Hashing.sha256(Array("\(number)".utf8)), client: client.id, query: "", isSigned: false,
                        expiresAt: now.adding(seconds: 90))
                    let isKept = try PushedStore.insert(row, at: now, in: writer)
                    #expect(isKept)
                }
            }
            #expect(await way.push().status == 201)
            let full = await way.push()
            #expect(full.status == 429 && full.reason == "pushed_too_many")
            let other = try await GrantRig.make(way.desk, "other", isPublic: true)
            #expect(await PushedRig(rig: other).push().status == 201)
            way.desk.time.advance(seconds: 90)
            #expect(await way.push().status == 201, "what nobody brought in time does not count")
            way.desk.time.advance(seconds: Int64(Limits.openedSeconds.value) - 1)
            #expect(try await way.desk.server.sweep(at: way.desk.time.now, most: 2_000) == 0)
            way.desk.time.advance(seconds: 1)
            #expect(try await way.desk.server.sweep(at: way.desk.time.now, most: 2_000) == 1_001)
            #expect(try await way.waiting == 1)
            try await way.desk.run("client.delete", "app")
            #expect(try await way.waiting == 0, "a client takes its requests along")
        }
    }

    @Test("one address pushes a bounded number for a public client", arguments: TestStore.allCases)
    func boundedByAddress(_ store: TestStore) async throws {
        try await PushedRig.with(store, isPublic: true) { way in
            for _ in 0..<Limits.pushedOfOneAddress.value { #expect(await way.push().status == 201) }
            let refused = await way.push()
            #expect(refused.status == 429 && refused.reason == "pushed_too_often")
            #expect(try await way.waiting == Int64(Limits.pushedOfOneAddress.value))
            #expect(await way.push(from: "192.0.2.2").status == 201)
            let other = try await GrantRig.make(way.desk, "other", isPublic: true)
            #expect(await PushedRig(rig: other).push().status == 201, "another client is not in the way")
            way.desk.time.advance(seconds: 60)
            #expect(await way.push().status == 201)
        }
        // 90 seconds touch three minutes.
        #expect(2 * 3 * Limits.pushedOfOneAddress.value < Limits.pushedRequests.value)
        try await PushedRig.with(store) { way in
            for _ in 0...Limits.pushedOfOneAddress.value { #expect(await way.push().status == 201) }
        }
    }

    @Test("a client that is off, and one that was changed since, are judged as they are", arguments: TestStore.allCases)
    func changed(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let query = try await way.pushed()
            try await way.desk.run("client.update", "app", ["scopes": ["incident.write"]])
            #expect(try await way.open(query).reason == "scope_not_held")
            try await way.desk.run("client.update", "app", ["scopes": ["incident.read"], "active": false])
            #expect(try await way.open(query).reason == "page client_inactive")
            #expect(await way.push().reason == "client_inactive")
        }
    }

    @Test("a restored store knows none of before")
    func restored() async throws {
        try await PushedRig.with(.sqlite) { way in
            let (query, now) = (try await way.pushed(), way.desk.time.now)
            let ended = try await way.desk.database.write(.bookkeeping("test")) {
                try OAuthServer.endEveryFamily(at: now, in: $0)
            }
            #expect(ended == 1)
            #expect(try await way.open(query).reason == "page request_uri_unknown")
        }
    }
}
