import Core
import Foundation
import Ports
import TestSupport
import Testing

@testable import Hub

/// One hub calls another as it would call a ServiceNow instance: alias, connection, OAuth, the Table API.
@Suite("A hub in front of another hub") struct HubToHubTests {
    private static let tour = """
        flow: ticket
        title: Files, reads, changes and deletes an incident on the other hub
        trigger: { manual: { about: { type: text } } }
        uses: { servicenow: other-hub }
        steps:
          - file:
              action: servicenow.create_record
              with: { table: incident, values: { members: { short_description: { from: trigger.input.about }, priority: high } } }
          - read: { action: servicenow.get_record, with: { table: incident, sys_id: { from: file.sys_id } } }
          - take:
              action: servicenow.update_record
              with: { table: incident, sys_id: { from: file.sys_id }, values: { members: { state: in_progress } } }
          - drop: { action: servicenow.delete_record, with: { table: incident, sys_id: { from: file.sys_id } } }
        """

    /// The other hub knows a client for the integration, with two scopes for one table and no more.
    private func admit(_ other: TestHub, roles: [String], verbs: [String]) async throws -> TestCaller {
        let scopes = verbs.map { TestScope("incident.\($0.lowercased())", "\($0) /api/now/table/incident/**") }
        for (scope, verb) in zip(scopes, verbs) {
            var rules = scope.rules
            rules.append(["method": .string(verb), "path": "/api/now/table/incident"])
            if verb == "GET" { rules.append(["method": "GET", "path": "/api/now/stats/incident"]) }
            try await other.post("/scopes", ["name": .string(scope.name), "rules": .array(rules)])
        }
        return try await other.caller("linchpin-in-front", roles: roles, scopes: scopes)
    }

    private func connect(_ test: TestHub, to other: TestHub, as caller: TestCaller, scopes: [String]? = nil)
        async throws
    {
        try await test.post("/spokes/servicenow/activate", [:])
        try await test.post(
            "/credentials",
            [
                "name": "other-hub", "kind": "oauth", "secret": .string(caller.secret),
                "settings": [
                    "grant": "client_credentials", "client_id": .string(caller.clientID), "spoke": "servicenow",
                    "url": .string(other.hub.url), "allow_loopback_http": true,
                    "scopes": .array((scopes ?? caller.scopes).map { .string($0) }),
                ],
            ])
        let actions = try await test.admin.call("GET", "/spokes/servicenow")["actions"]?.array ?? []
        try await test.post(
            "/connections",
            [
                "name": "other-hub", "spoke": "servicenow", "url": .string(other.hub.url),
                "credentials": ["other-hub"], "allow_loopback_http": true,
                "actions": .array(actions.compactMap { $0["key"] }),
            ])
        try await test.post("/aliases", ["name": "other-hub", "connection": "other-hub"])
    }

    private func run(_ test: TestHub, _ action: String, _ input: JSON, most: JSON = 100) async throws -> JSON {
        try await test.post("/actions/servicenow.\(action)/run", ["alias": "other-hub", "input": input, "most": most])
    }

    /// Runs a flow to its end.
    private func play(_ test: TestHub, _ name: String, _ source: String, _ input: JSON) async throws -> JSON {
        try await test.post("/flows", ["source": .string(source)])
        try await test.post("/flows/\(name)/activate", [:])
        return try await run(test, flow: name, input)
    }

    private func run(_ test: TestHub, flow name: String, _ input: JSON) async throws -> JSON {
        let id = try #require(try await test.post("/flows/\(name)/run", ["input": input])["execution"]?.string)
        for _ in 0..<50_000 {
            let execution = try await test.admin.call("GET", "/executions/\(id)")
            if let state = execution["state"]?.string, !["waiting", "running"].contains(state) { return execution }
            await Task.yield()
        }
        return .null
    }

    /// How many calls of its Table API a hub has logged.
    private func tableCalls(_ test: TestHub) async throws -> Int {
        let rows = try await test.admin.call("GET", "/transactions?most=200")["items"]?.array ?? []
        return rows.count { $0["path"]?.string?.hasPrefix("/api/now/") == true }
    }

    @Test("files, reads, changes and deletes an incident, by the token that the other hub issued")
    func wholeWay() async throws {
        try await TestHub.with { other in
            let caller = try await admit(
                other, roles: ["incident_writer", "incident_admin"], verbs: ["GET", "POST", "PATCH", "DELETE"])
            try await TestHub.with { test in
                try await connect(test, to: other, as: caller)
                for number in 0..<5 {
                    try await other.send(
                        "POST", "/api/now/table/incident", token: caller.token,
                        json: ["short_description": .string("Lamp \(number)")])
                }
                let ended = try await play(test, "ticket", Self.tour, ["about": "The lift stands still"])
                #expect(ended["state"] == "done", "\(ended)")
                let read = ended["steps"]?.array?.first { $0["path"] == "read" }
                #expect(read?.value(at: "/output/record/short_description") == "The lift stands still")
                let take = ended["steps"]?.array?.first { $0["path"] == "take" }
                #expect(take?.value(at: "/output/record/state") == "in_progress")

                let pages = try await run(
                    test, "lookup_records",
                    ["table": "incident", "query": "short_descriptionSTARTSWITHLamp", "page_size": 2])
                #expect(pages.value(at: "/output/count") == 5 && pages.value(at: "/output/pages") == 3, "\(pages)")
                let lamp = try await run(
                    test, "find_records", ["table": "incident", "field": "short_description", "value": "Lamp 3"])
                #expect(lamp.value(at: "/output/count") == 1)
                let count = try await run(test, "count_records", ["table": "incident"])
                #expect(count.value(at: "/output/count") == "5", "\(count)")

                let log = try await other.admin.call("GET", "/transactions?most=200")["items"]?.array ?? []
                #expect(
                    log.count { $0["path"] == "/oauth_token.do" && $0["status"] == 200 } == 1, "one token for all calls"
                )
                let kept = try await test.admin.call("GET", "/transactions?most=200").text()
                #expect(!kept.contains(caller.secret) && !kept.contains("The lift"))
            }
        }
    }

    struct Denied: Sendable, CustomTestStringConvertible {
        let name: String
        var roles = ["incident_reader"]
        var verbs = ["GET"]
        /// What the credential asks for, if it is not what the client has.
        var asks: [String]?
        var action = "count_records"
        var input: JSON = ["table": "incident"]
        let reason: String
        var testDescription: String { name }
    }

    @Test(
        "what the other hub denies has its reason here",
        arguments: [
            Denied(name: "a table without a scope", input: ["table": "hr_leaver"], reason: "not_permitted"),
            Denied(name: "a role is missing", roles: [], reason: "not_permitted"),
            Denied(
                name: "a record that is not there", action: "get_record",
                input: ["table": "incident", "sys_id": "0123456789abcdef"], reason: "not_found"),
            Denied(
                name: "a query with a mistake", input: ["table": "incident", "query": "no_such_field=1"],
                reason: "request_malformed"),
            Denied(
                name: "a scope that the client does not have", asks: ["incident.get", "incident.delete"],
                reason: "scope_refused"),
        ])
    func denied(_ row: Denied) async throws {
        try await TestHub.with { other in
            let caller = try await admit(other, roles: row.roles, verbs: row.verbs)
            try await TestHub.with { test in
                try await connect(test, to: other, as: caller, scopes: row.asks)
                let answer = try await run(test, row.action, row.input)
                #expect(answer["outcome"] == "failed" && answer["reason"]?.string == row.reason, "\(answer)")
            }
        }
    }

    @Test("a token that holds no scope for it cannot delete, and an action that the connection lacks sends nothing")
    func leastPrivilege() async throws {
        let purge = """
            flow: purge
            title: Deletes a record
            trigger: { manual: { id: { type: text } } }
            uses: { servicenow: other-hub }
            steps:
              - drop: { action: servicenow.delete_record, with: { table: incident, sys_id: { from: trigger.input.id } } }
            """
        try await TestHub.with { other in
            let caller = try await admit(other, roles: ["incident_writer", "incident_admin"], verbs: ["GET", "POST"])
            let made = try await other.send(
                "POST", "/api/now/table/incident", token: caller.token, json: ["short_description": "Stays"])
            let id = try #require(try made.json.value(at: "/result/sys_id"))
            try await TestHub.with { test in
                try await connect(test, to: other, as: caller)
                let ended = try await play(test, "purge", purge, ["id": id])
                #expect(ended["state"] == "failed" && ended["reason"] == "not_permitted", "\(ended)")
                try await test.post("/connections/other-hub/disable-action", ["action": "delete_record"])
                let before = try await tableCalls(other)
                #expect(before > 0)
                let refused = try await run(test, flow: "purge", ["id": id])
                #expect(refused["reason"] == "action_not_enabled", "\(refused)")
                #expect(try await tableCalls(other) == before)
            }
            #expect(
                try await other.send("GET", "/api/now/table/incident/\(id.string ?? "")", token: caller.token).status
                    == 200)
        }
    }
}
