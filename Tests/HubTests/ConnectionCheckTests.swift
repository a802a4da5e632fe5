import Core
import Identity
import Spokes
import Testing

@testable import Hub
@testable import Vault

@Suite("Checks of a connection, judged from facts") struct ConnectionCheckTests {
    private static let now = Timestamp(epochSeconds: 1_800_000_000)
    private static let account = "svc@acme.example"

    private static func facts(
        owner: String? = account, declared: String? = account, user: AccountFacts? = nil,
        refresh: ProvingFacts.RefreshTrial = .notTried, readings: [ProviderFact: FactReading] = [:],
        probes: [ProbeOutcome] = [], expiresAt: Timestamp? = nil, isKey: Bool = false, consents: Bool = true,
        speaksFor: String? = nil, look: TokenLook? = nil
    ) -> ProvingFacts {
        let oauth = CredentialFacts.OAuth(
            clientID: "0oa1", needsConsent: consents, wanted: ["users.read"], offlineScope: "offline_access",
            carried: ["users.read"], state: "held", generation: 1, expectedOwner: declared, owner: owner, refusal: nil,
            refreshEnd: nil, speaksFor: speaksFor)
        let credential = CredentialFacts(
            name: "app", kind: isKey ? "api_key" : "oauth", expiresAt: expiresAt, unusable: nil,
            oauth: isKey ? nil : oauth)
        var facts = ProvingFacts(
            connection: ConnectionFacts(
                id: "1", name: "okta", spoke: "okta", url: "https://acme.example", actions: ["lookup"],
                resources: [], aliases: [], credentialKinds: [credential.kind]),
            credentials: [credential], subject: credential,
            rules: ScopeRules(
                byAction: ["lookup": ["users.read"]], rolesByAction: ["lookup": ["REPORT_ADMIN"]], implied: [:],
                grantable: nil),
            usedByFlows: [], account: user, setUp: nil, now: now)
        facts.refresh = refresh
        facts.readings = readings
        facts.probes = probes
        facts.look = look
        return facts
    }

    private static func user(
        isOnly: Bool = true, roles: [String] = [], temporary: [AccountFacts.Temporary] = []
    ) -> AccountFacts {
        AccountFacts(name: account, isWebServiceOnly: isOnly, roles: roles, temporary: temporary)
    }

    private static let lacking = FactReading.notReadable(
        reason: "scope_missing", says: "The token does not hold it.", scopes: ["okta.roles.read"])

    /// Facts, a check, and its verdict.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let check: String
        let verdict: Judgement.Verdict
        let facts: ProvingFacts
        init(_ name: String, _ check: String, _ verdict: Judgement.Verdict, _ facts: ProvingFacts) {
            (self.name, self.check, self.verdict, self.facts) = (name, check, verdict, facts)
        }
        var testDescription: String { "\(check): \(name)" }
    }

    static let rows: [Row] = [
        Row("as declared, whatever the case", "token_owner", .proved, facts(owner: "SVC@acme.example")),
        Row("somebody else", "token_owner", .refuted, facts(owner: "boss@acme.example")),
        Row("nobody declared", "token_owner", .refuted, facts(declared: nil)),
        Row("the provider does not say", "token_owner", .notReadable, facts(owner: nil)),
        Row("an API key", "token_owner", .notReadable, facts(isKey: true)),
        Row("void", "token_owner", .refuted, facts(look: TokenLook(.inactive, clockAhead: nil))),
        Row(
            "the provider says another one now", "token_owner", .refuted,
            facts(look: TokenLook(.active(scopes: nil, owner: "boss@acme.example"), clockAhead: nil))),
        Row(
            "roles of one's own only", "no_administrator", .proved,
            facts(readings: [.accountRoles: .read([["type": "CUSTOM", "name": "Linchpin"]])])),
        Row(
            "a standard role that an action needs", "no_administrator", .proved,
            facts(readings: [.accountRoles: .read([["type": "REPORT_ADMIN"]])])),
        Row(
            "a standard role that none needs", "no_administrator", .refuted,
            facts(readings: [.accountRoles: .read([["type": "SUPER_ADMIN"]])])),
        Row("unread", "no_administrator", .notReadable, facts(readings: [.accountRoles: lacking])),
        Row("set", "web_service_only", .proved, facts(user: user())),
        Row("not set", "web_service_only", .refuted, facts(user: user(isOnly: false))),
        Row("nobody of that name", "web_service_only", .notReadable, facts()),
        Row("nothing left", "no_temporary_role", .proved, facts(user: user(roles: ["hr_reader"]))),
        Row("an administrative role for good", "no_temporary_role", .refuted, facts(user: user(roles: ["auditor"]))),
        Row(
            "one that ends", "no_temporary_role", .refuted,
            facts(user: user(temporary: [.init(role: "hr_reader", until: now.adding(seconds: 60))]))),
        Row(
            "alone", "assigned_alone", .proved,
            facts(readings: [.assignedPeople: .read([["id": "1", "name": account]]), .assignedGroups: .read([])])),
        Row(
            "a group, though the people can't be read", "assigned_alone", .refuted,
            facts(readings: [.assignedPeople: lacking, .assignedGroups: .read([["id": "g"]])])),
        Row(
            "the groups can't be read", "assigned_alone", .notReadable,
            facts(readings: [.assignedPeople: .read([["id": "1", "name": account]]), .assignedGroups: lacking])),
        Row(
            "nobody at all", "assigned_alone", .refuted,
            facts(readings: [.assignedPeople: .read([]), .assignedGroups: .read([])])),
        Row("one answers", "functions_tested", .proved, facts(probes: [probe(nil)])),
        Row(
            "one is refused", "functions_tested", .refuted,
            facts(probes: [probe(nil), probe("not_permitted", .refuses), probe("circuit_open", .passes(until: now))])),
        Row(
            "an outage", "functions_tested", .notReadable,
            facts(probes: [probe(nil), probe("provider_unavailable", .passes(until: nil))])),
        Row(
            "outside what was chosen", "functions_tested", .notReadable,
            facts(probes: [probe(nil), probe("not_permitted", .tellsNothing)])),
        Row(
            "nothing to try with", "functions_tested", .notReadable,
            facts(probes: [
                ProbeOutcome(family: "users", action: nil, reason: "no_reading_action", says: "", .tellsNothing)
            ])),
        Row("nothing enabled", "functions_tested", .notReadable, facts()),
        Row("not tried", "refresh_tested", .notReadable, facts()),
        Row("just fetched", "refresh_tested", .notReadable, facts(refresh: .tooFresh)),
        Row(
            "the provider is away", "refresh_tested", .notReadable,
            facts(refresh: .putOff(says: "The provider is out of order."))),
        Row("fetched", "refresh_tested", .proved, facts(refresh: .done(generation: 2))),
        Row("refused", "refresh_tested", .refuted, facts(refresh: .failed(reason: "grant_dead", says: "It ended."))),
        Row("unstated", "keys_last", .notReadable, facts(isKey: true)),
        Row("soon", "keys_last", .refuted, facts(expiresAt: now.adding(seconds: 86_400), isKey: true)),
        Row("late", "keys_last", .proved, facts(expiresAt: now.adding(seconds: 90 * 86_400), isKey: true)),
    ]

    private static func probe(_ reason: String?, _ meaning: ProbeOutcome.Meaning = .answers) -> ProbeOutcome {
        ProbeOutcome(family: "users", action: "lookup", reason: reason, says: "It says so.", meaning)
    }

    @Test("each row has its verdict, and whatever is not proved has one next step", arguments: rows)
    func judged(_ row: Row) throws {
        let check = try #require(ConnectionCheck.all.first { $0.key == row.check })
        #expect(check.applies(row.facts))
        let judgement = check.judge(row.facts)
        #expect(judgement.verdict == row.verdict, "\(judgement)")
        #expect((judgement.next == nil) == (judgement.verdict == .proved), "\(judgement)")
        #expect(!judgement.evidence.isEmpty)
    }

    @Test("one is said as one, and what is proved names no step that would break it")
    func words() {
        let one = ConnectionCheck.functionsTested.judge(Self.facts(probes: [Self.probe(nil)]))
        #expect(one.evidence == "1 family of 1 answers.")
        let two = ConnectionCheck.functionsTested.judge(Self.facts(probes: [Self.probe(nil), Self.probe(nil)]))
        #expect(two.evidence == "2 families of 2 answer.")
        let others = Self.facts(readings: [.assignedPeople: .read([["id": "1", "name": "mara@acme.example"]])])
        #expect(ConnectionCheck.nobodyElseAssigned.judge(others).evidence == "1 other person has it.")
        let role = ["type": "CUSTOM", "name": "Linchpin", "removal": "remove the role"]
        let own = ConnectionCheck.noAdministrator.judge(Self.facts(readings: [.accountRoles: .read([role])]))
        #expect(own.verdict == .proved && own.items == [.init(says: "Linchpin")], "\(own)")
    }

    @Test("when nothing could be sent, the check says why and until when")
    func blocked() {
        var facts = Self.facts()
        facts.blocked = "Nothing is sent before 2027-01-15T08:00:00Z."
        let blocked = ConnectionCheck.functionsTested.judge(facts)
        #expect(blocked.verdict == .notReadable && blocked.evidence.hasSuffix("before 2027-01-15T08:00:00Z."))
        facts.blocked = nil
        facts.hasProbes = false
        #expect(
            ConnectionCheck.functionsTested.judge(facts).evidence
                == "Nothing was tried: the file of spoke okta names no action to try.")
        let late = ConnectionCheck.functionsTested.judge(
            Self.facts(probes: [Self.probe("circuit_open", .passes(until: Self.now))]))
        #expect(late.next?.contains(Self.now.rfc3339) == true)
    }

    @Test("a client that acts for itself: what is about an account does not apply, and no step asks for a consent")
    func actsForItself() {
        let facts = Self.facts(
            owner: nil, declared: nil,
            readings: Dictionary(uniqueKeysWithValues: ProviderFact.allCases.map { ($0, Self.lacking) }),
            consents: false)
        let judged = ConnectionCheck.judge(facts)
        let idle = judged.filter { $0.judgement.verdict == .doesNotApply }
        #expect(
            idle.map(\.check.key) == [
                "token_owner", "no_administrator", "web_service_only", "no_temporary_role", "nobody_else_assigned",
                "assigned_alone",
            ])
        #expect(idle.allSatisfy { $0.judgement.next == nil })
        #expect(ConnectionVerify.verdict([.doesNotApply, .proved("Yes.")]) == .proved)
        #expect(Sighting.all(facts).map(\.change.code) == [])
        #expect(
            ProviderChange.named("token_void")?.next(for: facts)
                == "Look at the account at the provider, then fetch a new token: linchpin credential refresh app.")
    }

    @Test("where an assertion speaks for an account, the checks of the account apply, though nobody consents")
    func assertion() {
        let facts = Self.facts(
            owner: nil, declared: nil,
            readings: Dictionary(uniqueKeysWithValues: ProviderFact.allCases.map { ($0, Self.lacking) }),
            consents: false, speaksFor: "boss@acme.example")
        let judged = ConnectionCheck.judge(facts)
        #expect(!judged.contains { $0.judgement.verdict == .doesNotApply })
        #expect(Set(judged.map(\.check.key)).isSuperset(of: ["token_owner", "no_administrator", "web_service_only"]))
        #expect(ConnectionVerify.verdict(judged.map(\.judgement)) == .refuted, "no account is declared")
    }

    @Test("where nothing at all can be read, nothing about the provider is proved")
    func nothingReadable() {
        let facts = Self.facts(
            owner: nil,
            readings: Dictionary(uniqueKeysWithValues: ProviderFact.allCases.map { ($0, Self.lacking) }))
        let proved = ConnectionCheck.judge(facts).filter { $0.judgement.verdict == .proved }.map(\.check.key)
        // The scopes that the hub was granted are its own knowledge.
        #expect(proved == ["scopes_held"])
        #expect(Sighting.all(facts).map(\.change.code) == [])
    }

    @Test("clocks that differ by more than a minute, either way", arguments: [(60, false), (61, true), (-61, true)])
    func clocks(_ ahead: Int64, _ isSeen: Bool) {
        let facts = Self.facts(look: TokenLook(.active(scopes: nil, owner: nil), clockAhead: ahead))
        #expect(Sighting.all(facts).map(\.change.code) == (isSeen ? ["provider_clock"] : []))
    }
}
