import Core
import Identity
import Ports
import Storage
import TestSupport
import Testing

/// Passwords that clients bring (RFC 6749 §4.3.2).
struct ClientSignInTests {
    private static func answer(
        _ office: Office, _ name: String = "mara", _ password: String = goodPassword, from address: String = "192.0.2.1"
    ) async throws -> PasswordAnswer {
        try await office.identity.password(
            of: name, Secret(password), from: address, by: office.time.cause(Actor(.client, id: "c1", name: "old")))
    }

    @Test("a right one is the user's, a wrong one is counted and locks", arguments: TestStore.allCases)
    func locks(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            let facts = try #require(try await office.identity.user("mara", at: office.time.now))
            #expect(try await Self.answer(office) == .proved(facts))
            #expect(try await Self.answer(office, "nobody") == .refused)
            for number in 0..<Limits.signInFailures.value {
                #expect(try await Self.answer(office, "mara", "wrong", from: "192.0.2.\(number)") == .refused)
            }
            #expect(try await office.events().last == "user.locked_out user mara")
            #expect(try await Self.answer(office) == .refused, "locked")
            #expect(try await office.signIn("mara", goodPassword) == .refused, "everywhere")
        }
    }

    @Test(
        "too many refusals of a name or from an address slow down, and the console not", arguments: TestStore.allCases)
    func slowDown(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.hireMara()
            for number in 0..<Limits.signInsOfOneName.value {
                _ = try await Self.answer(office, "ghost", "wrong", from: "198.51.100.\(number)")
            }
            #expect(try await Self.answer(office, "ghost", "wrong", from: "203.0.113.1") == .tooMany)
            for number in 0..<Limits.signInsOfOneAddress.value {
                _ = try await Self.answer(office, "ghost-\(number)", "wrong")
            }
            #expect(try await Self.answer(office) == .tooMany)
            #expect(try await office.enter().word == "begun")
            office.time.advance(seconds: 60)
            let facts = try #require(try await office.identity.user("mara", at: office.time.now))
            #expect(try await Self.answer(office) == .proved(facts))
        }
    }

    @Test("who has a second factor, or must have one, is refused", arguments: TestStore.allCases)
    func secondFactor(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            _ = try await office.equipMara()
            let recorded = try await office.events {
                let answer = try await Self.answer(office)
                #expect(answer == .secondFactor)
            }
            #expect(recorded == ["user.sign_in_refused user mara"])
        }
        try await Office.open(store, rule: .everybody) { office in
            try await office.hireMara()
            #expect(try await Self.answer(office) == .secondFactor)
            // It never signs in to the console, where the rule asks.
            try await office.user("svc", ["web_service_only": true])
            try await office.run("user.set-password", "svc", ["password": .string(goodPassword)])
            let facts = try #require(try await office.identity.user("svc", at: office.time.now))
            #expect(try await Self.answer(office, "svc") == .proved(facts))
        }
    }

    @Test("a right password does not make up for wrong codes", arguments: TestStore.allCases)
    func nothingSettled(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            _ = try await office.equipMara()
            for _ in 0..<Limits.signInFailures.value - 1 { _ = try await Self.answer(office, "mara", "wrong") }
            #expect(try await Self.answer(office) == .secondFactor)
            _ = try await Self.answer(office, "mara", "wrong", from: "192.0.2.2")
            #expect(try await office.events().last == "user.locked_out user mara")
        }
    }
}
