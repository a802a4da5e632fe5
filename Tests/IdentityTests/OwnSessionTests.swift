import Core
import Identity
import Ports
import TestSupport
import Testing

struct OwnSessionTests {
    @Test("listed with where they began, and ended by nobody else", arguments: TestStore.allCases)
    func own(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            try await office.user("other")
            let sent = "Browser\u{202E}\n" + String(repeating: "x", count: 500)
            let start = try await office.identity.signIn(
                user: "mara", password: Secret(goodPassword), at: SignInPlace(address: "192.0.2.7", browser: sent),
                by: office.time.cause(.nobody))
            let (mara, other) = (try await office.id(), try await office.id("other"))
            let listed = try await office.identity.sessions(of: mara, at: office.time.now)
            let row = try #require(listed.first)
            #expect(listed.count == 1 && row.json["address"] == "192.0.2.7" && row.json["user"] == "mara")
            #expect(row.json["browser"]?.string?.hasPrefix("Browser??xxx") == true)
            #expect(row.json["browser"]?.string?.count == Limits.browserName.value)
            let others = try await office.identity.sessions(of: other, at: office.time.now)
            #expect(others.isEmpty)
            let error = await #expect(throws: HubError.self) {
                try await office.identity.endSession(row.session.id, of: other, by: office.time.cause())
            }
            #expect(error?.reason == "unknown_session")
            let recorded = try await office.events {
                try await office.identity.endSession(row.session.id, of: mara, by: office.time.cause())
            }
            #expect(recorded == ["session.ended user mara"])
            let ended = try await office.session(start.secret)
            #expect(ended?.endedAt == office.time.now)
        }
    }

    @Test("listed by user", arguments: TestStore.allCases) func ofOne(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            try await office.user("other")
            _ = try await office.enter()
            for (user, count) in [("mara", 1), ("other", 0)] {
                let listed = try await office.run("session.list", "", ["user": .string(user)])["items"]?.array?.count
                #expect(listed == count)
            }
        }
    }
}

struct ProveAgainTests {
    private func prove(_ office: Office, _ session: SessionID, _ proof: Secret, by user: String = "mara") async throws
        -> String
    {
        try await office.identity.proveAgain(
            session, of: try await office.id(user), by: proof, from: "192.0.2.1", cause: office.time.cause()
        ).word
    }

    @Test("by the password", arguments: TestStore.allCases) func password(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            let begun = try #require(try await office.session(secret))
            office.time.advance(seconds: 600)
            let refused = try await office.events {
                let word = try await prove(office, begun.id, Secret("wrong password"))
                #expect(word == "wrong")
            }
            #expect(refused == ["user.sign_in_refused user mara"])
            let before = try await office.session(secret)
            #expect(before?.provedAt == begun.begunAt)
            let recorded = try await office.events {
                let word = try await prove(office, begun.id, Secret(goodPassword))
                #expect(word == "right")
            }
            #expect(recorded == ["user.proved_again user mara"])
            let after = try await office.session(secret)
            #expect(after?.provedAt == office.time.now && after?.begunAt == begun.begunAt)
        }
    }

    @Test("by a code where there is a second factor; then no password will do", arguments: TestStore.allCases)
    func code(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            let (app, _) = try await office.equipMara()
            let step = try await office.finish(try await office.enter(), app.code(at: office.time.now))
            let session = try #require(try await office.session(step.secret))
            let used = try await prove(office, session.id, app.code(at: office.time.now))
            #expect(used == "wrong", "the code signed in already")
            let password = try await prove(office, session.id, Secret(goodPassword))
            #expect(password == "wrong")
            office.time.advance(seconds: 60)
            let word = try await prove(office, session.id, app.code(at: office.time.now))
            #expect(word == "right")
            let after = try await office.session(step.secret)
            #expect(after?.provedAt == office.time.now)
        }
    }

    @Test("not for the session of somebody else", arguments: TestStore.allCases)
    func foreign(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            try await office.user("other")
            try await office.run("user.set-password", "other", ["password": .string(goodPassword)])
            let secret = try await office.enter().secret
            let session = try #require(try await office.session(secret))
            office.time.advance(seconds: 600)
            await #expect(throws: HubError.self) {
                _ = try await prove(office, session.id, Secret(goodPassword), by: "other")
            }
            let after = try await office.session(secret)
            #expect(after?.provedAt == session.begunAt)
        }
    }

    @Test("too many wrong ones are not looked at any more, and the session lives on", arguments: TestStore.allCases)
    func tooMany(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let secret = try await office.enter().secret
            let session = try #require(try await office.session(secret))
            for _ in 0..<Limits.signInsOfOneName.value { _ = try await prove(office, session.id, Secret("wrong")) }
            let word = try await prove(office, session.id, Secret(goodPassword))
            #expect(word == "too many")
            let after = try await office.session(secret)
            #expect(after?.endedAt == nil)
        }
    }
}
