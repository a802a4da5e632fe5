import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

@testable import Hub

@Suite("A year of looks at one connection, against the sandbox over HTTP") struct DriftYearTests {
    private static let day: Int64 = 86_400
    private static let three = ["okta.users.read", "okta.users.manage", "okta.groups.read"]
    private static let actions = ["users_stream", "suspend_user", "groups_stream"]

    /// A change that somebody makes at the provider and takes back a quarter of an hour later.
    struct Incident: Sendable {
        let code: String
        /// Whether the connection's own grant does not reach to where it shows.
        var isHidden = false
        let make: @Sendable (OktaTenant) async throws -> Void
        let undo: @Sendable (OktaTenant) async throws -> Void
    }

    private static let incidents: [Incident] = [
        Incident(
            code: "carried_scope_not_granted", isHidden: true,
            make: { try await $0.withdraw("okta.groups.read") },
            undo: { try await $0.grant("okta.groups.read") }),
        Incident(
            code: "granted_scope_not_configured", isHidden: true,
            make: { try await $0.grant("okta.apps.read") },
            undo: { try await $0.withdraw("okta.apps.read") }),
        Incident(
            code: "people_assigned", isHidden: true,
            make: { try await $0.assign(try await $0.mara()) },
            undo: { try await $0.ask("DELETE", "/api/v1/apps/\($0.appID)/users/\(try await $0.mara())") }),
        Incident(
            code: "groups_assigned", isHidden: true,
            make: { try await $0.ask("PUT", try await $0.groupAssignment(), [:]) },
            undo: { try await $0.ask("DELETE", try await $0.groupAssignment()) }),
        Incident(
            code: "account_not_assigned", isHidden: true,
            make: { try await $0.ask("DELETE", "/api/v1/apps/\($0.appID)/users/\($0.accountID)") },
            undo: { try await $0.assign($0.accountID) }),
        Incident(
            code: "account_is_administrator", isHidden: true,
            make: { try await $0.ask("POST", "/api/v1/users/\($0.accountID)/roles", ["type": "SUPER_ADMIN"]) },
            undo: { tenant in
                let roles = try await tenant.ask("GET", "/api/v1/users/\(tenant.accountID)/roles").array ?? []
                let id = try #require(roles.first { $0["type"] == "SUPER_ADMIN" }?["id"]?.string)
                try await tenant.ask("DELETE", "/api/v1/users/\(tenant.accountID)/roles/\(id)")
            }),
        Incident(
            code: "provider_unavailable",
            make: { try await $0.order(["fault": "html", "status": 503, "path": "/oauth2"]) }, undo: { _ in }),
    ]

    /// Such as end the grant, since the hub renews what is refused: when they are undone, somebody consents anew.
    private static let endings: [Incident] = [
        Incident(
            code: "token_void",
            make: { try await $0.ask("POST", "/api/v1/users/\($0.accountID)/lifecycle/suspend") },
            undo: { try await $0.ask("POST", "/api/v1/users/\($0.accountID)/lifecycle/unsuspend") }),
        Incident(
            code: "client_refused",
            make: { try await $0.ask("POST", "/api/v1/apps/\($0.appID)/lifecycle/deactivate") },
            undo: { try await $0.ask("POST", "/api/v1/apps/\($0.appID)/lifecycle/activate") }),
    ]

    @Test("each change is sighted at the next look, nothing else ever is, and the token's end is told in time")
    func year() async throws {
        try await TestHub.with(sandbox: true) { test in
            let tenant = try await OktaTenant.make(
                test, granted: Self.three, configured: Self.three, actions: Self.actions)
            var year = Year(tenant)
            try await year.consent()
            let rows = try await year.rows()
            while year.passed < 365 * Self.day {
                try await year.quiet(seconds: Int64(12 + year.throwDice(30)) * 3_600)
                // A person consents anew some days after the warning, which comes fourteen days before the end.
                if year.warnedAt.map({ year.passed > $0 + 4 * Self.day }) ?? false { try await year.consent() }
                guard year.throwDice(8) == 0 else { continue }
                try await year.happens(Self.incidents[year.incidentCount % Self.incidents.count])
            }
            #expect(year.consents >= 4, "a sandbox's refresh token ends after 90 days")
            #expect(year.incidentCount >= Self.incidents.count, "\(year.incidentCount)")
            #expect(try await year.rows() == rows)
            let grant = try await test.post("/credentials/okta-app/grant", [:])
            #expect(grant["state"] == "held" && grant["generation"]?.int ?? 0 > 200, "\(grant)")
            for ending in Self.endings { try await year.happens(ending, thenConsents: true) }
            try await year.nobodyConsents()
        }
    }

    /// The tenant, the time, and what must be seen now.
    private struct Year {
        let tenant: OktaTenant
        let watch: DriftWatch
        var dice = SeededDice(seed: 365)
        var passed: Int64 = 0
        var consents = 0
        var incidentCount = 0
        /// When the present refresh token was given, and when its end was told first.
        var consentedAt: Int64 = 0
        var warnedAt: Int64?
        var test: TestHub { tenant.test }

        init(_ tenant: OktaTenant) {
            self.tenant = tenant
            watch = DriftWatch(tenant.test.hub.parts)
        }

        mutating func throwDice(_ sides: Int) -> Int { Int(dice.next() % UInt64(sides)) }

        mutating func consent() async throws {
            try await tenant.consent()
            (consents, consentedAt, warnedAt) = (consents + 1, passed, nil)
        }

        mutating func advance(_ seconds: Int64) {
            test.clock.advance(seconds: seconds)
            passed += seconds
        }

        /// Renews what is due. The hub's own loop may be at it already: then this waits for what that one began.
        private func renew() async throws {
            try await test.hub.parts.custodian.tick()
            await test.hub.parts.custodian.drain()
        }

        /// What the hub sees by itself, or with an administrator's token. The listener stamps its replies with the real
        /// clock, which this year leaves behind.
        func sighted(administrator: Bool = false) async throws -> (facts: ProvingFacts, codes: Set<String>) {
            let token = administrator ? Secret(OktaTenant.administratorToken) : nil
            let cause = Cause(.hub, at: test.clock.now, .new(test.clock.effects))
            let facts = try await FactGatherer(test.hub.parts).gather("okta", .init(administrator: token), cause)
            let sightings = Sighting.all(facts).filter { $0.change.code != "provider_clock" }
            for sighting in sightings { #expect(!sighting.change.next(for: facts).isEmpty) }
            return (facts, Set(sightings.map(\.change.code)))
        }

        /// Time passes, the hub renews and looks, and sees the refresh token's end or nothing at all.
        mutating func quiet(seconds: Int64) async throws {
            advance(seconds)
            try await renew()
            try await watch.tick()
            let kept = Set(OktaTenant.codes(try await tenant.drift(["look": false]))).subtracting(["provider_clock"])
            let left = 90 * day - (passed - consentedAt)
            // The real clock goes on as well, by seconds.
            if abs(left - 14 * day) > 600 {
                #expect(kept == (left < 14 * day ? ["refresh_token_ends"] : []), "\(left / day) days left: \(kept)")
            }
            if kept.contains("refresh_token_ends") { warnedAt = warnedAt ?? passed }
        }

        /// Somebody changes something; the look after one interval sees it, and the one after it was undone does not.
        mutating func happens(_ incident: Incident, thenConsents: Bool = false) async throws {
            let interval = Int64(Limits.driftSeconds.value)
            incidentCount += 1
            try await incident.make(tenant)
            advance(interval)
            let (facts, own) = try await sighted()
            if incident.isHidden {
                let verdicts = ConnectionCheck.judge(facts).reduce(into: [:]) {
                    $0[$1.check.key] = $1.judgement.verdict
                }
                for check in ["nobody_else_assigned", "assigned_alone", "no_administrator", "scopes_agree"] {
                    #expect(verdicts[check] == .notReadable, "\(incident.code): \(check)")
                }
                let full = try await sighted(administrator: true).codes
                #expect(full.contains(incident.code), "\(full)")
            } else {
                #expect(own.contains(incident.code), "\(incident.code): \(own)")
            }
            try await incident.undo(tenant)
            if thenConsents { try await consent() }
            advance(interval)
            let standing: Set<String> = warnedAt == nil ? [] : ["refresh_token_ends"]
            let after = try await sighted(administrator: true).codes
            #expect(after == standing, "after \(incident.code): \(after)")
        }

        /// How many rows there are of what a look or a renewal writes.
        func rows() async throws -> [Int64] {
            try await test.hub.parts.database.read { reader in
                [
                    try reader.row("SELECT COUNT(*) AS n FROM secret", [])?.int("n") ?? -1,
                    try reader.row("SELECT COUNT(*) AS n FROM outside_grant", [])?.int("n") ?? -1,
                    try reader.row("SELECT COUNT(*) AS n FROM refresh_intent", [])?.int("n") ?? -1,
                    try reader.row("SELECT COUNT(*) AS n FROM consent", [])?.int("n") ?? -1,
                ]
            }
        }

        /// The token that nobody renewed by a consent ends, after the warning, and then the renewal says so.
        mutating func nobodyConsents() async throws {
            try await consent()
            while passed - consentedAt < 89 * day { try await quiet(seconds: day) }
            #expect(warnedAt.map { $0 - consentedAt } ?? 0 >= 75 * day && warnedAt != nil)
            advance(2 * day)
            try await renew()
            let (facts, codes) = try await sighted()
            #expect(codes.contains("grant_revoked"), "\(codes)")
            #expect(facts.subject?.oauth?.state == "dead")
            let stands = ConnectionCheck.judge(facts).first { $0.check.key == "keys_last" }
            #expect(stands?.judgement.verdict == .refuted)
        }
    }
}
