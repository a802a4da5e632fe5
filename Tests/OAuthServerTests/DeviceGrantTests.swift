import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// A device that waits, and the person who answers it.
struct DeviceRig: Sendable {
    static let grant = "urn:ietf:params:oauth:grant-type:device_code"

    let rig: GrantRig
    var desk: OAuthDesk { rig.desk }

    static func with(
        _ store: TestStore, isPublic: Bool = true, _ body: @Sendable (DeviceRig) async throws -> Void
    ) async throws {
        try await GrantRig.with(
            store, isPublic: isPublic, ["grants": [.string(grant), "refresh_token"], "redirect_uris": []]
        ) { try await body(DeviceRig(rig: $0)) }
    }

    func begin(_ scope: String = "incident.read", of client: String? = nil, from address: String = "192.0.2.1") async
        -> TokenResponse
    {
        let form = "scope=\(scope)" + (client ?? rig.credentials)
        return await desk.server.deviceEndpoint.respond(
            to: TokenRequest(
                authorization: [], contentType: "application/x-www-form-urlencoded", body: Array(form.utf8),
                address: address), at: desk.time.now, .new(desk.time.effects))
    }

    /// A device that waits: what it polls with, and what it shows.
    func device(_ scope: String = "incident.read") async throws -> (code: String, shown: String) {
        let body = await begin(scope).body
        return (try #require(body["device_code"]?.string), try #require(body["user_code"]?.string))
    }

    func poll(_ code: String, by credentials: String? = nil) async -> TokenResponse {
        await desk.send("grant_type=\(Self.grant)&device_code=\(code)" + (credentials ?? rig.credentials))
    }

    func answer(
        _ shown: String, allows: Bool = true, by user: String = "u3", from address: String = "198.51.100.1"
    ) async throws -> String? {
        let visitor = Authorizing.Visitor(user: UserID(user), signedInAt: desk.time.now)
        let answered = try await desk.server.deviceAnswers.answer(
            shown, allows: allows, by: visitor, from: address, desk.time.cause())
        if case .failure(let error) = answered { return error.reason }
        return nil
    }

    func question(_ typed: String, from address: String = "198.51.100.1", by user: String = "u3") async throws
        -> Result<DeviceQuestion, HubError>
    {
        let visitor = Authorizing.Visitor(user: UserID(user), signedInAt: desk.time.now)
        return try await desk.server.deviceAnswers.question(typed, to: visitor, from: address, at: desk.time.now)
    }
}

@Suite("Devices (RFC 8628 §3)") struct DeviceGrantTests {
    @Test(
        "§3.2, §3.4, §3.5: a device waits, a person allows it once, and it gets tokens once",
        arguments: TestStore.allCases)
    func allowed(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let begun = await rig.begin().body
            let shown = try #require(begun["user_code"]?.string)
            let code = try #require(begun["device_code"]?.string)
            #expect(shown.wholeMatch(of: /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/) != nil)
            #expect(begun["verification_uri"] == "https://hub.example/device")
            #expect(begun["verification_uri_complete"]?.string == "https://hub.example/device?user_code=" + shown)
            #expect(begun["expires_in"] == 600 && begun["interval"] == 5)
            let waiting = await rig.poll(code)
            #expect(waiting.status == 400 && waiting.body["error"] == "authorization_pending")
            let question = try await rig.question(shown.lowercased().replacing("-", with: " ")).get()
            #expect(question.client == "app" && question.user == "mara" && question.code == shown)
            #expect(question.scopes.map(\.says) == ["May use incident.read."])
            #expect(try await rig.answer(shown) == nil)
            #expect(try await rig.answer(shown, allows: false) == "user_code_unknown", "one answer counts")
            let tokens = try Tokens(await rig.poll(code))
            #expect(tokens.scope == "incident.read" && tokens.refresh != nil)
            let found = try #require(try await rig.desk.find(tokens.access))
            #expect(found.user == UserID("u3") && found.family != nil && found.carried.signedInAt == rig.desk.time.now)
            #expect(await rig.poll(code).reason == "device_code_used")
            _ = try Tokens(await rig.rig.refresh(try #require(tokens.refresh)))
            // That nobody has answered yet is no event.
            #expect(
                try await rig.desk.actions().suffix(4)
                    == ["consent.given", "token.issued", "token.refused", "token.issued"])
        }
    }

    @Test("§3.5: refused and expired", arguments: TestStore.allCases)
    func ended(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let (refused, shown) = try await rig.device()
            #expect(try await rig.answer(shown, allows: false) == nil)
            #expect(await rig.poll(refused).body["error"] == "access_denied")
            #expect(try await rig.desk.actions().contains("consent.denied"))
            let (late, unanswered) = try await rig.device()
            let (allowed, answered) = try await rig.device()
            #expect(try await rig.answer(answered) == nil)
            rig.desk.time.advance(seconds: 600)
            #expect(try await rig.answer(unanswered) == "user_code_unknown")
            for code in [late, allowed] { #expect(await rig.poll(code).body["error"] == "expired_token") }
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 0)
            rig.desk.time.advance(seconds: 3_600)
            #expect(try await rig.desk.server.sweep(at: rig.desk.time.now, most: 100) == 3)
        }
    }

    @Test(
        "§3.5: whoever asks too soon waits five seconds longer each time, up to a minute", arguments: TestStore.allCases
    )
    func slowDown(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let (code, shown) = try await rig.device()
            func poll(after seconds: Int64) async -> String {
                rig.desk.time.advance(seconds: seconds)
                return await rig.poll(code).body["error"]?.string ?? "-"
            }
            #expect(await poll(after: 0) == "authorization_pending")
            #expect(await poll(after: 1) == "slow_down")
            #expect(await poll(after: 5) == "slow_down", "it waits ten seconds now, six are over")
            #expect(await poll(after: 8) == "authorization_pending", "fifteen, less one for the network")
            for _ in 0..<20 { #expect(await poll(after: 0) == "slow_down") }
            #expect(try await rig.desk.count("SELECT interval_seconds AS n FROM device_authorization") == 60)
            #expect(try await rig.answer(shown) == nil)
            #expect(await rig.poll(code).reason == "", "a yes is answered at once")
        }
    }

    @Test("Two polls at once: one gets tokens", arguments: TestStore.allCases)
    func twoAtOnce(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let (code, shown) = try await rig.device()
            #expect(try await rig.answer(shown) == nil)
            let reasons = await withTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { await rig.poll(code).reason } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reasons.count { $0 == "" } == 1)
            #expect(reasons.count { $0 == "device_code_used" } == 7)
        }
    }

    @Test("Two answers at once: one counts", arguments: TestStore.allCases)
    func twoAnswers(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let (_, shown) = try await rig.device()
            let kept = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<4 { group.addTask { try await rig.answer(shown, allows: number % 2 == 0) } }
                return try await group.reduce(into: 0) { $0 += $1 == nil ? 1 : 0 }
            }
            #expect(kept == 1)
        }
    }

    /// What happens between the yes and the next poll.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        let act: @Sendable (OAuthDesk) async throws -> Void

        static let all = [
            Ending(testDescription: "all of the client ended", reason: "device_code_unknown") {
                try await $0.run("client.revoke-tokens", "app")
            },
            Ending(testDescription: "the client deleted", reason: "client_credentials_missing") {
                try await $0.run("client.delete", "app")
            },
            Ending(testDescription: "the client off", reason: "client_inactive") {
                try await $0.run("client.update", "app", ["active": false])
            },
            Ending(testDescription: "the consent withdrawn", reason: "device_code_unknown") { desk in
                let all = try await desk.run("consent.list")["items"]?.array ?? []
                try await desk.run("consent.delete", try #require(all.first?["id"]?.string))
            },
            Ending(testDescription: "the person off", reason: "user_inactive") { $0.world.set(active: false) },
            Ending(testDescription: "the scope gone", reason: "scope_not_held") {
                try await $0.run("client.update", "app", ["scopes": ["incident.write"]])
            },
            Ending(testDescription: "the store restored", reason: "device_code_unknown") { desk in
                let now = desk.time.now
                _ = try await desk.database.write(.bookkeeping("a restore")) {
                    try OAuthServer.endEveryFamily(at: now, in: $0)
                }
            },
        ]
    }

    @Test("What ends between a yes and the next poll is gone", arguments: TestStore.allCases, Ending.all)
    func between(_ store: TestStore, _ row: Ending) async throws {
        try await DeviceRig.with(store) { rig in
            let (code, shown) = try await rig.device()
            #expect(try await rig.answer(shown) == nil)
            try await row.act(rig.desk)
            #expect(await rig.poll(code).reason == row.reason)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 0)
        }
    }

    @Test("§3.1, §3.4: what no device gets", arguments: TestStore.allCases)
    func refused(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            #expect(await rig.begin("").reason == "scope_not_asked")
            #expect(await rig.begin("hr.read").reason == "scope_not_held")
            let service = try await rig.desk.client()
            let own = "&client_id=\(service.id)&client_secret=\(service.secret)"
            #expect(await rig.begin(of: own).body["error"] == "unauthorized_client")
            let other = try await GrantRig.make(
                rig.desk, "tv", isPublic: true, ["grants": [.string(DeviceRig.grant)], "redirect_uris": []])
            let (code, shown) = try await rig.device()
            #expect(await rig.poll(code, by: other.credentials).reason == "device_code_of_another_client")
            #expect(await rig.poll("").reason == "device_code_missing")
            #expect(await rig.poll(code + "x").reason == "device_code_unknown")
            let made = String(code.dropLast(6))
            #expect(await rig.poll(made).body["error"] == "invalid_grant")
            // For web services only, and nobody.
            #expect(try await rig.answer(shown, by: "u1") == "user_may_not_consent")
            #expect(try await rig.answer(shown, by: "u8") == "user_may_not_consent")
            let renewing: JSONObject = ["grants": ["refresh_token"]]
            #expect(try await rig.desk.refusal("client.update", "tv", renewing).reason == "refresh_without_code")
        }
    }

    @Test("§5.1: wrong codes are bounded by user and by address", arguments: TestStore.allCases)
    func guesses(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            let (_, shown) = try await rig.device()
            func reason(_ typed: String, by user: String, from address: String) async throws -> String {
                switch try await rig.question(typed, from: address, by: user) {
                case .success: ""
                case .failure(let error): error.reason
                }
            }
            for _ in 0..<10 { #expect(try await reason("BBBB-BBBB", by: "u3", from: "a") == "user_code_unknown") }
            #expect(try await reason(shown, by: "u3", from: "b") == "user_codes_too_many")
            #expect(try await reason(shown, by: "u2", from: "a") == "", "another user is not in the way")
            rig.desk.time.advance(seconds: 60)
            #expect(try await reason(shown, by: "u3", from: "b") == "")
            let wrong = rig.desk.server.deviceAnswers.wrongCodes
            _ = try await reason("no code", by: "u3", from: "c")
            #expect(wrong.counted("address c", at: rig.desk.time.now) == 1)
            for _ in 0..<29 { _ = wrong.count("address c", at: rig.desk.time.now) }
            #expect(try await reason(shown, by: "u2", from: "c") == "user_codes_too_many")
            #expect(try await reason(shown, by: "u2", from: "d") == "")
        }
    }

    @Test("Devices that wait are bounded, by address where anybody may begin", arguments: TestStore.allCases)
    func flood(_ store: TestStore) async throws {
        try await DeviceRig.with(store) { rig in
            for _ in 0..<Limits.devicesOfOneAddress.value { #expect(await rig.begin().reason == "") }
            let refused = await rig.begin()
            #expect(refused.status == 429 && refused.reason == "devices_too_many")
            #expect(await rig.begin(from: "192.0.2.2").reason == "")
            let other = try await GrantRig.make(
                rig.desk, "tv", isPublic: true, ["grants": [.string(DeviceRig.grant)], "redirect_uris": []])
            #expect(await rig.begin(of: other.credentials).reason == "", "another client is not in the way")
        }
    }

    @Test("§6.1: user codes are drawn evenly, and read as people type them")
    func userCodes() {
        let effects = TestEffects().effects
        let codes = (0..<2_000).map { _ in UserCode(effects) }
        #expect(Set(codes.map(\.text)).count == codes.count)
        var counts: [Character: Int] = [:]
        for letter in codes.flatMap(\.text) { counts[letter, default: 0] += 1 }
        #expect(counts.count == 20 && counts.values.allSatisfy { (600...1_000).contains($0) })
        for typed in ["WDJB-MJHT", "wdjbmjht", " wd jb mj ht", "W-D-J-B-M-J-H-T"] {
            #expect(UserCode(typed: typed)?.shown == "WDJB-MJHT")
        }
        for typed in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJA-MJHT", "WDJB_MJHT", String(repeating: " ", count: 99)] {
            #expect(UserCode(typed: typed) == nil)
        }
    }
}
