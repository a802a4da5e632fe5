import Core
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

/// A connection whose destructive actions need a second person, over HTTP and against the sandbox.
@Suite("A second person's approval") struct ApprovedActionTests {
    private static let password = "canary seven green bicycles"

    private static func flow(_ approves: String) -> String {
        """
        flow: careful
        title: Suspends somebody
        trigger: { manual: { login: { type: text } } }
        uses: { okta: okta }
        steps:
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
          - agree: { approval: { says: Suspend this user?, role: it_manager, expires: 1d\(approves) } }
          - suspend: { action: okta.suspend_user, with: { user_id: { from: find.id } } }
        """
    }

    /// A hub with a careful connection, with Ann and Bob, who may approve, and the flow of somebody else.
    private func with(_ store: TestStore, _ body: (TestHub) async throws -> Void) async throws {
        try await TestHub.with(store, sandbox: true, pages: TestPages.pages) { test in
            try await test.post("/spokes/okta/activate", [:])
            try await test.post(
                "/credentials", ["name": "key", "kind": "api_key", "secret": .string(TestHub.sandboxToken)])
            try await connect("okta", needsApproval: true, test)
            try await test.post("/aliases", ["name": "okta", "connection": "okta"])
            try await test.post("/roles", ["name": "it_manager"])
            for name in ["ann", "bob"] {
                try await test.post("/users", ["name": .string(name)])
                try await test.post("/users/\(name)/set-password", ["password": .string(Self.password)])
                for role in ["it_manager", "approver"] { try await test.grant(role, to: name) }
            }
            try await body(test)
        }
    }

    private func connect(_ name: String, needsApproval: Bool, _ test: TestHub) async throws {
        try await test.post(
            "/connections",
            [
                "name": .string(name), "spoke": "okta", "url": .string(test.sandboxURL), "credentials": ["key"],
                "allow_loopback_http": true, "actions": ["lookup_user", "suspend_user"],
                "needs_approval": .bool(needsApproval),
            ])
    }

    private func start(_ test: TestHub, as token: String) async throws -> (execution: String, approval: String) {
        let reply = try await test.send(
            "POST", "/api/linchpin/v1/flows/careful/run", token: token,
            json: ["input": ["login": "mara.lindqvist@acme.example"]])
        let execution = try #require(try reply.json["execution"]?.string)
        var approval: String?
        for _ in 0..<50_000 where approval == nil {
            let list = try await test.admin.call("GET", "/approvals")["items"]?.array ?? []
            approval = list.first { $0["execution"]?.string == execution }?["id"]?.string
            await Task.yield()
        }
        return (execution, try #require(approval))
    }

    private func ended(_ test: TestHub, _ execution: String) async throws -> JSON {
        for _ in 0..<50_000 {
            let shown = try await test.admin.call("GET", "/executions/\(execution)")
            if ["done", "failed"].contains(shown["state"]?.string) { return shown }
            await Task.yield()
        }
        throw HubError(.timeout, "test", "the execution never ended")
    }

    /// Returns when the flow has come to its pause.
    private func waits(_ test: TestHub, _ execution: String) async throws {
        for _ in 0..<50_000 {
            let steps = try await test.admin.call("GET", "/executions/\(execution)")["steps"]?.array ?? []
            if steps.contains(where: { $0["path"] == "pause" && $0["state"] == "waiting" }) { return }
            await Task.yield()
        }
        throw HubError(.timeout, "test", "the flow never came to its pause")
    }

    private func decide(_ test: TestHub, _ approval: String, as user: String) async throws -> OutboundReply {
        let browser = try await TestBrowser(test, user: user, password: Self.password)
        return try await browser.post("/console/decide", ["id": approval, "outcome": "approve"])
    }

    private func status(_ test: TestHub) async throws -> String? {
        try await test.okta("GET", "/api/v1/users/mara.lindqvist%40acme.example").json["status"]?.string
    }

    @Test("the same person and a client are refused, a second person is not", arguments: TestStore.allCases)
    func second(store: TestStore) async throws {
        try await with(store) { test in
            // The application acts as Ann, so she is behind what it starts.
            let own = try await test.caller("app", roles: ["connection_admin"], scopes: [.administration])
            _ = try await test.admin.call("PATCH", "/clients/app", ["user": "ann"])
            try await test.grant("connection_admin", to: "ann")
            let token = try await test.token(of: own)
            try await test.post("/flows", ["source": .string(Self.flow(", approves: [suspend]"))])
            try await test.post("/flows/careful/activate", [:])
            let (execution, approval) = try await start(test, as: token)
            let asAnn = try await decide(test, approval, as: "ann")
            #expect(asAnn.status == 403)
            let robot = try await test.caller(
                "robot", roles: ["it_manager", "approver"], scopes: [.administration])
            let asClient = try await test.send(
                "POST", "/api/linchpin/v1/approvals/\(approval)/decide", token: robot.token,
                json: ["outcome": "approve"])
            #expect(try asClient.json["reason"] == "approval_no_person")
            #expect(try await status(test) == "ACTIVE")
            let asBob = try await decide(test, approval, as: "bob")
            #expect(asBob.status == 200)
            let shown = try await ended(test, execution)
            #expect(shown["state"] == "done", "\(shown)")
            #expect(try await status(test) == "SUSPENDED")
        }
    }

    @Test(
        "without an approval of this very call, or with a stale one, the gate refuses and says so",
        arguments: TestStore.allCases)
    func refused(store: TestStore) async throws {
        try await with(store) { test in
            let boss = try await test.caller("boss", roles: ["admin"], scopes: [.administration])
            // Approved, but for nothing by name: it is stored while the connection does not ask for more.
            _ = try await test.admin.call("PATCH", "/connections/okta", ["needs_approval": false])
            try await test.post("/flows", ["source": .string(Self.flow(""))])
            try await test.post("/flows/careful/activate", [:])
            _ = try await test.admin.call("PATCH", "/connections/okta", ["needs_approval": true])
            let (first, open) = try await start(test, as: boss.token)
            #expect(try await decide(test, open, as: "bob").status == 200)
            let without = try await ended(test, first)
            #expect(without["reason"] == "approval_required", "\(without)")
            let events = try await test.audited(without["correlation"]?.string ?? "-")
            #expect(events.contains("action.refused"))
            let row = try await test.transactions(without["correlation"]?.string ?? "-")
                .first { $0["outcome"] == "refused" }
            #expect(row?.value(at: "/decision/deciding") == "approval")
            // By name, and too late.
            let late = Self.flow(", approves: [suspend], good_for: 60s")
                .replacing("  - suspend:", with: "  - pause: { wait: 2h }\n  - suspend:")
            _ = try await test.admin.call("PATCH", "/flows/careful", ["source": .string(late)])
            let (second, named) = try await start(test, as: boss.token)
            #expect(try await decide(test, named, as: "bob").status == 200)
            try await waits(test, second)
            test.clock.advance(seconds: 7_300)
            let stale = try await ended(test, second)
            #expect(stale["reason"] == "approval_stale", "\(stale)")
            #expect(try await status(test) == "ACTIVE")
        }
    }

    @Test(
        "what was approved goes to the connection that was shown, or not at all", arguments: TestStore.allCases,
        [true, false])
    func elsewhere(store: TestStore, needsApproval: Bool) async throws {
        try await with(store) { test in
            let boss = try await test.caller("boss", roles: ["admin"], scopes: [.administration])
            let source = Self.flow(", approves: [suspend]")
                .replacing("  - suspend:", with: "  - pause: { wait: 2h }\n  - suspend:")
            try await test.post("/flows", ["source": .string(source)])
            try await test.post("/flows/careful/activate", [:])
            let (execution, approval) = try await start(test, as: boss.token)
            let shown = try await test.admin.call("GET", "/approvals/\(approval)")
            #expect(shown.value(at: "/approves/0/connection") == "okta")
            #expect(shown.value(at: "/approves/0/address") == JSON.string(test.sandboxURL))
            #expect(try await decide(test, approval, as: "bob").status == 200)
            try await waits(test, execution)
            try await connect("other", needsApproval: needsApproval, test)
            try await test.post("/aliases/okta/add-connection", ["connection": "other"])
            try await test.post("/aliases/okta/activate", ["connection": "other"])
            test.clock.advance(seconds: 7_300)
            let stale = try await ended(test, execution)
            #expect(stale["reason"] == "approval_stale", "\(stale)")
            #expect(try await status(test) == "ACTIVE")
        }
    }

    @Test(
        "a flow without one is no finding until it leads there, and then starts no more", arguments: TestStore.allCases)
    func checked(store: TestStore) async throws {
        try await with(store) { test in
            let source = JSON.string(Self.flow(""))
            let checked = try await test.post("/flows/check", ["source": source])
            #expect(
                checked["findings"]?.array?.compactMap { $0["says"]?.string } == [
                    "Line 8: step suspend runs \"Suspend User\", and connection okta lets it pass only when a second "
                        + "person approved it. Put an approval step before it: approves: [suspend]."
                ])
            let good = try await test.post(
                "/flows/check", ["source": .string(Self.flow(", approves: [suspend]"))])
            #expect(good["findings"] == [] && good["ok"] == true)
            try await test.post("/flows", ["source": source])
            let refused = await failure { try await test.post("/flows/careful/activate", [:]) }
            #expect(refused?.reason == "approval_required")
            _ = try await test.admin.call("PATCH", "/connections/okta", ["needs_approval": false])
            let free = try await test.post("/flows/check", ["source": source])
            #expect(free["findings"] == [])
            try await test.post("/flows/careful/activate", [:])
            _ = try await test.admin.call("PATCH", "/connections/okta", ["needs_approval": true])
            let update = await failure {
                try await test.admin.call("PATCH", "/flows/careful", ["source": source])
            }
            #expect(update?.reason == "approval_required")
        }
    }
}
