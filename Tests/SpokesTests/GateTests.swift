import Core
import Ports
import Spokes
import Storage
import TestSupport
import Testing

struct GateRow: Sendable, CustomTestStringConvertible {
    let name: String
    var action = "okta.suspend_user"
    var input: JSONObject = ["user_id": "00u1"]
    var alias = "okta"
    var credentials = FakeCredentials()
    var active = ["okta", "jira"]
    var approval: Approval?
    let check: GateCheck
    let reason: String
    let says: String
    var testDescription: String { name }
}

private let gateRows = [
    GateRow(
        name: "not enabled", action: "okta.delete_user", check: .enabled, reason: "action_not_enabled",
        says: "connection okta-prod does not enable \"Delete User\". "
            + "Enable it: linchpin connection enable okta-prod delete_user, or remove the step."),
    GateRow(name: "unknown action", action: "okta.nope", check: .action, reason: "unknown_action", says: "okta.nope"),
    GateRow(name: "unknown spoke", action: "nope.nope", check: .action, reason: "unknown_action", says: "nope.nope"),
    GateRow(
        name: "spoke not activated", active: [], check: .spoke, reason: "spoke_inactive",
        says: "spoke okta is not activated, so its actions do not exist here. "
            + "Activate it: linchpin spoke activate okta."),
    GateRow(
        name: "not activated counts before the alias", alias: "x", active: [], check: .spoke, reason: "spoke_inactive",
        says: "okta"),
    GateRow(name: "unknown alias", alias: "x", check: .alias, reason: "alias_unknown", says: "no alias"),
    GateRow(
        name: "another spoke's connection", credentials: FakeCredentials(spoke: "jira"),
        check: .connection, reason: "spoke_mismatch", says: "is for spoke jira, not okta"),
    GateRow(
        name: "credential kind", credentials: FakeCredentials(kind: "basic"), check: .credential,
        reason: "credential_kind_refused",
        says: "takes: api_key"),
    GateRow(
        name: "scope", credentials: FakeCredentials(kind: "oauth", scopes: ["okta.users.read", "okta.groups.manage"]),
        check: .scope, reason: "scope_missing",
        says: "needs the scope okta.users.manage, which credential okta-key does not hold"),
    GateRow(name: "missing input", input: [:], check: .input, reason: "input_invalid", says: "needs input \"user_id\""),
    GateRow(
        name: "unknown input", input: ["user_id": "1", "x": "1"], check: .input, reason: "input_invalid",
        says: "no input \"x\""),
    GateRow(name: "null", input: ["user_id": nil], check: .input, reason: "input_invalid", says: "must be text"),
    GateRow(name: "number", input: ["user_id": 1], check: .input, reason: "input_invalid", says: "must be text"),
    GateRow(name: "empty", input: ["user_id": ""], check: .input, reason: "input_invalid", says: "1 to 100"),
    GateRow(name: "me", input: ["user_id": "me"], check: .input, reason: "input_invalid", says: "not me"),
    GateRow(name: "ME", input: ["user_id": "ME"], check: .input, reason: "input_invalid", says: "not me"),
    GateRow(
        name: "me as login", action: "okta.lookup_user", input: ["login": "me"], check: .input, reason: "input_invalid",
        says: "not me"),
    GateRow(
        name: "slash in a login", action: "okta.lookup_user", input: ["login": "a/b"], check: .input,
        reason: "input_invalid",
        says: "without slash"),
    GateRow(
        name: "path in an id", input: ["user_id": "../groups"], check: .input, reason: "input_invalid", says: "letters"),
    GateRow(
        name: "line break in an id", input: ["user_id": "a\r\nb"], check: .input, reason: "input_invalid",
        says: "letters"),
    GateRow(
        name: "approval", credentials: careful, check: .approval, reason: "approval_required",
        says: "\"Suspend User\" takes something away, and connection okta-prod lets it pass only when a second person "
            + "approved this call. None was made for it."),
    GateRow(
        name: "approved by a client", credentials: careful,
        approval: Approval(by: ["client:c1", "user:bob"], behind: ["user:ann"], until: later), check: .approval,
        reason: "approval_no_person", says: "not by a client"),
    GateRow(
        name: "approved on the socket", credentials: careful,
        approval: Approval(by: ["local:local:0"], behind: ["user:ann"], until: later), check: .approval,
        reason: "approval_no_person", says: "own socket"),
    GateRow(
        name: "nobody is known to have approved", credentials: careful,
        approval: Approval(by: [], behind: [], until: later), check: .approval, reason: "approval_no_person",
        says: "signed in"),
    GateRow(
        name: "not all behind it are known", credentials: careful,
        approval: Approval(by: ["user:bob"], behind: nil, until: later), check: .approval,
        reason: "approval_author_unknown", says: "linchpin flow update"),
    GateRow(
        name: "approved by one of those behind it", credentials: careful,
        approval: Approval(by: ["user:bob"], behind: ["client:c1", "user:bob"], until: later), check: .approval,
        reason: "approval_own", says: "Somebody else has to decide"),
    GateRow(
        name: "approved too long ago", credentials: careful,
        approval: Approval(by: ["user:bob"], behind: ["user:ann"], until: TestEffects().now), check: .approval,
        reason: "approval_stale", says: "Re-run the execution"),
    GateRow(
        name: "approved by one who may not any more", credentials: careful,
        approval: Approval(
            by: ["user:bob"], behind: ["user:ann"], until: later, target: place(), mayStillDecide: false),
        check: .approval, reason: "approval_lapsed", says: "a role is gone"),
    GateRow(
        name: "approved for another connection", credentials: careful,
        approval: Approval(by: ["user:bob"], behind: ["user:ann"], until: later, target: place(id: "9")),
        check: .approval, reason: "approval_stale", says: "leads elsewhere by now"),
    GateRow(
        name: "approved for another address, where nobody had to", credentials: FakeCredentials(),
        approval: Approval(
            by: ["user:bob"], behind: ["user:ann"], until: later, target: place(url: "https://other.example")),
        check: .approval, reason: "approval_stale",
        says: "was approved for connection okta-then at https://other.example"),
    GateRow(
        name: "approved when nobody knew where it goes", credentials: careful,
        approval: Approval(by: ["user:bob"], behind: ["user:ann"], until: later), check: .approval,
        reason: "approval_stale", says: "nobody could be shown"),
]

/// Where the alias leads, by another name than the connection has now.
private func place(id: String = "1", url: String = "https://acme.example:8443") -> CallTarget {
    CallTarget(id: ConnectionID(id), name: "okta-then", url: url)
}

private let careful = FakeCredentials(needsApproval: true)
private let later = TestEffects().now.adding(seconds: 1)

@Test(arguments: gateRows)
func aRefusalSendsNothingAndIsAudited(_ row: GateRow) async throws {
    let run = try await run(
        row.action, row.input, alias: row.alias, active: row.active, row.credentials, approval: row.approval,
        outside: [reply(200, "{}")])
    guard case .refused(row.reason, let says) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(says.contains(row.says), "\(says)")
    #expect(run.sent.isEmpty)
    #expect(run.log.count == 1 && run.log[0].outcome == .refused && run.log[0].status == 0)
    #expect(run.log[0].reason == row.reason)
    #expect(run.log[0].decision?.json["deciding"]?.string == row.check.rawValue)
    #expect(run.audit.count == 1 && run.audit[0].contains("action.refused") && run.audit[0].contains(row.reason))
    #expect(!run.texts.contains("Canary"))
}

@Test(arguments: [
    ("okta.suspend_user", true, true), ("okta.suspend_user", false, false), ("okta.lookup_user", true, false),
    ("okta.activate_user", true, false),
])
func whatIsApprovedOrNeedsNoApprovalPasses(_ action: String, needs: Bool, isApproved: Bool) async throws {
    let effects = TestEffects()
    let approval = Approval(
        by: ["user:bob"], behind: ["user:ann"], until: effects.now.adding(seconds: 1), target: place())
    try await withSpokes(
        credentials: FakeCredentials(needsApproval: needs), outside: FakeOutside([]), effects: effects
    ) { spokes, _ in
        let input: JSONObject = action == "okta.lookup_user" ? ["login": "a"] : ["user_id": "1"]
        let refused = try await spokes.gate(call(action, input, approval: isApproved ? approval : nil, effects))
        #expect(refused == nil)
    }
}

@Test func everyCheckOfTheGateHasARow() {
    // These two are made on the way out, where every call passes them: CircuitTests, PassageTests.
    #expect(Set(gateRows.map(\.check)) == Set(GateCheck.allCases).subtracting([.budget, .circuit, .passage]))
}

@Test(arguments: GateCheck.allCases)
func aRefusalSaysWhichChecksPassedAndWhichWereNotMade(_ check: GateCheck) {
    let checks = check.refusal("why", "because")["checks"]?.array ?? []
    let place = GateCheck.allCases.firstIndex(of: check) ?? 0
    #expect(checks.compactMap { $0["check"]?.string } == GateCheck.allCases.map(\.rawValue))
    for (number, made) in checks.enumerated() {
        let expected = number < place ? "passed" : number == place ? "failed" : "not_reached"
        #expect(made["outcome"]?.string == expected)
        #expect(made["evidence"]?.string?.isEmpty == (number > place))
    }
}

@Test(arguments: TestStore.allCases)
func refusalsAreAuditedInEveryStore(_ store: TestStore) async throws {
    let run = try await run("okta.delete_user", ["user_id": "00u1"], on: store, outside: [])
    #expect(run.audit.count == 1 && run.sent.isEmpty)
}

@Test func askingTheGateLogsARefusalAndNothingElse() async throws {
    let effects = TestEffects()
    let outside = FakeOutside([])
    let log = FakeLog()
    try await withSpokes(outside: outside, log: log, effects: effects) { spokes, database in
        let refused = try await spokes.gate(call("okta.delete_user", ["user_id": "1"], effects))
        let passed = try await spokes.gate(call("okta.suspend_user", ["user_id": "1"], effects))
        let pending = try await database.read { try $0.rows("SELECT event FROM audit_pending LIMIT 1", []) }
        #expect(refused != nil && passed == nil && outside.sent.isEmpty && pending.isEmpty)
        #expect(log.rows.map(\.outcome) == [.refused])
    }
}

@Test func aLookThatTheGateRefusesIsLoggedAndSaid() async throws {
    let effects = TestEffects()
    let (outside, log) = (FakeOutside([]), FakeLog())
    let credentials = FakeCredentials(actions: ["suspend_user"])
    try await withSpokes(credentials: credentials, outside: outside, log: log, effects: effects) { spokes, _ in
        let found = try await spokes.lookUp(call("okta.suspend_user", ["user_id": "1"], effects))
        guard case .refused("action_not_enabled", _)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(outside.sent.isEmpty && log.rows.map(\.reason) == ["action_not_enabled"])
        #expect(log.rows.map(\.action) == ["okta.lookup_user"])
    }
}

@Test(arguments: [("SUSPENDED", "done"), ("ACTIVE", "did_not_happen"), ("", "provider_unavailable")])
func aLostSuspendIsSettledByLookingAtTheUser(_ status: String, _ expected: String) async throws {
    let effects = TestEffects()
    let body = #"{"id":"1","status":"\#(status)","profile":{"login":"a"}}"#
    let outside = FakeOutside([status.isEmpty ? reply(503) : reply(200, body)])
    try await withSpokes(outside: outside, effects: effects) { spokes, _ in
        let found = try await spokes.lookUp(call("okta.suspend_user", ["user_id": "00u1"], effects))
        switch found {
        case .done?: #expect(expected == "done")
        case .failed(let reason, _)?, .unknown(let reason, _)?: #expect(expected == reason)
        default: Issue.record("\(String(describing: found))")
        }
        #expect(outside.sent.map(\.method) == ["GET"])
        let none = try await spokes.lookUp(call("okta.clear_user_session", ["user_id": "00u1"], effects))
        #expect(none == nil && outside.sent.count == 1)
    }
}
