import Core
import Identity
import Storage
import TestSupport
import Testing

@Suite("A session that is ended leaves word for whoever knows of it") struct SessionWordTests {
    /// A way to end sessions of `mara`.
    struct Way: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let end: @Sendable (Office, SessionID, UserID) async throws -> Void

        static let all = [
            Way(testDescription: "signing out") { office, session, _ in
                try await office.identity.signOut(session, by: office.time.cause())
            },
            Way(testDescription: "on the account page") { office, session, mara in
                try await office.identity.endSession(session, of: mara, by: office.time.cause())
            },
            Way(testDescription: "by an administrator") { office, session, _ in
                try await office.run("session.delete", session.rawValue)
            },
            Way(testDescription: "all of a user") { office, _, _ in try await office.run("user.end-sessions", "mara") },
            Way(testDescription: "a lock") { office, _, _ in
                try await office.run("user.update", "mara", ["locked": true])
            },
            Way(testDescription: "a new password") { office, _, _ in
                try await office.run("user.set-password", "mara", ["password": "another horse battery"])
            },
            Way(testDescription: "one session too many") { office, _, _ in
                office.time.advance(seconds: 1)
                for _ in 0..<Limits.sessionsOfOne.value { _ = try await office.enter() }
            },
        ]
    }

    @Test("whatever ends it", arguments: TestStore.allCases, Way.all)
    func ended(_ store: TestStore, _ way: Way) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let session = try #require(try await office.session(try await office.enter().secret))
            #expect(try await told(office).isEmpty)
            let identity = office.identity
            #expect(try await office.database.read { try identity.stands(session.id, in: $0) })
            try await way.end(office, session.id, session.user)
            #expect(try await !office.database.read { try identity.stands(session.id, in: $0) })
            #expect(try await told(office) == [["session": .string(session.id.rawValue)]])
            // It ends once.
            try await office.run("user.end-sessions", "mara")
            let own = try await told(office).filter { $0["session"] == .string(session.id.rawValue) }
            #expect(own.count == 1)
        }
    }

    @Test("word is left of a new password", arguments: TestStore.allCases)
    func passwordWord(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let words = try await office.database.read { try Outbox.waiting(.passwordSet, most: 100, in: $0) }
            #expect(words.map { $0.payload["name"] } == ["mara"])
        }
    }

    @Test("word is left of a second factor by its first right code", arguments: TestStore.allCases)
    func secondFactorWord(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let (identity, mara) = (office.identity, try await office.id())
            let app = Authenticator(
                typed: try await identity.beginSecondFactor(of: mara, by: office.time.cause()).secret)
            #expect(try await !office.database.read { try identity.hasSecondFactor(mara, in: $0) })
            #expect(try await secondFactors(office).isEmpty)
            _ = try await identity.confirmSecondFactor(
                of: mara, code: app.code(at: office.time.now), by: office.time.cause())
            #expect(try await office.database.read { try identity.hasSecondFactor(mara, in: $0) })
            #expect(try await secondFactors(office) == [["user": .string(mara.rawValue), "name": "mara"]])
        }
    }

    private func secondFactors(_ office: Office) async throws -> [JSON] {
        try await office.database.read { try Outbox.waiting(.secondFactorSet, most: 100, in: $0).map(\.payload) }
    }

    private func told(_ office: Office) async throws -> [JSON] {
        try await office.database.read { try Outbox.waiting(.sessionEnded, most: 100, in: $0).map(\.payload) }
    }
}
