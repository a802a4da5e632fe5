import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

@Test("preparing makes the tables once, audited", arguments: TestStore.allCases)
func prepareOnce(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let before = try await fixture.everything()
        #expect(before.filter { $0.contains("configuration.created") }.count == 5)
        try await fixture.records.prepare(by: fixture.test.cause(.hub))
        let after = try await fixture.everything()
        #expect(after == before)
        let rights = try await fixture.records.rights("hr_leaver")
        #expect(rights == BuiltInTables.leaver.rights)
        let made = try await fixture.records.create(
            "incident", body: ["short_description": "Printer", "priority": "low"], cause: fixture.test.cause())
        #expect(made["state"] == "" && made["priority"] == "low")
    }
}

@Test("the dictionary that is stored is the one that was declared", arguments: TestStore.allCases)
func dictionary(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        for draft in BuiltInTables.all {
            let stored = try await fixture.database.read { try TableDictionary().named(draft.name, in: $0) }
            #expect(stored?.fields.map(\.json) == draft.fields.map(\.json))
            #expect(stored?.columns.map(\.json).count == draft.fields.count + 6)
        }
    }
}

@Test(
    "names that may not name a table or a column",
    arguments: [
        "", "1a", "A", "a-b", "a b", "a\"b", "sys_id", "a__b", "é", "a\u{0}", "\u{212A}",
        String(repeating: "a", count: 41),
    ])
func badNames(_ name: String) {
    #expect(throws: HubError.self) { try DictionaryName.checkColumn(name) }
}

@Test("an id can not name a table")
func idAsName() throws {
    #expect(throws: HubError.self) { try DictionaryName.checkTable("abcdef0123456789abcdef0123456789") }
    try DictionaryName.checkTable("a")
    try DictionaryName.checkColumn(String(repeating: "a", count: 40))
}

@Test("who may do what with tables")
func operationRoles() {
    let operations = TableOperations(
        database: NoDatabase(), effects: TestEffects().effects, dictionary: TableDictionary()
    ).all
    let roles = operations.map { "\($0.name): \($0.roles.map(\.rawValue).joined(separator: " "))" }
    #expect(
        roles == [
            "table.list: admin auditor connection_admin", "table.get: admin auditor connection_admin",
            "table.create: admin", "table.add-columns: admin", "table.set-roles: admin",
        ])
}

@Test("tables are listed and shown by name or id; roles are set, audited", arguments: TestStore.allCases)
func operations(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        func call(_ name: String, _ id: String = "", _ input: JSONObject = [:]) async throws -> JSON {
            let operation = try #require(fixture.records.operations.first { $0.name == name })
            let checked = try operation.check(input)
            return try await operation.run(
                OperationRequest(
                    id: id, input: checked.input, secrets: [:], caller: .socket(uid: 0), cause: fixture.test.cause()))
        }
        let list = try await call("table.list")
        #expect(
            list["items"]?.array?.compactMap { $0["name"]?.string }
                == ["hr_leaver", "incident", "sys_db_object", "sys_dictionary", "sys_user"])
        let shown = try await call("table.get", "hr_leaver")
        let id = try #require(shown["id"]?.string)
        let byID = try await call("table.get", id)
        #expect(byID == shown)
        #expect(shown.value(at: "/columns/5/choices") == ["leaving", "done", "needs_attention"])

        let after = try await call("table.set-roles", id, ["read_roles": ["security"], "write_roles": []])
        #expect(after["read_roles"] == ["security"] && after["write_roles"] == [])
        #expect(after["create_roles"] == shown["create_roles"] && after["columns"] == shown["columns"])
        let rights = try await fixture.records.rights("hr_leaver")
        #expect(
            rights
                == TableRights(
                    create: ["hr_leaver_writer"], read: ["security"], write: [], delete: ["hr_leaver_admin"]))
        let history = try await fixture.database.read { try ConfigHistory.of("table", id: id, in: $0) }
        #expect(history.value(at: "/0/before/read_roles") == shown["read_roles"])
        #expect(history.value(at: "/0/after/read_roles") == ["security"])

        let before = try await fixture.everything()
        _ = try await call("table.set-roles", id, ["read_roles": ["security"]])
        for roles: JSON in [["Bad"], ["a", "a"], ["a b"]] {
            let error = await refusal { _ = try await call("table.set-roles", id, ["read_roles": roles]) }
            #expect(error?.reason == "bad_role")
        }
        for name in ["nope", "", "\u{0}", "0123456789abcdef0123456789abcdef"] {
            let error = await refusal { _ = try await call("table.get", name) }
            #expect(error?.kind == .notFound && error?.reason == "unknown_table")
        }
        let unchanged = try await fixture.everything()
        #expect(unchanged == before)
    }
}

@Test("the roles that the built-in tables name")
func builtInRoles() {
    #expect(
        Records.builtInRoles([.people]) == [
            "hr_leaver_admin", "hr_leaver_reader", "hr_leaver_writer", "incident_admin", "incident_reader",
            "incident_writer", "people_reader", "sys_dictionary_reader",
        ])
    #expect(Records.builtInRoles().allSatisfy(DictionaryName.isName))
}

/// A store for what must not touch one.
private struct NoDatabase: Database {
    struct Touched: Error {}
    var dialect: Dialect { .sqlite }
    let epochs = EpochFeed()
    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        throw Touched()
    }
    func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R { throw Touched() }
    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws { throw Touched() }
    func appliedMigrations() async throws -> Set<String> { throw Touched() }
    func close() async {}
}

@Test("two hubs that prepare at once make the tables once", arguments: TestStore.allCases)
func prepareTwice(_ store: TestStore) async throws {
    try await store.with(Records.migrations) { database in
        let fixture = RecordsFixture(database: database)
        let other = Records(database: database, effects: TestEffects(seed: 2).effects)
        let cause = fixture.test.cause(.hub)
        async let one: Void = fixture.records.prepare(by: cause)
        async let two: Void = other.prepare(by: cause)
        _ = try await (one, two)
        let made = try await fixture.everything().filter { $0.contains("configuration.created") }
        #expect(made.count == 5)
    }
}

@Test("patches at the same time are each counted", arguments: TestStore.allCases)
func patchesAtOnce(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let sysID = try await fixture.leaver()
        let records = fixture.records
        let cause = fixture.test.cause()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    _ = try await records.update(
                        "hr_leaver", sysID, body: ["notes": .string("note \(number)")], cause: cause)
                }
            }
            try await group.waitForAll()
        }
        let after = try await records.get("hr_leaver", sysID, cause: cause)
        let changes = try await Set(fixture.messages().compactMap { $0["change"]?.string })
        #expect(after["sys_mod_count"] == "5" && changes.count == 6)
    }
}
