import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

/// Ten assets, five of them Sales'; `sales` reads those, `own` what it made itself, `asset_reader` everything.
private struct Hidden: Sendable {
    let walk: WalkFixture

    static func with(_ store: TestStore, _ body: (Hidden) async throws -> Void) async throws {
        try await WalkFixture.with(store) { walk in
            let fixture = walk.fixture
            let ada = fixture.test.cause(Actor(.user, id: "ada", name: "ada"))
            for number in 4..<14 {
                let department = number % 2 == 0 ? walk.sales : walk.labs
                _ = try await fixture.records.create(
                    "asset", body: ["number": .string("B\(number)"), "department": .string(department)],
                    cause: number < 7 ? ada : fixture.test.cause())
            }
            try await fixture.operate(
                "table.set-roles", "asset",
                [
                    "read_roles": ["asset_reader", "sales", "own"],
                    "read_conditions": [
                        "sales": .string("department=\(walk.sales)"),
                        "own": "sys_created_by=javascript:gs.getUserName()^NQnumber=A3",
                    ],
                ])
            try await body(Hidden(walk: walk))
        }
    }

    func call(
        _ roles: Set<String>, _ sysID: String = "", _ parameters: [(name: String, value: String)] = [],
        as name: String = "ada"
    ) -> TableCall {
        .test(
            "asset", sysID, parameters, walk.fixture.test.cause(Actor(.user, id: name, name: name)), roles: roles)
    }

    func numbers(_ roles: Set<String>, _ query: String = "ORDERBYnumber", as name: String = "ada") async throws
        -> [String]
    {
        let page = try await walk.fixture.records.list(call(roles, "", [("sysparm_query", query)], as: name))
        #expect(page.total == page.rows.count)
        let count = try await walk.fixture.records.count(
            call(roles, "", [("sysparm_query", query), ("sysparm_count", "true")], as: name))
        #expect(count == page.rows.count)
        return page.rows.compactMap { $0["number"]?.string }
    }

    func sysID(_ number: String) async throws -> String {
        let page = try await walk.fixture.records.list(call(["admin"], "", [("number", number)]))
        return try #require(page.rows.first?["sys_id"]?.string)
    }
}

@Test("rows that a role may not read are in no list, no count, no page", arguments: TestStore.allCases)
func hiddenRows(_ store: TestStore) async throws {
    try await Hidden.with(store) { hidden in
        let sales = ["A1", "B10", "B12", "B4", "B6", "B8"]
        let all = try await hidden.numbers(["asset_reader"])
        #expect(all.count == 13)
        let rows: [(roles: Set<String>, name: String, query: String, finds: [String])] = [
            (["admin"], "x", "ORDERBYnumber", all),
            (["sales"], "x", "ORDERBYnumber", sales),
            (["own"], "ada", "ORDERBYnumber", ["A3", "B4", "B5", "B6"]),
            (["own"], "x", "ORDERBYnumber", ["A3"]),
            (["sales", "own"], "ada", "ORDERBYnumber", (sales + ["A3", "B5"]).sorted()),
            // A further role never takes anything away.
            (["sales", "asset_reader"], "x", "ORDERBYnumber", all),
            (["other"], "x", "ORDERBYnumber", []),
            ([], "x", "ORDERBYnumber", []),
            // Nor does a query find them, however it is put.
            (["sales"], "x", "numberSTARTSWITHB5", []),
            (["sales"], "x", "number=A1^NQnumber=A2", ["A1"]),
            (["sales"], "x", "number=A2^ORnumber=A1", ["A1"]),
            (["sales"], "x", "departmentANYTHING^NQnumberANYTHING^ORDERBYnumber", sales),
            (["sales"], "x", "department!=\(hidden.walk.sales)", []),
        ]
        for row in rows {
            let found = try await hidden.numbers(row.roles, row.query, as: row.name)
            #expect(found == row.finds, "\(row.roles) \(row.query)")
        }
        var paged: [String] = []
        for offset in [0, 4, 8] {
            let page = try await hidden.walk.fixture.records.list(
                hidden.call(
                    ["sales"], "",
                    [
                        ("sysparm_query", "ORDERBYnumber"), ("sysparm_limit", "4"),
                        ("sysparm_offset", String(offset)),
                    ]))
            #expect(page.total == 6)
            #expect(page.links.last == .init(relation: "last", offset: 4))
            #expect(page.links.contains { $0.relation == "next" } == (offset == 0))
            paged += page.rows.compactMap { $0["number"]?.string }
        }
        #expect(paged == sales)
    }
}

@Test("a hidden row cannot be opened, changed, deleted or reached by a dot", arguments: TestStore.allCases)
func hiddenOne(_ store: TestStore) async throws {
    try await Hidden.with(store) { hidden in
        let records = hidden.walk.fixture.records
        let (theirs, ours) = (try await hidden.sysID("A2"), try await hidden.sysID("A1"))
        let seen = try await records.get(hidden.call(["sales"], ours, [("sysparm_fields", "number")]))
        #expect(seen == ["number": "A1"])
        let before = try await hidden.walk.fixture.events().count
        for role in ["sales", "nobody"] {
            let errors = [
                await refusal { _ = try await records.get(hidden.call([role], theirs)) },
                await refusal { _ = try await records.update(hidden.call([role], theirs), body: ["number": "x"]) },
                await refusal { try await records.delete(hidden.call([role], theirs)) },
            ]
            for error in errors { #expect(error?.kind == .notFound && error?.message == "No Record found") }
        }
        let after = try await hidden.walk.fixture.events().count
        #expect(after == before)

        try await hidden.walk.fixture.operate(
            "table.create", "",
            [
                "name": "loan", "read_roles": ["sales"],
                "columns": [["name": "asset", "kind": "reference", "reference": "asset"]],
            ])
        let nowhere = "0123456789abcdef0123456789abcdef"
        func lend(_ id: String, _ roles: Set<String>) async throws {
            _ = try await records.create(
                .test("loan", "", [], hidden.walk.fixture.test.cause(), roles: roles), body: ["asset": .string(id)])
        }
        // Whether there is such a row is told of rows alone that may be read.
        let told = await refusal { try await lend(theirs, ["sales"]) }
        let none = await refusal { try await lend(nowhere, ["sales"]) }
        #expect(told?.message == none?.message && told?.reason == "bad_value")
        try await lend(nowhere, ["nobody"])
        try await lend(theirs, ["nobody"])
        try await records.deleteAll("loan", hidden.walk.fixture.test.cause())
        for id in [ours, theirs] {
            _ = try await records.create(
                "loan", body: ["asset": .string(id)], cause: hidden.walk.fixture.test.cause())
        }
        func loans(_ roles: Set<String>, _ query: String) async throws -> [String] {
            try await records.list(
                .test(
                    "loan", "",
                    [
                        ("sysparm_query", query), ("sysparm_fields", "asset,asset.number"),
                        ("sysparm_display_value", "true"), ("sysparm_exclude_reference_link", "true"),
                    ], hidden.walk.fixture.test.cause(), roles: roles)
            ).rows.map { $0.text() }
        }
        let mine = try await loans(["sales"], "ORDERBYDESCasset.number")
        #expect(mine == [#"{"asset":"A1","asset.number":"A1"}"#, #"{"asset":"\#(theirs)","asset.number":""}"#])
        let felt = try await loans(["sales"], "asset.number=A2")
        let whole = try await loans(["admin"], "asset.number=A2")
        #expect(felt.isEmpty && whole.count == 1)
    }
}

@Test("conditions that would not hold are refused, and nothing changes", arguments: TestStore.allCases)
func badConditions(_ store: TestStore) async throws {
    try await Hidden.with(store) { hidden in
        let fixture = hidden.walk.fixture
        let before = try await fixture.operate("table.get", "asset", [:])
        let rows: [JSONObject] = [
            ["read_conditions": ["nobody": "number=A1"]],
            ["read_conditions": ["sales": "nope=1"]],
            ["read_conditions": ["sales": ""]],
            ["read_conditions": ["sales": "ORDERBYnumber"]],
            ["read_conditions": ["sales": "department.name=Sales"]],
            ["read_conditions": ["sales": 1]],
            ["read_conditions": ["sales": "number=javascript:alert(1)"]],
            ["read_conditions": ["sales": .string("number=" + String(repeating: "x", count: 500))]],
            // The role goes, and its condition would come back with it one day.
            ["read_roles": ["asset_reader"]],
        ]
        for row in rows {
            let error = await refusal { _ = try await fixture.operate("table.set-roles", "asset", row) }
            #expect(error?.reason == "bad_condition", "\(row)")
        }
        let after = try await fixture.operate("table.get", "asset", [:])
        #expect(after == before)
        let opened = try await fixture.operate(
            "table.set-roles", "asset", ["read_roles": ["sales"], "read_conditions": [:]])
        #expect(opened["read_conditions"] == nil)
        let all = try await hidden.numbers(["sales"])
        #expect(all.count == 13)
    }
}
