import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Hub

@Suite("What a flow needs before it starts") struct FlowGuardTests {
    private static func flow(_ step: String) -> String {
        """
        flow: guarded
        title: Guarded
        trigger: manual
        steps:
          - one: \(step)
        """
    }

    /// Calls as a client whose user has these roles; answers the reason and the sentence of a refusal.
    private func refusal(
        _ test: TestHub, _ token: String, _ method: String, _ path: String, _ body: JSON = [:]
    ) async throws -> String {
        let reply = try await test.send(method, "/api/linchpin/v1" + path, token: token, json: body)
        guard reply.status >= 400 else { return "" }
        let json = try JSON.read(reply.body)
        return "\(json["reason"]?.string ?? "-"): \(json["detail"]?.string ?? "-")"
    }

    @Test(
        "Whoever may not write a table lets no flow write it, nor slips it into an active one",
        arguments: TestStore.allCases)
    func tables(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let update = Self.flow("{ record: update, table: hr_leaver, id: x, set: { status: a } }")
            let harmless = Self.flow("{ wait: 1s }")
            let narrow = try await test.caller("narrow", roles: ["connection_admin"], scopes: [.administration])
            let writer = try await test.caller(
                "writer", roles: ["connection_admin", "hr_leaver_writer"], scopes: [.administration])
            let admin = try await test.caller("boss", roles: ["admin"], scopes: [.administration])
            try await test.post("/flows", ["source": .string(update)])
            let refused = try await refusal(test, narrow.token, "POST", "/flows/guarded/activate")
            #expect(
                refused == "table_write_needed: Line 5: flow guarded changes records of hr_leaver, which you may not. "
                    + "Let somebody with one of these roles do it: hr_leaver_writer, admin")
            #expect(try await test.admin.call("GET", "/flows/guarded")["active"] == false)
            for token in [writer.token, admin.token] {
                #expect(try await refusal(test, token, "POST", "/flows/guarded/activate") == "")
                #expect(try await refusal(test, token, "POST", "/flows/guarded/deactivate") == "")
            }
            // Not by the way round either: harmless when it is activated, changed afterwards.
            #expect(
                try await refusal(test, narrow.token, "PATCH", "/flows/guarded", ["source": .string(harmless)]) == "")
            #expect(try await refusal(test, narrow.token, "POST", "/flows/guarded/activate") == "")
            let late = try await refusal(test, narrow.token, "PATCH", "/flows/guarded", ["source": .string(update)])
            #expect(late.hasPrefix("table_write_needed: "))
            #expect(try await test.admin.call("GET", "/flows/guarded")["source"]?.string == harmless)
        }
    }

    @Test("A long execution is an answer that the command line can read", arguments: TestStore.allCases)
    func long(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let flow = try await test.post("/flows", ["source": .string(Self.flow("{ wait: 1s }"))])
            let id = try #require(flow["id"]?.string)
            let most = Limits.executionStepPage.value
            try await test.hub.parts.database.write(.bookkeeping("a test")) { writer in
                try writer.run(
                    """
                    INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
                    started_at, ended_at, reason, says, claimed_by, claimed_until, fence, origins)
                    VALUES ('e1', $1, 'guarded', 1, 'done', '{}', 'c-0000000000000', '[]', 'x', 1, 1, '', '', '', 0, 0, '[]')
                    """, [.text(id)])
                for number in 1...(most + 1) {
                    try writer.run(
                        """
                        INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                        planned_at) VALUES ('e1', $1, $2, 1, 'done', '{"a":1}', '{"b":2}', '', '', 1)
                        """, [.int(Int64(number)), .text("p\(number)")])
                }
            }
            let shown = try await Program.linchpin(["execution", "get", "e1", "--data", test.folder])
            #expect(shown.status == 0 && shown.output.contains("p\(most)"), "\(shown.errors)")
            #expect(shown.errors.contains("linchpin execution get e1 --after-step \(most)"))
            let rest = try await Program.linchpin(
                ["execution", "get", "e1", "--after-step", String(most), "--data", test.folder])
            #expect(rest.output.contains("p\(most + 1)") && rest.errors.isEmpty)
        }
    }

    @Test(
        "What a flow names and is not there is said with its line",
        arguments: [
            (
                "{ approval: { says: Sure?, role: nobody_has, expires: 1d } }",
                "unknown_role: Line 5: flow guarded asks the role nobody_has, which does not exist. "
                    + "Make it: linchpin role create nobody_has"
            ),
            (
                "{ approval: { says: Sure?, user: nobody, expires: 1d } }",
                "unknown_user: Line 5: flow guarded asks the user nobody, which does not exist. "
                    + "Make it: linchpin user create nobody"
            ),
            (
                "{ flow: nowhere }",
                "unknown_flow: Line 5: flow guarded starts the flow nowhere, which does not exist. "
                    + "Make it: linchpin flow create FILE"
            ),
            ("{ approval: { says: Sure?, role: auditor, expires: 1d } }", ""),
        ])
    func missing(_ step: String, _ expected: String) async throws {
        try await TestHub.with { test in
            let admin = try await test.caller("boss", roles: ["admin"], scopes: [.administration])
            try await test.post("/flows", ["source": .string(Self.flow(step))])
            #expect(try await refusal(test, admin.token, "POST", "/flows/guarded/activate") == expected)
        }
    }

    @Test("checking a file finds what this hub lacks for it, until it is there", arguments: TestStore.allCases)
    func lacking(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let source = JSON.string(
                """
                flow: lacking
                title: Lacking
                trigger: manual
                uses: { okta: people }
                steps:
                  - find: { action: okta.lookup_user, with: { login: mara } }
                  - note: { record: update, table: nothing_here, id: x, set: { status: a } }
                """)
            func findings() async throws -> [String] {
                try await test.post("/flows/check", ["source": source])["findings"]?.array?
                    .compactMap { $0["reason"]?.string } ?? []
            }
            try await test.post("/spokes/okta/activate", [:])
            #expect(try await findings() == ["unknown_alias", "unknown_table"])
            try await test.post("/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret"])
            try await test.post(
                "/connections",
                ["name": "okta", "spoke": "okta", "url": "https://acme.example", "credentials": ["key"]])
            try await test.post("/aliases", ["name": "people", "connection": "okta"])
            let answer = try await test.post("/flows/check", ["source": source])
            let checked = answer["findings"]?.array ?? []
            #expect(
                answer["ok"] == false,
                "what a flow names and the hub lacks is no success: a pipeline that checks it must stop")
            #expect(
                checked.compactMap { $0["says"]?.string } == [
                    "Line 7: flow lacking changes records of the table nothing_here, which does not exist. "
                        + "Make it: linchpin table create nothing_here --column COLUMN",
                    "Line 6: step find runs lookup_user, which connection okta does not enable. "
                        + "Enable it: linchpin connection enable okta lookup_user",
                ])
            try await test.post("/connections/okta/enable-action", ["action": "lookup_user"])
            #expect(try await findings() == ["unknown_table"])
        }
    }
}
