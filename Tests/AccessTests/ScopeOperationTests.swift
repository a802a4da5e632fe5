import Access
import AuditTrail
import Core
import Ports
import Storage
import TestSupport
import Testing

/// Runs operations as the edges do: checks the input against the fields first.
struct Desk {
    let access: Access
    let database: any Database
    let world = TestEffects()

    init(_ database: any Database) {
        self.database = database
        access = Access(database: database, effects: world.effects)
    }

    @discardableResult func run(_ name: String, _ id: String = "", _ body: JSONObject = [:]) async throws -> JSON {
        let operation = try #require(access.operations.first { $0.name == name })
        let (input, secrets) = try operation.check(body)
        return try await operation.run(
            OperationRequest(
                id: id, input: input, secrets: secrets, caller: .socket(uid: 0), cause: world.cause()))
    }

    func refusal(_ name: String, _ id: String = "", _ body: JSONObject = [:]) async throws -> HubError {
        do {
            try await run(name, id, body)
        } catch let error as HubError {
            return error
        }
        throw HubError(.internal, "no_refusal", "\(name) was not refused")
    }

    func rules() async throws -> [ScopeRule] { try await database.read { try Access.rules(in: $0) } }

    func events() async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 100", []).map {
                try JSON.read(try $0.text("event"))["action"]?.string ?? ""
            }
        }
    }
}

let incidentRead: JSONObject = [
    "name": "incident.read", "says": "Reads incidents.",
    "rules": [["method": "GET", "path": "/api/now/table/incident/**", "table": "incident"]],
]

@Test("an auth scope lives: create, read, update, switch off, delete", arguments: TestStore.allCases)
func scopeLives(_ store: TestStore) async throws {
    try await store.with(Access.migrations) { database in
        let desk = Desk(database)
        let made = try await desk.run("scope.create", "", incidentRead)
        let id = try #require(made["id"]?.string)
        #expect(made["application"] == "global")
        let got = try await desk.run("scope.get", "incident.read")
        #expect(got == made)
        let byID = try await desk.run("scope.get", id)
        #expect(byID == made)
        let list = try await desk.run("scope.list")
        #expect(list["items"]?.array == [made])
        var rules = try await desk.rules()
        #expect(
            rules == [
                ScopeRule(
                    scope: "incident.read", method: "GET", path: "/api/now/table/incident/**", table: "incident")
            ])
        let unknown = try await desk.access.unknown(["incident.read", "nope"])
        #expect(unknown == ["nope"])

        let changed = try await desk.run(
            "scope.update", id, ["rules": [["method": "*", "path": "/a"], ["method": "GET", "path": "/b"]]])
        #expect(changed["rules"]?.array?.count == 2)
        rules = try await desk.rules()
        #expect(rules.map(\.path) == ["/a", "/b"])

        // RFC 9470 §4: how recent a sign-in has to be.
        try await desk.run("scope.update", id, ["max_age": 300])
        rules = try await desk.rules()
        #expect(rules.map(\.maxAge) == [300, 300])
        try await desk.run("scope.update", id, ["says": "Reads."])
        let shown = try await desk.run("scope.get", id)
        #expect(shown["max_age"] == 300)
        let cleared = try await desk.run("scope.update", id, ["max_age": 0])
        #expect(cleared["max_age"] == .null)
        rules = try await desk.rules()
        #expect(rules.map(\.maxAge) == [nil, nil])

        let inUse = try await desk.refusal("scope.delete", id)
        #expect(inUse.reason == "scope_active")
        try await desk.run("scope.update", id, ["active": false])
        rules = try await desk.rules()
        #expect(rules.isEmpty)
        let unknownNow = try await desk.access.unknown(["incident.read"])
        #expect(unknownNow == ["incident.read"])
        try await desk.run("scope.delete", "incident.read")
        let gone = try await desk.refusal("scope.get", id)
        #expect(gone.kind == .notFound)
        let events = try await desk.events()
        #expect(
            events == [
                "configuration.created", "configuration.updated", "configuration.updated", "configuration.updated",
                "configuration.updated", "configuration.updated", "configuration.deleted",
            ])
    }
}

@Test("what cannot be a scope changes nothing and leaves no event", arguments: TestStore.allCases)
func scopeRefusals(_ store: TestStore) async throws {
    try await store.with(Access.migrations) { database in
        let desk = Desk(database)
        let rule: JSON = ["method": "GET", "path": "/a"]
        let rows: [(JSONObject, String)] = [
            (["name": "a b", "rules": [rule]], "bad_name"),
            (["name": "a\"b", "rules": [rule]], "bad_name"),
            // OpenID Connect Core 1.0 §5.4, §11: clients hold these as they are.
            (["name": "openid", "rules": [rule]], "reserved_name"),
            (["name": "offline_access", "rules": [rule]], "reserved_name"),
            (["name": "useraccount", "rules": [rule]], "reserved_name"),
            (["name": "a", "rules": []], "scope_without_rules"),
            (["name": "a", "rules": [rule, ["method": "GET"]]], "bad_scope_rule"),
            (["name": "a", "rules": [["method": "GET", "path": "/a", "tabel": "x"]]], "bad_scope_rule"),
            (["name": "a", "rules": [["method": "GET", "path": "/a", "table": 1]]], "bad_scope_rule"),
            (["name": "a", "rules": [["method": "FETCH", "path": "/s3cret"]]], "bad_scope_rule"),
            (["name": "a", "rules": .array([JSON](repeating: rule, count: 101))], "bad_field"),
        ]
        for (body, reason) in rows {
            let error = try await desk.refusal("scope.create", "", body)
            #expect(error.reason == reason)
            #expect(!error.message.contains("s3cret"))
        }
        let second = try await desk.refusal(
            "scope.create", "", ["name": "a", "rules": [rule, ["method": "GET", "path": "/a/"]]])
        #expect(second.message.contains("Rule 2"))
        let events = try await desk.events()
        #expect(events.isEmpty)
        try await desk.run("scope.create", "", incidentRead)
        let twice = try await desk.refusal("scope.create", "", incidentRead)
        #expect(twice.reason == "name_taken")
    }
}

@Test("who may: auditors read, administrators of clients write") func scopeRoles() async throws {
    try await TestStore.sqlite.with(Access.migrations) { database in
        for operation in Desk(database).access.operations {
            let isRead = operation.verb == .list || operation.verb == .get
            #expect(operation.roles.contains(.oauthAdmin))
            #expect(operation.roles.contains(.auditor) == isRead)
        }
    }
}
