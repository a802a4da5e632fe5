import Core
import Foundation
import Outbound
import Ports
import Storage
import TestSupport
import Testing
import Vault

@testable import Hub

@Suite("Drift of a connection, against the sandbox over HTTP") struct ConnectionDriftTests {
    private static let three = ["okta.users.read", "okta.users.manage", "okta.groups.read"]
    private static let actions = ["users_stream", "suspend_user", "groups_stream"]

    private func column(_ answer: JSON, _ scope: String, _ column: String) -> String? {
        let rows = answer.value(at: "/columns/scopes")?.array ?? []
        return rows.first { $0["scope"]?.string == scope }?[column]?.string
    }

    @Test(
        "the first seed: nine configured, three granted; flagged before the hour is over, and the refresh succeeds",
        arguments: TestStore.allCases)
    func firstSeed(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: OktaTenant.nine, actions: Self.actions)
            try await tenant.consent()
            let watch = DriftWatch(test.hub.parts)
            try await watch.tick()

            let finding = "configured_scope_not_carried"
            let seen = try await tenant.drift(["look": false])
            #expect(OktaTenant.codes(seen).contains(finding), "\(seen)")
            #expect(column(seen, "okta.logs.read", "configured_here") == "yes")
            #expect(column(seen, "okta.logs.read", "carried_by_the_token") == "no")
            #expect(column(seen, "okta.logs.read", "granted_at_the_provider") == "not_readable")
            #expect(column(seen, "okta.users.read", "carried_by_the_token") == "yes")
            try await test.settle()
            let alerts =
                try await test.admin.call("GET", "/audit-events?action=connection.drifted")["items"]?.array ?? []
            #expect(alerts.contains { $0.value(at: "/details/reason")?.string == finding }, "\(alerts)")

            // The hour ends: what the vendor's template could not do.
            test.clock.advance(seconds: 57 * 60)
            try await test.hub.parts.custodian.tick()
            let grant = try await test.admin.call("POST", "/credentials/okta-app/grant", [:])
            #expect(grant["generation"]?.int == 2 && grant["state"] == "held" && grant["refusal"] == .null, "\(grant)")

            // An administrator's token makes the last column readable, for this run.
            let full = try await tenant.drift(["administrator_token": .string(OktaTenant.administratorToken)])
            #expect(column(full, "okta.logs.read", "granted_at_the_provider") == "no", "\(full)")
            #expect(column(full, "okta.users.read", "granted_at_the_provider") == "yes")
            #expect(OktaTenant.codes(full).contains("configured_scope_not_granted"))
            let after = try await tenant.drift()
            #expect(column(after, "okta.users.read", "granted_at_the_provider") == "not_readable")
        }
    }

    /// A change that somebody makes at the provider, and the code that it must have.
    struct Fault: Sendable, CustomTestStringConvertible {
        let code: String
        var isAdministrators = false
        let make: @Sendable (OktaTenant) async throws -> Void
        var testDescription: String { code }
    }

    static let faults: [Fault] = [
        Fault(code: "carried_scope_not_granted", isAdministrators: true) { try await $0.withdraw("okta.groups.read") },
        Fault(code: "granted_scope_not_configured", isAdministrators: true) { try await $0.grant("okta.apps.read") },
        Fault(code: "token_void") { tenant in
            try await tenant.order(["fault": "deactivate_user", "user": .string(tenant.accountID)])
        },
        Fault(code: "account_switched_off", isAdministrators: true) { tenant in
            try await tenant.ask("POST", "/api/v1/users/\(tenant.accountID)/lifecycle/suspend")
        },
        Fault(code: "client_refused") { tenant in
            try await tenant.order(["fault": "delete_app", "app": .string(tenant.appID)])
        },
        Fault(code: "app_switched_off", isAdministrators: true) { tenant in
            try await tenant.ask("POST", "/api/v1/apps/\(tenant.appID)/lifecycle/deactivate")
        },
        Fault(code: "rate_limited") { try await $0.order(["fault": "status", "status": 429, "path": "/oauth2"]) },
        Fault(code: "provider_unavailable") { tenant in
            try await tenant.order(["fault": "html", "status": 503, "path": "/oauth2"])
        },
        Fault(code: "server_error") { try await $0.order(["fault": "status", "status": 500, "path": "/oauth2"]) },
        Fault(code: "answer_broken") { try await $0.order(["fault": "drop", "path": "/oauth2"]) },
        Fault(code: "people_assigned", isAdministrators: true) { try await $0.assign(try await $0.mara()) },
        Fault(code: "groups_assigned", isAdministrators: true) { tenant in
            try await tenant.ask("PUT", try await tenant.groupAssignment(), [:])
        },
        Fault(code: "account_not_assigned", isAdministrators: true) { tenant in
            try await tenant.ask("DELETE", "/api/v1/apps/\(tenant.appID)/users/\(tenant.accountID)")
        },
        Fault(code: "account_is_administrator", isAdministrators: true) { tenant in
            try await tenant.ask("POST", "/api/v1/users/\(tenant.accountID)/roles", ["type": "SUPER_ADMIN"])
        },
    ]

    @Test("each change at the provider has its code at the next look, and there is none before", arguments: faults)
    func changes(_ fault: Fault) async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: Self.three, actions: Self.actions)
            try await tenant.consent()
            let body: JSON =
                fault.isAdministrators ? ["administrator_token": .string(OktaTenant.administratorToken)] : [:]
            let before = OktaTenant.codes(try await tenant.drift(body))
            #expect(before == [])
            try await fault.make(tenant)
            let after = try await tenant.drift(body)
            #expect(OktaTenant.codes(after).contains(fault.code), "\(after)")
            for change in after["changes"]?.array ?? [] { #expect(change["next"]?.string?.isEmpty == false) }
        }
    }

    @Test("what an administrator's token shows is an event, once the hub's own look does not know it, and no finding")
    func administrators() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: Self.three, actions: Self.actions)
            try await tenant.consent()
            try await DriftWatch(test.hub.parts).tick()
            let plain = try await tenant.drift()
            #expect(plain.value(at: "/columns/not_read")?.texts?.contains("account_roles") == true, "\(plain)")
            try await tenant.grant("okta.apps.read")
            let found = try await tenant.drift(["administrator_token": .string(OktaTenant.administratorToken)])
            #expect(OktaTenant.codes(found).contains("granted_scope_not_configured"))
            #expect(found.value(at: "/columns/not_read") == [], "\(found)")
            try await test.settle()
            let events =
                try await test.admin.call("GET", "/audit-events?action=connection.drifted")["items"]?.array ?? []
            let own = events.first { $0.value(at: "/details/reason")?.string == "granted_scope_not_configured" }
            #expect(own?.value(at: "/details/mode")?.string == "administrator_token", "\(events)")
            let kept = try await tenant.drift(["look": false])
            #expect(!OktaTenant.codes(kept).contains("granted_scope_not_configured"))
        }
    }

    @Test("a key has no columns, and it is said so")
    func byKey() async throws {
        try await TestHub.with(sandbox: true) { test in
            try await test.connectOkta(actions: ["users_stream"])
            let answer = try await test.post("/connections/okta/drift", [:])
            #expect(answer.value(at: "/columns/scopes") == [] && answer.value(at: "/columns/not_readable") == [:])
            #expect(answer["says"]?.string?.contains("a key has no scopes") == true, "\(answer)")
        }
    }

    @Test("sixty looks over two days, refreshes among them, find nothing where nothing changed")
    func quiet() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: Self.three, actions: Self.actions)
            try await tenant.consent()
            let watch = DriftWatch(test.hub.parts)
            for _ in 0..<60 {
                test.clock.advance(seconds: 48 * 60)
                try await test.hub.parts.custodian.tick()
                try await watch.tick()
                let seen = try await tenant.drift(["look": false])
                #expect(seen["checked_at"] != .null)
                // The listener stamps its replies with the real clock, which this test leaves.
                #expect(OktaTenant.codes(seen).filter { $0 != "provider_clock" } == [], "\(seen)")
            }
            let grant = try await test.admin.call("POST", "/credentials/okta-app/grant", [:])
            #expect(grant["generation"]?.int ?? 0 > 30)
        }
    }

    @Test("an outage keeps what was found, alerts nothing, and is looked at again soon")
    func outage() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: OktaTenant.nine, actions: Self.actions)
            try await tenant.consent()
            let watch = DriftWatch(test.hub.parts)
            try await watch.tick()
            let before = try await tenant.drift(["look": false])
            test.clock.advance(seconds: Int64(Limits.driftSeconds.value))
            try await tenant.order(["fault": "status", "status": 503, "path": "/oauth2", "count": 5])
            try await watch.tick()
            let during = try await tenant.drift(["look": false])
            #expect(OktaTenant.codes(during) == OktaTenant.codes(before))
            #expect(during["checked_at"] == before["checked_at"])
        }
    }

    @Test("of two hubs one looks")
    func oneOfTwo() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: Self.three, actions: Self.actions)
            try await tenant.consent()
            let parts = test.hub.parts
            try await parts.database.write(.bookkeeping("another hub looks")) { writer in
                _ = try Lease.acquire("drift", holder: "other", at: test.clock.now, seconds: 600, in: writer)
            }
            #expect(try await DriftWatch(parts).tick() == 0)
            test.clock.advance(seconds: 601)
            #expect(try await DriftWatch(parts).tick() == 1)
        }
    }
}
