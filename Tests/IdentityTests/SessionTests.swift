import Core
import Identity
import Keys
import Ports
import Storage
import TestSupport
import Testing

extension Office {
    func enter(_ name: String = "mara", _ password: String = goodPassword, from address: String = "192.0.2.1")
        async throws -> SessionStart
    {
        try await identity.signIn(
            user: name, password: Secret(password), at: SignInPlace(address: address), by: time.cause(.nobody))
    }

    func redeem(_ link: Secret, from address: String = "192.0.2.1") async throws -> SessionStart {
        try await identity.redeem(link: link, at: SignInPlace(address: address), by: time.cause(.nobody))
    }

    func session(_ secret: Secret?) async throws -> Session? {
        guard let secret else { return nil }
        return try await database.read { reader in try Session.find(presented: secret, in: reader) }
    }

    /// mara with her password.
    func hireMara() async throws {
        try await user("mara")
        try await run("user.set-password", "mara", ["password": .string(goodPassword)])
    }
}

extension SessionStart {
    var secret: Secret? { if case .begun(let secret) = self { secret } else { nil } }
    var word: String {
        switch self {
        case .begun: "begun"
        case .codeNeeded: "code"
        case .enrolmentNeeded: "enrolment"
        case .refused: "refused"
        case .tooMany: "too many"
        }
    }
}

struct SessionTests {
    @Test(arguments: TestStore.allCases) func onlyTheHashIsKept(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let first = try await office.enter()
            let second = try await office.enter()
            let secret = try #require(first.secret)
            #expect(!secret.matches(try #require(second.secret)), "each sign-in has a secret of its own")
            let text = secret.reveal { String(decoding: $0, as: UTF8.self) }
            let rows = try await office.database.read {
                try $0.rows("SELECT hash FROM user_session ORDER BY id LIMIT 10", []).map { try $0.blob("hash") }
            }
            #expect(rows.contains(Hashing.sha256(Array(text.utf8))))
            let written = try await office.everythingWritten()
            #expect(!written.contains(text))
            let found = try await office.session(secret)
            #expect(found?.begunAt == office.time.now)
            #expect(found?.expiresAt == office.time.now.adding(seconds: Int64(Limits.sessionSeconds.value)))
            for wrong in [text + "x", "lpss_", "", String(text.dropLast())] {
                let none = try await office.session(Secret(wrong))
                #expect(none == nil)
            }
        }
    }

    @Test(arguments: TestStore.allCases) func useIsNotedOnceAMinute(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            for (seconds, noted) in [(Int64(59), false), (1, true), (30, false)] {
                office.time.advance(seconds: seconds)
                let (now, before) = (office.time.now, try #require(try await office.session(secret)))
                #expect(before.isToBeTouched(at: now) == noted)
                try await office.database.write(.bookkeeping("test")) { try before.touch(at: now, in: $0) }
                let after = try await office.session(secret)
                #expect((after?.usedAt == now) == noted)
            }
        }
    }

    @Test(
        "what ends all sessions of a user, and links too", arguments: TestStore.allCases,
        [
            ("user.update", ["active": false]), ("user.update", ["locked": true]),
            ("user.update", ["web_service_only": true]), ("user.set-password", ["password": "another good one"]),
            ("user.end-sessions", [:]),
        ] as [(String, JSONObject)])
    func endings(_ store: TestStore, _ ending: (operation: String, input: JSONObject)) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            try await office.user("other")
            try await office.run("user.set-password", "other", ["password": .string(goodPassword)])
            let (mine, mineToo) = (try await office.enter().secret, try await office.enter().secret)
            let others = try await office.enter("other").secret
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let recorded = try await office.events { try await office.run(ending.operation, "mara", ending.input) }
            #expect(recorded.contains("session.ended user mara"))
            for secret in [mine, mineToo] {
                let session = try await office.session(secret)
                #expect(session?.endedAt == office.time.now)
            }
            let stays = try await office.session(others)
            #expect(stays?.endedAt == nil)
            let redeemed = try await office.redeem(link.secret)
            #expect(redeemed.word == "refused")
        }
    }

    @Test(arguments: TestStore.allCases) func whatChangesNothingEndsNothing(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            let recorded = try await office.events {
                try await office.run("user.update", "mara", ["display_name": "Mara M"])
            }
            #expect(!recorded.contains { $0.hasPrefix("session.ended") })
            let session = try await office.session(secret)
            #expect(session?.endedAt == nil)
        }
    }

    @Test(arguments: TestStore.allCases) func listedAndEnded(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            let listed = try await office.run("session.list", "", [:], as: ["auditor"])["items"]?.array ?? []
            #expect(listed.map { $0["user"]?.string } == ["mara"])
            let id = listed.first?["id"]?.string ?? ""
            let recorded = try await office.events { try await office.run("session.delete", id) }
            #expect(recorded == ["session.ended user mara"])
            let ended = try await office.session(secret)
            #expect(ended?.endedAt != nil)
            let again = try await office.refusal("session.delete", id)
            #expect(again == "unknown_session")
            let none = try await office.run("session.list")["items"]?.array
            #expect(none == [])
        }
    }

    @Test(arguments: TestStore.allCases) func theOldestGivesWay(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let first = try await office.enter().secret
            for _ in 0..<Limits.sessionsOfOne.value {
                office.time.advance(seconds: 1)
                _ = try await office.enter()
            }
            let oldest = try await office.session(first)
            #expect(oldest?.endedAt != nil)
            let open = try await office.run("session.list")["items"]?.array?.count
            #expect(open == Limits.sessionsOfOne.value)
        }
    }

    @Test(arguments: TestStore.allCases) func sweptWhenLongOver(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            _ = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let kept = try await office.identity.sweepSessions(at: office.time.now, most: 10)
            #expect(kept == 0)
            office.time.advance(seconds: Int64(Limits.sessionSeconds.value + Limits.endedSessionSeconds.value))
            let swept = try await office.identity.sweepSessions(at: office.time.now, most: 10)
            #expect(swept == 2)
            let gone = try await office.session(secret)
            #expect(gone == nil)
        }
    }
}

struct ConsoleSignInTests {
    @Test("who may not sign in is told nothing more", arguments: TestStore.allCases)
    func uniform(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            for (name, change) in [
                ("machine", ["web_service_only": true]), ("off", ["active": false]), ("locked", ["locked": true]),
            ] as [(String, JSONObject)] {
                try await office.user(name)
                try await office.run("user.set-password", name, ["password": .string(goodPassword)])
                try await office.run("user.update", name, change)
            }
            for (name, password, why) in [
                ("mara", "wrong horse battery", "wrong_password"), ("machine", goodPassword, "web_service_only"),
                ("off", goodPassword, "locked_or_inactive"), ("locked", goodPassword, "locked_or_inactive"),
                ("nobody", goodPassword, "unknown_user"),
            ] {
                let recorded = try await office.events {
                    let answer = try await office.enter(name, password)
                    #expect(answer.word == "refused", "\(name)")
                }
                #expect(recorded.count == 1, "\(name)")
                let written = try await office.everythingWritten()
                #expect(written.contains(why), "\(name)")
            }
            let open = try await office.run("session.list")["items"]?.array
            #expect(open == [])
        }
    }

    @Test(arguments: TestStore.allCases) func slowedDownByNameAndAddress(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            for _ in 0..<Limits.signInsOfOneName.value { _ = try await office.enter("nobody", "wrong password") }
            let quiet = try await office.events {
                let slowed = try await office.enter("nobody", "wrong password")
                #expect(slowed.word == "too many")
            }
            #expect(quiet == [], "what is not looked at is not written either")
            let other = try await office.enter()
            #expect(other.word == "begun", "another name from there may")
            office.time.advance(seconds: 60)
            for number in 0..<Limits.signInsOfOneAddress.value {
                _ = try await office.enter("nobody-\(number)", "wrong password")
            }
            let here = try await office.enter()
            #expect(here.word == "too many")
            let elsewhere = try await office.enter(from: "192.0.2.2")
            #expect(elsewhere.word == "begun")
            office.time.advance(seconds: 60)
            let later = try await office.enter()
            #expect(later.word == "begun")
        }
    }

    @Test(arguments: TestStore.allCases) func aLinkWorksOnce(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await office.redeem(link.secret).word } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == "begun" } == 1)
            let again = try await office.redeem(link.secret)
            #expect(again.word == "refused")
            let open = try await office.run("session.list")["items"]?.array?.count
            #expect(open == 1)
            let written = try await office.everythingWritten()
            #expect(!written.contains(link.secret.reveal { String(decoding: $0, as: UTF8.self) }))
        }
    }

    @Test("a link that is withdrawn where no session was", arguments: TestStore.allCases)
    func aLinkIsWithdrawn(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            let recorded = try await office.events { try await office.run("user.end-sessions", "mara") }
            #expect(recorded == ["session.ended user mara"])
            let late = try await office.redeem(link.secret)
            #expect(late.word == "refused")
        }
    }

    @Test("a link at its last moment and after", arguments: TestStore.allCases, [(299, "begun"), (300, "refused")])
    func aLinkEnds(_ store: TestStore, _ row: (seconds: Int64, answer: String)) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            let link = try await office.identity.makeLink(user: "mara", by: office.time.cause())
            office.time.advance(seconds: row.seconds)
            let answer = try await office.redeem(link.secret)
            #expect(answer.word == row.answer)
        }
    }

    @Test(arguments: TestStore.allCases) func noLinkForWhoMayNotSignIn(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("machine", ["web_service_only": true])
            let error = await #expect(throws: HubError.self) {
                try await office.identity.makeLink(user: "machine", by: office.time.cause())
            }
            #expect(error?.reason == "may_not_sign_in")
        }
    }
}
