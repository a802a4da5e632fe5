import Core
import Outbound
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Hub

@Suite("The main job, through the doors") struct MainJobTests {
    @Test("Demo.play does it all, and what it leaves can be checked", arguments: TestStore.allCases)
    func play(store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let told = Mutex<[String]>([])
            let wentWell = try await test.demo { line in told.withLock { $0.append(line) } }.play()
            #expect(wentWell, "\(told.withLock { $0.joined(separator: "\n") })")
            let execution = try await test.execution(of: "offboard-leaver")
            try await expectSuspended(test)
            try expectOnce(execution)
            try await expectOneCorrelation(test, execution)
            try await expectRefusals(test)
            let verdict = try await test.post("/audit-events/verify", [:])
            #expect(verdict["intact"]?.bool == true)
            #expect(verdict["pending"]?.int == 0)
        }
    }

    /// Asks the sandbox itself, with the key that the hub has.
    private func expectSuspended(_ test: TestHub) async throws {
        let user = try await test.okta("GET", "/api/v1/users/mara.lindqvist%40acme.example").json
        #expect(user["status"]?.string == "SUSPENDED")
        let id = user["id"]?.string ?? "-"
        let groups = try await test.okta("GET", "/api/v1/users/\(id)/groups").json.array ?? []
        #expect(!groups.isEmpty, "the built-in group is never left")
        #expect(groups.allSatisfy { $0["type"]?.string != "OKTA_GROUP" })
    }

    private func expectOnce(_ execution: JSON) throws {
        #expect(execution["state"]?.string == "done")
        let steps = execution["steps"]?.array ?? []
        let attempts = steps.map { "\($0["path"]?.string ?? "-") \($0["attempt"]?.int ?? 1)" }
        #expect(steps.count > 4)
        #expect(Set(attempts).count == attempts.count, "\(attempts)")
        #expect(steps.allSatisfy { ["done", "skipped"].contains($0["state"]?.string) })
    }

    private func expectOneCorrelation(_ test: TestHub, _ execution: JSON) async throws {
        let rows = try await test.transactions(execution["correlation"]?.string ?? "-")
        let incoming = rows.filter { $0["direction"]?.string == "in" }
        let outgoing = rows.filter { $0["direction"]?.string == "out" }
        #expect(incoming.map { $0["method"]?.string } == ["POST"])
        #expect(incoming.first?["path"]?.string == "/api/now/table/hr_leaver")
        #expect(incoming.first?["client"]?.string == "hr-system")
        #expect(outgoing.count >= 4)
        #expect(outgoing.allSatisfy { $0["connection"]?.string == "okta-prod" && $0["outcome"]?.string == "allowed" })
        let audited = try await test.audited(execution["correlation"]?.string ?? "-")
        #expect(audited == ["record.created", "execution.started", "execution.ended"])
    }

    private func expectRefusals(_ test: TestHub) async throws {
        let refused = try await test.admin.call("GET", "/transactions?outcome=refused")["items"]?.array ?? []
        let incoming = refused.filter { $0["direction"]?.string == "in" }
        #expect(incoming.map { $0["reason"]?.string } == ["scope_missing"])
        for row in incoming {
            let opened = try await test.transactions(row["correlation"]?.string ?? "-")
            let decision = opened.first?["decision"]
            #expect(decision?["checks"]?.array?.count == 9)
            #expect(decision?["deciding"]?.string == "scope")
            #expect(
                decision?["would_pass_with"]?.string
                    == "scope incident.read on client hr-system, and a new token that asks for scope incident.read")
        }
        #expect(refused.contains { $0["direction"]?.string == "out" }, "the gate's refusal has a row too")
    }
}

extension TestHub {
    /// The play between this hub and its sandbox.
    func demo(_ say: @escaping @Sendable (String) -> Void) -> Demo {
        Demo(
            admin: admin, data: folder, outbound: Overheard(client: outbound, seen: seen), hubURL: hub.url,
            sandboxURL: sandboxURL,
            sandboxToken: Secret(Self.sandboxToken), staysUp: true, flows: Demo.shippedFlows, effects: hub.effects,
            say: say)
    }

    /// The latest execution of a flow, with its steps.
    func execution(of flow: String) async throws -> JSON {
        let items = try await admin.call("GET", "/executions?flow=\(flow)")["items"]?.array ?? []
        return try await admin.call("GET", "/executions/\(items.first?["id"]?.string ?? "-")")
    }

    /// A call of the sandbox itself.
    func okta(_ method: String, _ path: String) async throws -> OutboundReply {
        try await outbound.send(
            OutboundRequest(
                method: method, url: sandboxURL + path,
                headers: [("Authorization", .plain("SSWS " + Self.sandboxToken))], body: nil, allowsLoopbackHTTP: true))
    }
}

/// An outbound client whose answers are kept for the canary search.
struct Overheard: OutboundCalling {
    let client: OutboundClient
    let seen: SeenBodies

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        let reply = try await client.send(request)
        // The token endpoint's answer holds the token: that is what it is for.
        if !request.url.hasSuffix("/oauth2/token") { seen.add(reply.body) }
        return reply
    }
}
