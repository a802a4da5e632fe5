import Access
import Core
import Ports
import TestSupport
import Testing

private func begun(_ change: (inout SessionFacts.Begun) -> Void = { _ in }) -> Caller {
    let now = TestEffects().now
    var session = SessionFacts.Begun(
        id: SessionID("s1"), user: person(), begunAt: now.adding(seconds: -60),
        provedAt: now.adding(seconds: -30), idleAt: now.adding(seconds: 60), expiresAt: now.adding(seconds: 120),
        endedAt: nil, isForeign: false)
    change(&session)
    return .session(.found(session))
}

private func person(
    active: Bool = true, locked: Bool = false, webOnly: Bool = false, roles: Set<String> = ["auditor"]
) -> UserFacts {
    UserFacts(
        id: UserID("u1"), name: "mara", isActive: active, isLocked: locked, isWebServiceOnly: webOnly, roles: roles)
}

private let anyPage = Need.page(name: "console.home", roles: nil)
private let userPage = Need.page(name: "console.user.list", roles: [.admin, .auditor])

struct SessionDecisionTests {
    private func decide(_ caller: Caller, _ need: Need, after seconds: Int64 = 0) -> Decision {
        Access.decide(
            Question(
                method: "GET", path: "/console", need: need, caller: caller, scopeRules: rules,
                now: TestEffects().now.adding(seconds: seconds)))
    }

    @Test(
        "a session passes without client and scope",
        arguments: [
            anyPage, userPage, .operation(name: "user.list", roles: [.auditor]),
        ])
    func allowed(_ need: Need) {
        let decision = decide(begun(), need)
        #expect(decision.isAllowed && decision.flip.isEmpty)
        #expect(decision.checks.map(\.name) == Check.Name.allCases)
        #expect(decision.principal?.session == SessionID("s1"))
        #expect(decision.principal?.method == .session)
        #expect(decision.principal?.actor == Actor(.user, id: "u1", name: "mara"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let caller: Caller
        var need = anyPage
        var seconds: Int64 = 0
        let reason: Reason
        let deciding: Check.Name
        let flip: String
    }

    @Test(
        "refusals",
        arguments: [
            Row(
                testDescription: "nobody", caller: .nobody, need: userPage, reason: .noCredential,
                deciding: .credential,
                flip: "a new sign-in of a user with role auditor"),
            Row(
                testDescription: "the socket", caller: .socket(.socket(uid: 0)), reason: .sessionNeeded,
                deciding: .credential, flip: "a new sign-in"),
            Row(
                testDescription: "unknown", caller: .session(.unknown), reason: .sessionUnknown, deciding: .token,
                flip: "a new sign-in"),
            Row(
                testDescription: "ended", caller: begun { $0.endedAt = $0.begunAt }, reason: .sessionEnded,
                deciding: .token, flip: "a new sign-in"),
            Row(
                testDescription: "idle, to the moment", caller: begun(), seconds: 60, reason: .sessionIdle,
                deciding: .token, flip: "a new sign-in"),
            Row(
                testDescription: "over, to the moment", caller: begun { $0.idleAt = $0.expiresAt }, seconds: 120,
                reason: .sessionExpired, deciding: .token, flip: "a new sign-in"),
            Row(
                testDescription: "foreign", caller: begun { $0.isForeign = true }, reason: .foreignOrigin,
                deciding: .credential, flip: "the same request from a page of the console"),
            Row(
                testDescription: "user gone", caller: begun { $0.user = nil }, reason: .userMissing, deciding: .user,
                flip: "a new sign-in"),
            Row(
                testDescription: "off", caller: begun { $0.user = person(active: false) }, reason: .userInactive,
                deciding: .user, flip: "user mara switched on"),
            Row(
                testDescription: "locked", caller: begun { $0.user = person(locked: true) }, reason: .userLocked,
                deciding: .user, flip: "user mara unlocked"),
            Row(
                testDescription: "web service only", caller: begun { $0.user = person(webOnly: true) },
                reason: .webServiceOnly, deciding: .user, flip: "a new sign-in"),
            Row(
                testDescription: "no role", caller: begun { $0.user = person(roles: []) }, need: userPage,
                reason: .roleMissing, deciding: .right, flip: "role auditor on user mara"),
            Row(
                testDescription: "a page of an operation that is not there", caller: begun(),
                need: .page(name: "console.x", roles: []), reason: .roleMissing, deciding: .right,
                flip: "a role that may do page console.x"),
            Row(
                testDescription: "records", caller: begun(),
                need: .table(name: "incident", action: .read, roles: ["auditor"]), reason: .sessionNotTaken,
                deciding: .credential, flip: "a Bearer token of this hub with role"),
        ])
    func refused(_ row: Row) {
        let decision = decide(row.caller, row.need, after: row.seconds)
        #expect(decision.reason == row.reason)
        #expect(decision.deciding.map { decision.checks[$0].name } == row.deciding)
        #expect(decision.flipSentence.hasPrefix(row.flip) || row.need.table != nil)
    }
}
