import Core
import Foundation
import Identity
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Proving a connection, against the sandbox over HTTP") struct ConnectionVerifyTests {
    private static let three = ["okta.users.read", "okta.users.manage", "okta.groups.read"]
    private static let actions = ["users_stream", "suspend_user", "groups_stream"]
    private static let administrator: JSON = ["administrator_token": .string(OktaTenant.administratorToken)]

    private func ready(_ test: TestHub) async throws -> OktaTenant {
        let tenant = try await OktaTenant.make(
            test, granted: Self.three, configured: Self.three, actions: Self.actions)
        try await test.post("/users", ["name": .string(OktaTenant.account), "web_service_only": true])
        try await tenant.consent()
        // A token that is only just there is not fetched anew.
        test.clock.advance(seconds: 120)
        return tenant
    }

    @Test(
        "cleaned up: everything is proved with an administrator's token, and what the grant can't read is not green",
        arguments: TestStore.allCases)
    func clean(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let tenant = try await ready(test)
            let own = try await tenant.verify()
            let verdicts = OktaTenant.verdicts(own)
            #expect(own["verdict"] == "not_readable")
            for check in ["no_administrator", "nobody_else_assigned", "assigned_alone", "scopes_agree"] {
                #expect(verdicts[check] == "not_readable", "\(check): \(own)")
            }
            for check in [
                "token_owner", "web_service_only", "no_temporary_role", "scopes_held", "functions_tested",
                "refresh_tested",
            ] {
                #expect(verdicts[check] == "proved", "\(check): \(own)")
            }
            test.clock.advance(seconds: 120)
            let full = try await tenant.verify(Self.administrator)
            #expect(full["verdict"] == "proved" && full["refuted"]?.int == 0, "\(full)")
            // The ten above, and when the refresh token ends.
            #expect(full["checks"]?.array?.count == 11)
            try await test.settle()
            let events = try await test.admin.call("GET", "/audit-events?action=connection.verified")["items"]?.array
            #expect(events?.count == 2)
            #expect(events?.first?.value(at: "/details/mode")?.string == "administrator_token")
        }
    }

    @Test("left as the seed warns: each thing on the list is refuted, and each person has a way to be removed")
    func dirty() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await ready(test)
            try await tenant.assign(try await tenant.mara())
            try await tenant.ask("POST", "/api/v1/users/\(tenant.accountID)/roles", ["type": "USER_ADMIN"])
            try await tenant.grant("okta.apps.manage")
            _ = try await test.admin.call("PATCH", "/users/\(OktaTenant.account)", ["web_service_only": false])
            try await test.grant("auditor", to: OktaTenant.account)
            try await test.post("/connections/okta/enable-action", ["action": "logs_stream"])
            let found = try await tenant.verify(Self.administrator)
            let verdicts = OktaTenant.verdicts(found)
            for check in [
                "no_administrator", "web_service_only", "no_temporary_role", "nobody_else_assigned", "assigned_alone",
                "scopes_agree", "scopes_held", "functions_tested",
            ] {
                #expect(verdicts[check] == "refuted", "\(check): \(found)")
            }
            #expect(verdicts["token_owner"] == "proved" && verdicts["refresh_tested"] == "proved")
            let check = found["checks"]?.array?.first { $0["check"] == "nobody_else_assigned" }
            let item = check?["items"]?.array?.first
            #expect(item?["says"] == "mara.lindqvist@acme.example")
            #expect(item?["next"]?.string?.contains("DELETE /api/v1/apps/\(tenant.appID)/users/") == true, "\(found)")
        }
    }

    @Test("a set-up session: the role is there until it ends, by hand or by time; then it is gone and the flag is set")
    func setUp() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await ready(test)
            let begun = try await test.post("/connections/okta/begin-set-up", [:])
            #expect(begun["account"] == .string(OktaTenant.account) && begun["role"] == "credential_admin")
            let during = try await tenant.verify(["refresh": false])
            #expect(OktaTenant.verdicts(during)["no_temporary_role"] == "refuted")
            #expect(OktaTenant.verdicts(during)["web_service_only"] == "refuted")
            #expect(OktaTenant.verdicts(during)["refresh_tested"] == "not_readable")
            await #expect(throws: HubError.self) { try await test.post("/connections/okta/begin-set-up", [:]) }
            try await test.post("/connections/okta/end-set-up", [:])
            let after = try await tenant.verify(["refresh": false])
            #expect(OktaTenant.verdicts(after)["no_temporary_role"] == "proved", "\(after)")
            #expect(OktaTenant.verdicts(after)["web_service_only"] == "proved")
            try await test.post("/connections/okta/begin-set-up", [:])
            test.clock.advance(seconds: 3_601)
            // The hub's own loop may have been quicker.
            try await test.hub.parts.identity.endSetUps(at: test.clock.now)
            let user = try await test.admin.call("GET", "/users/\(OktaTenant.account)")
            #expect(user["web_service_only"] == true && user["roles"] == [], "\(user)")
        }
    }

    @Test("the administrator's token is in no file, no log and no answer, and the report is what was signed")
    func tokenAndReport() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await ready(test)
            let canary = "00canaryAdm1nT0kenZq7"
            // A wrong one: the sandbox refuses it, and it must be found nowhere all the same.
            let refused = try await tenant.verify(["administrator_token": .string("SSWS " + canary)])
            #expect(OktaTenant.verdicts(refused)["no_administrator"] == "not_readable")
            let answer = try await tenant.verify(["refresh": false])
            try await test.settle()
            for file in try FolderScan.files(test.folder) {
                #expect(Canaries(named: [("token", canary)]).found(in: file.data) == [], "\(file.name)")
            }
            #expect(!test.logged.all.joined().contains(canary))
            #expect(!refused.text().contains(canary))

            let verified = try await test.post("/audit-events/verify", [:])
            let key = try #require(verified["key"]?.string)
            let kept = try KeptReport.verify(Array(answer.text(sorted: true).utf8), key: key)
            #expect(kept["intact"] == true && kept["connection"] == "okta")
            var forged = try #require(answer.object)
            forged["refuted"] = 0
            forged["verdict"] = "proved"
            let broken = try KeptReport.verify(JSON.object(forged).bytes, key: key)
            #expect(broken["intact"] == false && broken["reason"] == "altered")
        }
    }

    @Test("each credential that calls may use is judged by itself, and named; what is about all of them is asked once")
    func several() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await ready(test)
            try await test.post("/credentials", .object(TestHub.key()))
            try await test.post("/connections/okta/add-credential", ["credential": "key"])
            let answer = try await tenant.verify()
            #expect(answer["credentials"] == ["okta-app", "key"], "\(answer)")
            let checks = answer["checks"]?.array ?? []
            let of = { (name: String) in checks.filter { $0["credential"]?.string == name } }
            let verdict = { (name: String, check: String) in
                of(name).first { $0["check"]?.string == check }?["verdict"]
            }
            #expect(of("okta-app").count + of("key").count == checks.count)
            #expect(verdict("okta-app", "token_owner") == "proved" && verdict("key", "token_owner") == "not_readable")
            #expect(verdict("key", "functions_tested") == "proved")
            #expect(checks.count { $0["check"] == "keys_last" } == 1)
        }
    }

    @Test("by API key: what a key does not say is not readable, and a key whose end nobody stated is not green")
    func byKey() async throws {
        try await TestHub.with(sandbox: true) { test in
            try await test.connectOkta(actions: ["users_stream"])
            let answer = try await test.post("/connections/okta/verify", [:])
            let verdicts = OktaTenant.verdicts(answer)
            #expect(verdicts["token_owner"] == "not_readable" && verdicts["keys_last"] == "not_readable")
            #expect(verdicts["functions_tested"] == "proved" && verdicts["refresh_tested"] == nil, "\(answer)")
            let soon = test.clock.now.adding(seconds: 86_400).rfc3339
            _ = try await test.admin.call("PATCH", "/credentials/key", ["expires_at": .string(soon)])
            let later = try await test.post("/connections/okta/verify", [:])
            #expect(OktaTenant.verdicts(later)["keys_last"] == "refuted")
        }
    }
}
