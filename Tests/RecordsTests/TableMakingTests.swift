import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

@Test("an administrator's table is used like any other, and gets columns later", arguments: TestStore.allCases)
func makeTable(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let (records, cause) = (fixture.records, fixture.test.cause())
        let made = try await fixture.operate(
            "table.create", "",
            [
                "name": "visit", "label": "Visit", "create_roles": ["front_desk"], "read_roles": ["front_desk"],
                "columns": [
                    ["name": "number", "indexed": true, "mandatory": true, "max_length": 20],
                    ["name": "came_on", "kind": "datetime", "indexed": true],
                    ["name": "host", "kind": "reference", "reference": "sys_user", "label": "Host"],
                ],
            ])
        #expect(made["application"] == "global" && made.value(at: "/columns/2/reference") == "sys_user")
        let rights = try await records.rights("visit")
        #expect(rights == TableRights(create: ["front_desk"], read: ["front_desk"], write: [], delete: []))
        let first = try await records.create(
            "visit", body: ["number": "V1", "came_on": "2026-11-30 08:00:00", "host": .string(Person.ada)], cause: cause
        )
        #expect(first.value(at: "/host/value")?.string == Person.ada)
        let after = try await fixture.operate(
            "table.add-columns", "visit",
            [
                "columns": [
                    ["name": "badge", "indexed": true], ["name": "minutes", "kind": "integer", "indexed": true],
                    ["name": "isvip", "kind": "boolean"],
                    ["name": "previous", "kind": "reference", "reference": "visit"],
                ]
            ])
        #expect(after["columns"]?.array?.count == 7 + 6)
        // What was there has the empty value; LIKE finds the new column's text.
        let sysID = try #require(first["sys_id"]?.string)
        let old = try await records.get("visit", sysID, cause: cause)
        #expect(old["badge"] == "" && old["minutes"] == "" && old["previous"] == "" && old["number"] == "V1")
        let second = try await records.create(
            "visit",
            body: ["number": "V2", "badge": "Blue 7", "minutes": 12, "isvip": true, "previous": .string(sysID)],
            cause: cause)
        #expect(second["isvip"] == "true" && second["minutes"] == "12")
        func find(_ query: String) async throws -> [String] {
            try await records.list("visit", query: [("sysparm_query", query)], cause: cause).rows
                .compactMap { $0["number"]?.string }
        }
        let found: [(query: String, finds: [String])] = [
            ("badgeLIKEBLUE", ["V2"]),
            ("minutesISEMPTY", ["V1"]),
            ("previous.number=V1", ["V2"]),
            ("ORDERBYminutes", ["V1", "V2"]),
            ("ORDERBYDESCminutes", ["V2", "V1"]),
        ]
        for row in found {
            let numbers = try await find(row.query)
            #expect(numbers == row.finds, "\(row.query)")
        }
        let history = try await fixture.database.read { reader in
            try ConfigHistory.of("table", id: made["id"]?.string ?? "", in: reader)
        }
        #expect(history.array?.count == 2)
        let dictionary = try await records.list(
            "sys_dictionary", query: [("sysparm_query", "name=visit^element=minutes^internal_type=integer")],
            cause: cause)
        #expect(dictionary.total == 1)
    }
}

/// Input of `table.create` (or of `add-columns`, where a table is named) that is refused, and why.
private struct RefusedTable: Sendable {
    let name: String
    let columns: JSON
    let reason: String
    var isNew = true
}

private let refusedTables: [RefusedTable] = [
    RefusedTable(name: "sys_thing", columns: [["name": "a"]], reason: "bad_name"),
    RefusedTable(name: "stats", columns: [["name": "a"]], reason: "bad_name"),
    RefusedTable(name: "Thing", columns: [["name": "a"]], reason: "bad_name"),
    RefusedTable(name: "a\"; DROP TABLE rec_incident; --", columns: [["name": "a"]], reason: "bad_name"),
    RefusedTable(name: "incident", columns: [["name": "a"]], reason: "table_exists"),
    RefusedTable(name: "thing", columns: [], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a"], ["name": "a"]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "sys_x"]], reason: "bad_name"),
    RefusedTable(name: "thing", columns: [["name": "a__b"]], reason: "bad_name"),
    RefusedTable(name: "thing", columns: [["label": "a"]], reason: "bad_name"),
    RefusedTable(name: "thing", columns: [["name": "a", "kind": "sys_id"]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "kind": "money"]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "default": "x"]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "max_length": 4_001]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "max_length": 0]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "kind": "choice"]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "kind": "choice", "choices": ["x^y"]]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "choices": ["x"]]], reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "kind": "reference"]], reason: "bad_column"),
    RefusedTable(
        name: "thing", columns: [["name": "a", "kind": "reference", "reference": "nowhere"]], reason: "bad_column"),
    RefusedTable(
        name: "thing", columns: [["name": "a", "kind": "reference", "reference": "record_table"]],
        reason: "bad_column"),
    RefusedTable(name: "thing", columns: [["name": "a", "mandatory": "yes"]], reason: "bad_column"),
    RefusedTable(
        name: "thing", columns: .array((0..<195).map { ["name": .string("c\($0)")] }), reason: "too_many_columns"),
    RefusedTable(
        name: "thing", columns: .array((0..<11).map { ["name": .string("c\($0)"), "indexed": true] }),
        reason: "too_many_indexes"),
    RefusedTable(name: "incident", columns: [["name": "state"]], reason: "column_exists", isNew: false),
    RefusedTable(name: "sys_user", columns: [["name": "pet"]], reason: "table_read_only", isNew: false),
    RefusedTable(name: "nowhere", columns: [["name": "pet"]], reason: "unknown_table", isNew: false),
]

@Test("tables and columns that could not be are refused, and nothing changes", arguments: TestStore.allCases)
func refuseTables(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let before = try await fixture.everything()
        for row in refusedTables {
            let error = await refusal {
                if row.isNew {
                    try await fixture.operate("table.create", "", ["name": .string(row.name), "columns": row.columns])
                } else {
                    try await fixture.operate("table.add-columns", row.name, ["columns": row.columns])
                }
            }
            #expect(error?.reason == row.reason, "\(row.name) \(row.columns)")
        }
        for field in ["create_roles", "write_roles", "delete_roles"] {
            let error = await refusal {
                try await fixture.operate("table.set-roles", "sys_user", [field: ["anybody"]])
            }
            #expect(error?.reason == "table_read_only")
        }
        let after = try await fixture.everything()
        #expect(after == before)
    }
}

@Test("a store of an earlier version gets the new columns and indexes, once", arguments: TestStore.allCases)
func broughtForward(_ store: TestStore) async throws {
    try await store.with(Records.migrations) { database in
        let fixture = RecordsFixture(database: database)
        // As 0.1 left it: incident without references, no index, nothing projected.
        let old = TableDraft(
            name: "incident", label: "Incident", application: "global", rights: BuiltInTables.incident.rights,
            fields: [RecordColumn("short_description", "Short description", maxLength: 160, isMandatory: true)])
        let cause = fixture.test.cause(.hub)
        try await database.write(.change) { writer in
            let id = String(repeating: "1", count: 32)
            try writer.run(
                """
                INSERT INTO record_table (id, name, label, application, create_roles, read_roles, write_roles,
                delete_roles, created_at, created_by) VALUES ($1, 'incident', 'Incident', 'global', '[]', '[]',
                '[]', '[]', 0, 'hub')
                """, [.text(id)])
            for field in old.fields {
                try field.insert(String(repeating: "2", count: 32), of: id, at: 0, in: writer)
            }
            let columns = (old.fields + RecordColumn.system).flatMap(\.stored)
            try writer.define([.createTable(TableDefinition("rec_incident", columns, primaryKey: ["sys_id"]))])
            try writer.changed(ConfigRow("table", id: id, name: "incident"), before: nil, after: [:], by: cause)
        }
        let made = try await fixture.records.create(
            "incident", body: ["short_description": "Printer"], cause: cause)
        for _ in 0..<2 { try await fixture.records.prepare(by: cause) }
        let sysID = try #require(made["sys_id"]?.string)
        let now = try await fixture.records.get("incident", sysID, cause: cause)
        #expect(now["short_description"] == "Printer" && now["caller_id"] == "" && now["state"] == "")
        let set = try await fixture.records.update(
            "incident", sysID, body: ["caller_id": .string(Person.ben), "state": "new"], cause: cause)
        #expect(set.value(at: "/caller_id/value")?.string == Person.ben)
        let layouts = try await database.read {
            try $0.rows("SELECT layout FROM record_table WHERE projected = 0 ORDER BY name LIMIT 9", [])
                .map { try $0.int("layout") }
        }
        #expect(layouts == [1, 1])
    }
}

@Test("lists by the moment they were made come from an index, both ways round")
func indexed() async throws {
    try await RecordsFixture.with(.sqlite) { fixture in
        try await fixture.leaver()
        for query in ["ORDERBYDESCsys_created_on", "ORDERBYsys_updated_on", "ORDERBYsys_created_on"] {
            let statement = StatementBuilder.page(
                Selection(table: .sample, joins: [], filters: []),
                [PlacedColumn(column: .sysID, place: 0, isProjected: false)],
                try QueryParser.parse(query).order, limit: 10, offset: 0)
            let plan = try await fixture.database.read { reader in
                try reader.rows(SQL(built: "EXPLAIN QUERY PLAN " + statement.sql.text), statement.values)
                    .map { try $0.text("detail") }
            }
            #expect(plan.count == 1 && plan.first?.contains("USING COVERING INDEX rix_") == true, "\(plan)")
        }
    }
}
