import Core
import Identity
import Storage
import TestSupport
import Testing

@Suite("Set-up sessions") struct SetUpTests {
    private func begin(
        _ office: Office, _ account: String = "svc", for purpose: String = "connection:1", seconds: Int64 = 600
    ) async throws -> SetUpSession {
        let ids = Identity.SetUpIDs(office.time.effects)
        let cause = office.time.cause()
        return try await office.database.write(.change) { writer in
            try Identity.beginSetUp(
                for: purpose, account: account, role: "credential_admin", until: cause.now.adding(seconds: seconds),
                ids,
                in: writer, by: cause)
        }
    }

    private func end(_ office: Office, for purpose: String = "connection:1") async throws {
        let cause = office.time.cause()
        _ = try await office.database.write(.change) { writer in
            try Identity.endSetUp(for: purpose, in: writer, by: cause)
        }
    }

    @Test(
        "the role and the console are there until it ends by hand, and both are gone then",
        arguments: TestStore.allCases)
    func byHand(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("svc", ["web_service_only": true])
            let begun = try await office.events { _ = try await begin(office) }
            #expect(begun.contains("role.granted user svc") && begun.contains("set_up.begun user svc"), "\(begun)")
            #expect(try await office.roles("svc") == ["credential_admin"])
            #expect(try await office.run("user.get", "svc")["web_service_only"] == false)
            let ended = try await office.events { try await end(office) }
            #expect(ended.contains("role.withdrawn user svc") && ended.contains("set_up.ended user svc"), "\(ended)")
            #expect(try await office.roles("svc") == [])
            #expect(try await office.run("user.get", "svc")["web_service_only"] == true)
            let again = await #expect(throws: HubError.self) { try await end(office) }
            #expect(again?.reason == "no_set_up")
        }
    }

    @Test("it ends at its time, once, and the role is not in force a moment longer", arguments: TestStore.allCases)
    func byTime(_ store: TestStore) async throws {
        try await Office.open(store) { office in
            try await office.user("svc", ["web_service_only": true])
            _ = try await begin(office)
            #expect(try await office.identity.endSetUps(at: office.time.now) == 0)
            office.time.advance(seconds: 600)
            #expect(try await office.roles("svc") == [])
            #expect(try await office.identity.endSetUps(at: office.time.now) == 1)
            #expect(try await office.identity.endSetUps(at: office.time.now) == 0)
            #expect(try await office.run("user.get", "svc")["web_service_only"] == true)
            let kept = try await office.database.read { try Identity.setUp(for: "connection:1", in: $0) }
            #expect(kept?.endedAt == office.time.now && kept?.acting == "test")
        }
    }

    @Test("an account that is deleted meanwhile, or a grant that somebody withdrew, keeps no session open")
    func gone() async throws {
        try await Office.open(.sqlite) { office in
            try await office.user("svc", ["web_service_only": true])
            _ = try await begin(office)
            let grants = try await office.run("role-grant.list", "", ["user": "svc"])
            try await office.run("role-grant.delete", grants["items"]?.array?.first?["id"]?.string ?? "-")
            try await office.run("user.update", "svc", ["active": false])
            try await office.run("user.delete", "svc")
            try await end(office)
        }
    }

    @Test(
        "what is refused changes nothing",
        arguments: [
            ("nobody", "unknown_user"), ("boss", "not_a_service_account"), ("off", "user_inactive"),
            ("svc", "set_up_open"),
        ])
    func refused(_ account: String, _ reason: String) async throws {
        try await Office.open(.sqlite) { office in
            try await office.user("boss")
            _ = try await office.grant("auditor", user: "boss")
            try await office.user("off", ["web_service_only": true])
            try await office.run("user.update", "off", ["active": false])
            try await office.user("svc", ["web_service_only": true])
            _ = try await begin(office)
            let before = try await office.events()
            let error = await #expect(throws: HubError.self) {
                _ = try await begin(office, account, for: "connection:2")
            }
            #expect(error?.reason == reason)
            #expect(try await office.events() == before)
        }
    }
}
