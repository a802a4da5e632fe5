import Core
import Foundation
import Outbound
import Ports
import Storage
import TestSupport
import Testing

@testable import Hub

@Suite("Inbound hooks, from an Okta org to a flow, over HTTP") struct HookHTTPTests {
    /// The seven actions of event hooks, to the end: made, verified, looked at, switched, changed.
    private static let setUp = """
        flow: set-up
        title: Sets up an event hook at Okta
        trigger: { manual: { uri: { type: text }, secret: { type: text, sensitive: true } } }
        uses: { okta: okta }
        steps:
          - make:
              action: okta.create_event_hook
              with:
                name: Hub
                event_types: [user.lifecycle.suspend]
                uri: { from: trigger.input.uri }
                auth_header: x-linchpin-hook
                auth_value: { from: trigger.input.secret }
          - verify: { action: okta.verify_event_hook, with: { hook_id: { from: make.id } } }
          - look: { action: okta.lookup_event_hook, with: { hook_id: { from: make.id } } }
          - off: { action: okta.deactivate_event_hook, with: { hook_id: { from: make.id } } }
          - change:
              action: okta.update_event_hook
              with:
                hook_id: { from: make.id }
                name: Hub
                event_types: [user.lifecycle.suspend, user.lifecycle.unsuspend]
                uri: { from: trigger.input.uri }
                auth_header: x-linchpin-hook
                auth_value: { from: trigger.input.secret }
          - on: { action: okta.activate_event_hook, with: { hook_id: { from: make.id } } }
          - all: { action: okta.event_hooks }
        """

    private static let flow = """
        flow: on-suspend
        title: Ends the sessions of whoever is suspended
        trigger: { hook: okta-events, if: [{ field: event_type, is: user.lifecycle.suspend }] }
        uses: { okta: okta }
        steps:
          - sessions: { action: okta.clear_user_session, with: { user_id: { from: trigger.event.target_id } } }
        """

    private static let path = "/api/linchpin/hooks/okta/okta-events"

    /// A hub with a hook, and an org that sends to it; answers the hook's secret.
    private func connect(_ test: TestHub) async throws -> String {
        try await test.connectOkta(actions: [
            "create_event_hook", "verify_event_hook", "lookup_event_hook", "deactivate_event_hook", "update_event_hook",
            "activate_event_hook", "event_hooks", "clear_user_session", "logs_stream",
        ])
        try await test.post(
            "/hooks",
            [
                "name": "okta-events", "spoke": "okta", "alias": "okta",
                "types": ["user.lifecycle.suspend", "user.lifecycle.unsuspend"],
            ])
        try await fault(test, ["fault": "hooks_to", "url": .string(test.hub.url)])
        return try #require(try await test.post("/hooks/okta-events/rotate-secret", [:])["secret"]?.string)
    }

    private func setUp(_ test: TestHub, _ secret: String) async throws -> JSON {
        try await test.post("/flows", ["source": .string(Self.setUp)])
        try await test.post("/flows/set-up/activate", [:])
        let started = try await test.post(
            "/flows/set-up/run",
            ["input": ["uri": .string("https://hub.example" + Self.path), "secret": .string(secret)]])
        let id = try #require(started["execution"]?.string)
        return try await until {
            try await test.admin.call("GET", "/executions/\(id)")
        } ends: {
            !["waiting", "running"].contains($0["state"]?.string)
        }
    }

    private func fault(_ test: TestHub, _ order: JSON) async throws {
        let reply = try await test.outbound.send(
            OutboundRequest(
                method: "POST", url: test.sandboxURL + "/sandbox/faults",
                headers: [("Content-Type", .plain("application/json"))], body: order.bytes, allowsLoopbackHTTP: true))
        #expect(reply.status == 200, "\(reply.text)")
    }

    /// Reads until it is so, or patience is over; the last answer either way.
    private func until(
        _ read: () async throws -> JSON, ends done: (JSON) -> Bool
    ) async throws -> JSON {
        var last = JSON.null
        for _ in 0..<20_000 {
            last = try await read()
            if done(last) { break }
            await Task.yield()
        }
        return last
    }

    /// Suspends Mara or lifts it, in the org itself.
    private func act(_ test: TestHub, _ verb: String) async throws {
        let user = try await test.okta("GET", "/api/v1/users/mara.lindqvist%40acme.example").json["id"]?.string ?? "-"
        let reply = try await test.outbound.send(
            OutboundRequest(
                method: "POST", url: test.sandboxURL + "/api/v1/users/\(user)/lifecycle/\(verb)",
                headers: [("Authorization", .plain("SSWS " + TestHub.sandboxToken))],
                body: [], allowsLoopbackHTTP: true))
        #expect(reply.status == 200, "\(reply.text)")
    }

    private func hook(_ test: TestHub) async throws -> JSON { try await test.admin.call("GET", "/hooks/okta-events") }

    /// Waits until so many events came, and every execution of the flow ended; answers these.
    private func executions(_ test: TestHub, events: Int) async throws -> [JSON] {
        _ = try await until({ try await hook(test) }, ends: { $0["latest"]?.array?.count == events })
        let list = try await until {
            let waiting = try await test.hub.parts.database.read { reader in
                try reader.rows("SELECT seq FROM outbox ORDER BY seq LIMIT 1", []).count
            }
            return waiting > 0 ? .null : try await test.admin.call("GET", "/executions?flow=on-suspend")
        } ends: { list in
            list["items"]?.array?.allSatisfy { !["waiting", "running"].contains($0["state"]?.string) } ?? false
        }
        return list["items"]?.array ?? []
    }

    @Test(
        "set up by the seven actions; delivered, doubled, lost and found, each event starts once",
        arguments: TestStore.allCases)
    func wholeWay(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let secret = try await connect(test)
            let made = try await setUp(test, secret)
            #expect(made["state"] == "done", "\(made)")
            #expect(!made.text().contains(secret))
            #expect(try await hook(test)["verified_at"]?.string != nil)
            try await test.post("/flows", ["source": .string(Self.flow)])
            try await test.post("/flows/on-suspend/activate", [:])

            try await act(test, "suspend")
            #expect(try await executions(test, events: 1).map { $0["state"] } == ["done"])
            try await fault(test, ["fault": "hook_double", "count": 2])
            try await act(test, "unsuspend")
            try await act(test, "suspend")
            #expect(try await executions(test, events: 3).count == 2, "doubled deliveries start one each")
            try await fault(test, ["fault": "hook_lose", "count": 2])
            try await act(test, "unsuspend")
            try await act(test, "suspend")
            test.clock.advance(seconds: Int64(Limits.hookGraceSeconds.value) + 60)
            let compared = try await test.post("/hooks/okta-events/compare", [:])
            #expect(compared["found"] == 2 && compared["not_compared"] == .null, "\(compared)")
            let all = try await executions(test, events: 5)
            #expect(all.count == 3 && all.allSatisfy { $0["state"] == "done" })
            #expect(all.allSatisfy { $0["started_by"] == "hook okta-events" })
            let findings = try await hook(test)["findings"]?.array ?? []
            #expect(findings.compactMap { $0["reason"]?.string } == ["deliveries_lost"])
            try await expectLogged(test, all)
            for file in try FolderScan.files(test.folder) {
                #expect(file.data.range(of: Data(secret.utf8)) == nil, "\(file.name)")
            }
        }
    }

    /// Each delivery has its row, under the correlation id of what it started, and was answered in time.
    private func expectLogged(_ test: TestHub, _ executions: [JSON]) async throws {
        let rows = try await test.admin.call("GET", "/transactions?client=hook%20okta-events")["items"]?.array ?? []
        let deliveries = rows.filter { $0["method"] == "POST" }
        #expect(deliveries.count == 5, "one, two doubled")
        #expect(deliveries.allSatisfy { $0["status"] == 204 && $0["outcome"] == "allowed" })
        #expect(rows.allSatisfy { ($0["microseconds"]?.int ?? .max) < 3_000_000 })
        let correlations = Set(deliveries.compactMap { $0["correlation"]?.string })
        let delivered = executions.filter { correlations.contains($0["correlation"]?.string ?? "") }
        #expect(delivered.count == 2, "the third was found in the log")
    }

    /// What is sent, and what the log says; the caller always gets the same.
    private static let refusals: [(path: String, headers: [(String, String)], reason: String)] = [
        (path, [], "hook_secret_missing"), (path, [("x-linchpin-hook", "lphs_guess")], "hook_secret_wrong"),
        ("/api/linchpin/hooks/okta/other", [("x-linchpin-hook", "lphs_guess")], "hook_unknown"),
        ("/api/linchpin/hooks/toy/okta-events", [("x-linchpin-hook", "lphs_guess")], "hook_unknown"),
    ]

    @Test("who proves nothing learns nothing, and the log has why", arguments: ["GET", "POST"])
    func refused(_ method: String) async throws {
        try await TestHub.with(sandbox: true) { test in
            _ = try await connect(test)
            var bodies: Set<String> = []
            for row in Self.refusals {
                let reply = try await test.send(
                    method, row.path, json: method == "POST" ? ["data": ["events": []]] : nil, headers: row.headers)
                #expect(reply.status == 404, "\(row.reason)")
                let correlation = try reply.json["correlation"]?.string ?? "-"
                bodies.insert(reply.text.replacing(correlation, with: "c"))
                let logged = try await test.row(of: reply)
                #expect(logged["reason"]?.string == row.reason && logged["outcome"] == "refused", "\(logged)")
            }
            #expect(bodies.count == 1, "\(bodies)")
        }
    }

    /// What somebody who has the secret may still get wrong.
    private static let mistakes: [(type: String, body: String, status: Int, reason: String)] = [
        ("text/plain", "{}", 415, "content_type"), ("application/json", "{", 400, "malformed_json"),
        ("application/json", #"{"data":{"events":[{"uuid":"1"}]}}"#, 400, "not_a_delivery"),
        (
            "application/json", String(repeating: " ", count: Limits.requestBodyBytes.value) + "{}", 413,
            "body_too_large"
        ),
    ]

    @Test("a delivery is JSON of the spoke's form, of a bounded size, and more than a stranger may send")
    func mistaken() async throws {
        try await TestHub.with(sandbox: true) { test in
            let secret = try await connect(test)
            for row in Self.mistakes {
                let reply = try await test.send(
                    "POST", Self.path, body: row.body, type: row.type, headers: [("x-linchpin-hook", secret)])
                #expect(reply.status == row.status, "\(row.reason): \(reply.text)")
                #expect(try await test.row(of: reply)["reason"]?.string == row.reason)
            }
            let padded = String(repeating: " ", count: 2 * Limits.openBodyBytes.value) + #"{"data":{"events":[]}}"#
            let large = try await test.send(
                "POST", Self.path, body: padded, type: "application/json", headers: [("x-linchpin-hook", secret)])
            #expect(large.status == 204 && large.body.isEmpty)
            let stranger = try await test.send(
                "POST", Self.path, body: padded, type: "application/json", headers: [("x-linchpin-hook", "x")])
            #expect(stranger.status == 404, "refused before its body counts")
        }
    }

    @Test("a hook whose log may not be read says so, and is never well")
    func notCompared() async throws {
        try await TestHub.with(sandbox: true) { test in
            let made = try await setUp(test, try await connect(test))
            #expect(made["state"] == "done", "\(made)")
            try await test.post("/connections/okta/disable-action", ["action": "logs_stream"])
            test.clock.advance(seconds: 600)
            let compared = try await test.post("/hooks/okta-events/compare", [:])
            #expect(compared["not_compared"]?.string?.contains("is not compared with the provider's log") == true)
            let found = try await hook(test)["findings"]?.array?.compactMap { $0["reason"]?.string }
            #expect(found == ["action_not_enabled"])
            let checks = try await test.admin.call("GET", "/checks")["items"]?.array ?? []
            let check = checks.first { $0["name"] == "hooks" }
            #expect(check?["state"] == "warn" && check?["next"]?.string == "linchpin hook get okta-events")
        }
    }

    @Test("what rests on a hook keeps it, and it keeps its alias")
    func guards() async throws {
        try await TestHub.with(sandbox: true) { test in
            _ = try await connect(test)
            func reason(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> String {
                do {
                    _ = try await test.admin.call(method, path, body)
                    return ""
                } catch let error as HubError { return error.reason }
            }
            try await test.post("/flows", ["source": .string(Self.flow)])
            let other = Self.flow.replacing("okta-events", with: "nowhere").replacing("on-suspend", with: "stray")
            try await test.post("/flows", ["source": .string(other)])
            #expect(try await reason("POST", "/flows/stray/activate", [:]) == "unknown_hook")
            try await test.post("/flows/on-suspend/activate", [:])
            #expect(try await reason("DELETE", "/hooks/okta-events") == "hook_in_use")
            #expect(try await reason("PATCH", "/hooks/okta-events", ["alias": "nothing"]) == "unknown_alias")
            try await test.post("/flows/on-suspend/deactivate", [:])
            #expect(try await reason("DELETE", "/aliases/okta") == "alias_in_use")
            #expect(try await reason("DELETE", "/hooks/okta-events") == "")
            #expect(try await reason("DELETE", "/aliases/okta") == "")
        }
    }
}
