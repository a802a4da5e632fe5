import Core
import Identity
import Ports
import Storage
import TestSupport
import Testing

struct PasswordTests {
    @Test(arguments: TestStore.allCases) func rightWrongUnknown(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.user("no-password")
            let set = try await office.events {
                let shown = try await office.run("user.set-password", "mara", ["password": .string(goodPassword)])
                #expect(shown["has_password"] == true)
                #expect(shown["password"] == nil)
            }
            #expect(set == ["user.password_set user mara"])
            let recorded = try await office.events {
                let right = try await office.signIn("mara", goodPassword)
                let facts = try await office.identity.user("mara", at: office.time.now)
                #expect(right == facts.map(SignIn.accepted))
                for (name, password) in [
                    ("mara", "wrong horse battery"), ("mara", ""), ("MARA", goodPassword),
                    ("stranger", goodPassword), ("no-password", goodPassword),
                ] {
                    let answer = try await office.signIn(name, password)
                    #expect(answer == .refused, "\(name) \(password)")
                }
            }
            #expect(
                recorded == [
                    "user.signed_in user mara", "user.sign_in_refused user mara", "user.sign_in_refused user -",
                    "user.sign_in_refused user no-password",
                ])
            let written = try await office.everythingWritten()
            for secret in [goodPassword, "scrypt", "wrong horse", "stranger"] { #expect(!written.contains(secret)) }
        }
    }

    @Test(arguments: TestStore.allCases) func fiveWrongOnesLockForAWhile(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.identity.createAdmin(
                name: "root", password: Secret(goodPassword), by: office.time.cause())
            for _ in 0..<4 { _ = try await office.signIn("root", "wrong password") }
            let reset = try await office.signIn("root", goodPassword)
            #expect(reset.isAccepted, "four do not lock, and a right one starts anew")
            for _ in 0..<4 { _ = try await office.signIn("root", "wrong password") }
            let recorded = try await office.events { _ = try await office.signIn("root", "wrong password") }
            #expect(recorded == ["user.sign_in_refused user root", "user.locked_out user root"])
            let locked = try await office.signIn("root", goodPassword)
            #expect(locked == .refused)
            let facts = try await office.identity.user("root", at: office.time.now)
            #expect(facts?.isLocked == false, "what was proved before lives on")
            _ = try await office.signIn("root", "wrong password")
            office.time.advance(seconds: Int64(Limits.signInLockSeconds.value) - 1)
            let stillLocked = try await office.signIn("root", goodPassword)
            #expect(stillLocked == .refused)
            office.time.advance(seconds: 1)
            let free = try await office.signIn("root", goodPassword)
            #expect(free.isAccepted)
        }
    }

    @Test("what anybody can bring about is in the audit trail once a minute", arguments: TestStore.allCases)
    func strangersFillNothing(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("user.set-password", "mara", ["password": .string(goodPassword)])
            for _ in 0..<Limits.signInFailures.value { _ = try await office.signIn("mara", "wrong password") }
            for _ in 0..<2 {
                let recorded = try await office.events {
                    for number in 0..<4 {
                        _ = try await office.signIn("stranger-\(number)", "wrong password")
                        _ = try await office.signIn("mara", "wrong password")
                        _ = try await office.redeem(Secret("lpsl_\(number)"), from: "192.0.2.\(number)")
                    }
                }
                #expect(
                    recorded == [
                        "user.sign_in_refused user -", "user.sign_in_refused user mara", "user.sign_in_refused user -",
                    ])
                office.time.advance(seconds: 60)
            }
        }
    }

    @Test(arguments: TestStore.allCases) func anAdministratorEndsALock(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("user.set-password", "mara", ["password": .string(goodPassword)])
            for way in 0..<2 {
                for _ in 0..<5 { _ = try await office.signIn("mara", "wrong password") }
                let locked = try await office.signIn("mara", goodPassword)
                #expect(locked == .refused)
                if way == 0 {
                    try await office.run("user.update", "mara", ["locked": false])
                } else {
                    try await office.run("user.set-password", "mara", ["password": .string(goodPassword)])
                }
                let free = try await office.signIn("mara", goodPassword)
                #expect(free.isAccepted)
            }
        }
    }

    @Test(arguments: TestStore.allCases) func lockedAndInactiveUsersAreRefused(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("mara")
            try await office.run("user.set-password", "mara", ["password": .string(goodPassword)])
            let states: [JSONObject] = [["locked": true], ["locked": false, "active": false]]
            for state in states {
                try await office.run("user.update", "mara", state)
                let answer = try await office.signIn("mara", goodPassword)
                #expect(answer == .refused)
            }
            try await office.run("user.update", "mara", ["active": true])
            let answer = try await office.signIn("mara", goodPassword)
            #expect(answer.isAccepted)
        }
    }

    @Test(arguments: [
        ("elevenchars", "password_too_short"), ("éééééééééé", "password_too_short"), ("x", "password_too_short"),
        (String(repeating: "x", count: 1_025), "bad_field"), ("", "bad_field"),
    ])
    func badPasswords(_ password: String, _ expected: String) async throws {
        try await Office.open(.sqlite) { office in
            try await office.user("mara")
            let reason = try await office.refusal("user.set-password", "mara", ["password": .string(password)])
            #expect(reason == expected)
            let shown = try await office.run("user.get", "mara")
            #expect(shown["has_password"] == false)
        }
    }
}

struct CreateAdminTests {
    @Test(arguments: TestStore.allCases) func makesOneWithoutAHub(_ store: TestStore) async throws {
        try await Office.open(store, prepared: false) { office in
            let recorded = try await office.events {
                try await office.identity.createAdmin(
                    name: "root", password: Secret(goodPassword), by: office.time.cause())
            }
            #expect(
                recorded.suffix(4) == [
                    "configuration.created user root", "user.password_set user root",
                    "configuration.created role-grant admin to user root", "role.granted user root",
                ])
            let roles = try await office.roles("root")
            #expect(roles == Set(AdminRole.allCases.map(\.rawValue)))
            let answer = try await office.signIn("root", goodPassword)
            #expect(answer.isAccepted)
            let written = try await office.everythingWritten()
            #expect(!written.contains(goodPassword) && !written.contains("scrypt"))
        }
    }

    @Test(arguments: [("root", goodPassword, "name_taken"), ("other", "short", "password_too_short")])
    func refusesAndLeavesNothing(_ name: String, _ password: String, _ expected: String) async throws {
        try await Office.open(.sqlite) { office in
            let identity = office.identity
            try await identity.createAdmin(name: "root", password: Secret(goodPassword), by: office.time.cause())
            let before = try await office.events()
            let error = await #expect(throws: HubError.self) {
                try await identity.createAdmin(name: name, password: Secret(password), by: office.time.cause())
            }
            #expect(error?.reason == expected)
            let after = try await office.events()
            #expect(after == before)
        }
    }
}
