import Core
import Dispatch
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

/// Departments with a head among the people, assets of departments, and who may read what.
struct WalkFixture: Sendable {
    let fixture: RecordsFixture
    let sales: String
    let labs: String

    static func with(_ store: TestStore, _ body: (WalkFixture) async throws -> Void) async throws {
        try await RecordsFixture.with(store) { fixture in
            try await fixture.operate(
                "table.create", "",
                [
                    "name": "department", "read_roles": ["department_reader"],
                    "columns": [
                        ["name": "name"], ["name": "head", "kind": "reference", "reference": "sys_user"],
                        ["name": "cost", "kind": "integer"],
                        ["name": "parent", "kind": "reference", "reference": "department"],
                    ],
                ])
            try await fixture.operate(
                "table.create", "",
                [
                    "name": "asset", "read_roles": ["asset_reader"],
                    "columns": [
                        ["name": "number"], ["name": "department", "kind": "reference", "reference": "department"],
                        ["name": "state", "kind": "choice", "choices": ["in_use", "lost"]],
                    ],
                ])
            let cause = fixture.test.cause()
            func make(_ table: String, _ body: JSON) async throws -> String {
                try await fixture.records.create(table, body: body, cause: cause)["sys_id"]?.string ?? ""
            }
            let labs = try await make("department", ["name": "Labs", "cost": 7])
            let sales = try await make(
                "department",
                ["name": "Sales", "head": .string(Person.ada), "cost": 3, "parent": .string(labs)])
            _ = try await make("asset", ["number": "A1", "department": .string(sales), "state": "in_use"])
            _ = try await make("asset", ["number": "A2", "department": .string(labs), "state": "lost"])
            _ = try await make("asset", ["number": "A3"])
            try await body(WalkFixture(fixture: fixture, sales: sales, labs: labs))
        }
    }

    func list(
        _ query: String? = nil, fields: String? = "number", roles: Set<String> = ["admin"],
        tables: Set<String>? = nil, _ more: [(name: String, value: String)] = []
    ) async throws -> [JSON] {
        let asked = [("sysparm_query", query), ("sysparm_fields", fields)].compactMap { name, value in
            value.map { (name: name, value: $0) }
        }
        return try await fixture.records.list(
            "asset", query: asked + more, cause: fixture.test.cause(), roles: roles, tables: tables
        ).rows
    }
}

extension RecordsFixture {
    /// Runs an operation as an administrator.
    @discardableResult func operate(_ name: String, _ id: String, _ input: JSONObject) async throws -> JSON {
        let operation = try #require(records.operations.first { $0.name == name })
        let checked = try operation.check(input)
        return try await operation.run(
            OperationRequest(
                id: id, input: checked.input, secrets: [:], caller: .socket(uid: 0), cause: test.cause()))
    }
}

private let walks: [QueryRow] = [
    QueryRow("department.name=Sales", ["A1"]),
    QueryRow("department.nameLIKElab", ["A2"]),
    QueryRow("department.nameNOT LIKElab", ["A1", "A3"]),
    QueryRow("department.cost>3", ["A2"]),
    QueryRow("department.costBETWEEN1@5", ["A1"]),
    QueryRow("department.head.name=Ada Brandt", ["A1"]),
    QueryRow("department.head.nameLIKEBRANDT", ["A1"]),
    QueryRow("department.head.nameENDSWITHbrandt", ["A1"]),
    QueryRow("department.head.active=true", ["A1"]),
    QueryRow("department.head.manager.name=Ben Ovando", ["A1"]),
    QueryRow("department.parent.name=Labs", ["A1"]),
    QueryRow("department.head=javascript:gs.getUserID()", ["A1"]),
    // Behind a reference that leads nowhere every field is empty.
    QueryRow("department.name=", ["A3"]),
    QueryRow("department.nameISEMPTY", ["A3"]),
    QueryRow("department.name!=Sales", ["A2", "A3"]),
    QueryRow("department.head.nameISNOTEMPTY", ["A1"]),
    QueryRow("department.costISEMPTY", ["A3"]),
    QueryRow("department.cost!=7", ["A1", "A3"]),
    QueryRow("ORDERBYDESCdepartment.name", ["A1", "A2", "A3"]),
    QueryRow("ORDERBYdepartment.cost", ["A3", "A1", "A2"]),
    QueryRow("department.name=Sales^NQdepartment.name=Labs^ORDERBYnumber", ["A1", "A2"]),
    QueryRow("department.nameSAMEASdepartment.parent.name^ORDERBYnumber", ["A3"]),
    QueryRow("department.head.name=' OR 1=1 --", []),
]

@Test("dot-walks in queries and orders", arguments: TestStore.allCases)
func walkedQueries(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        for row in walks {
            let query = row.query.contains("ORDERBY") ? row.query : row.query + "^ORDERBYnumber"
            let page = try await walk.fixture.records.list(
                "asset", query: [("sysparm_query", query)], cause: walk.fixture.test.cause())
            #expect(page.rows.compactMap { $0["number"]?.string } == row.finds, "\(row.query)")
            #expect(page.total == row.finds.count, "\(row.query)")
        }
        let plain = try await walk.list(nil, [("department.name", "Sales"), ("state", "in_use")])
        #expect(plain == [["number": "A1"]])
    }
}

@Test("dot-walks in fields", arguments: TestStore.allCases)
func walkedFields(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let rows = try await walk.list(
            "ORDERBYnumber", fields: "number,department.head.email,department.cost,department.sys_created_on")
        let made = walk.fixture.test.now.platform
        #expect(
            rows == [
                [
                    "number": "A1", "department.head.email": "ada@acme.example", "department.cost": "3",
                    "department.sys_created_on": .string(made),
                ],
                [
                    "number": "A2", "department.head.email": "", "department.cost": "7",
                    "department.sys_created_on": .string(made),
                ],
                [
                    "number": "A3", "department.head.email": "", "department.cost": "",
                    "department.sys_created_on": "",
                ],
            ])
        let reference = try await walk.list("number=A1", fields: "department.head")
        #expect(
            reference == [
                [
                    "department.head": [
                        "link": .string("https://hub.test/api/now/table/sys_user/\(Person.ada)"),
                        "value": .string(Person.ada),
                    ]
                ]
            ])
    }
}

@Test("values, names and both, with and without links", arguments: TestStore.allCases)
func displayValues(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let link = JSON.string("https://hub.test/api/now/table/department/\(walk.sales)")
        let value = JSON.string(walk.sales)
        let rows: [(display: String, excludes: String, department: JSON, state: JSON, empty: JSON)] = [
            ("false", "false", ["link": link, "value": value], "in_use", ""),
            ("false", "true", value, "in_use", ""),
            ("true", "false", ["display_value": "Sales", "link": link], "In use", ""),
            ("true", "true", "Sales", "In use", ""),
            (
                "all", "false", ["display_value": "Sales", "link": link, "value": value],
                ["display_value": "In use", "value": "in_use"], ["display_value": "", "value": ""]
            ),
            (
                "all", "true", ["display_value": "Sales", "value": value],
                ["display_value": "In use", "value": "in_use"], ["display_value": "", "value": ""]
            ),
        ]
        for row in rows {
            let more = [
                (name: "sysparm_display_value", value: row.display),
                (name: "sysparm_exclude_reference_link", value: row.excludes),
            ]
            let found = try await walk.list("ORDERBYnumber", fields: "department,state", more)
            #expect(found.first == ["department": row.department, "state": row.state], "\(row.display)")
            #expect(found.last?["department"] == row.empty, "\(row.display)")
        }
        // The name of a record that may not be read is not told; its id is in the asset anyway.
        let hidden = try await walk.list(
            "number=A1", fields: "department", roles: ["asset_reader"], [("sysparm_display_value", "true")])
        #expect(hidden == [["department": ["display_value": value, "link": link]]])
    }
}

@Test("a table that the caller may not read cannot be felt through a reference", arguments: TestStore.allCases)
func hiddenTables(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let queries: [(name: String, value: String)] = [
            ("sysparm_query", "department.name=Sales"), ("sysparm_query", "department.nope=Sales"),
            ("sysparm_query", "ORDERBYdepartment.cost"), ("sysparm_query", "numberSAMEASdepartment.name"),
            ("sysparm_fields", "number,department.name"), ("department.cost", "3"),
            ("sysparm_query", "number=A1^NQdepartment.head.name=Ada"),
        ]
        for query in queries {
            let error = await refusal {
                _ = try await walk.list(nil, fields: nil, roles: ["asset_reader"], [query])
            }
            #expect(error?.kind == .forbidden && error?.reason == "table_hidden", "\(query)")
            #expect(error?.message.contains("cost") == false, "\(error?.message ?? "-")")
        }
        // The next table on the way is asked for as well.
        let further = await refusal {
            _ = try await walk.list(
                "department.head.name=Ada Brandt", roles: ["asset_reader", "department_reader"])
        }
        #expect(further?.reason == "table_hidden" && further?.message.contains("sys_user") == true)
        let allowed = try await walk.list(
            "department.head.name=Ada Brandt", roles: ["asset_reader", "department_reader", "people_reader"])
        #expect(allowed == [["number": "A1"]])
    }
}

@Test("a table that no scope of the token covers is hidden, whatever the roles", arguments: TestStore.allCases)
func tablesOutOfScope(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        for (query, field) in [("department.name=Sales", "number"), ("number=A1", "department.name")] {
            let error = await refusal { _ = try await walk.list(query, fields: field, tables: ["asset"]) }
            #expect(error?.reason == "table_hidden", "\(query)")
        }
        let further = await refusal {
            _ = try await walk.list("department.head.name=Ada Brandt", tables: ["asset", "department"])
        }
        #expect(further?.message.contains("GET /api/now/table/sys_user") == true)
        let both = [(name: "sysparm_display_value", value: "all"), ("sysparm_exclude_reference_link", "true")]
        let hidden = try await walk.list("number=A1", fields: "department", tables: ["asset"], both)
        #expect(hidden == [["department": ["display_value": .string(walk.sales), "value": .string(walk.sales)]]])
        let named = await refusal {
            _ = try await walk.fixture.records.create(
                .test(
                    "asset", "", [("sysparm_input_display_value", "true")], walk.fixture.test.cause(),
                    tables: ["asset"]), body: ["department": "Sales"])
        }
        #expect(named?.reason == "table_hidden")
        let covered = try await walk.list("department.name=Sales", tables: ["asset", "department"])
        #expect(covered == [["number": "A1"]])
    }
}

@Test("an answer shows a changed record to whoever may read it, by role and by scope", arguments: TestStore.allCases)
func answersOfWriters(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let records = walk.fixture.records
        let rows: [(roles: Set<String>, tables: Set<String>?, seen: Bool)] = [
            (["department_reader"], nil, true), (["writer"], nil, false),
            (["department_reader"], ["department"], true), (["department_reader"], [], false),
        ]
        for row in rows {
            for body: JSON in [[:], ["cost": .string(row.seen ? "11" : "12")]] {
                let answer = try await records.update(
                    .test(
                        "department", walk.labs, [("sysparm_fields", "name")], walk.fixture.test.cause(),
                        roles: row.roles, tables: row.tables), body: body)
                #expect(answer == (row.seen ? ["name": "Labs"] : ["sys_id": .string(walk.labs)]), "\(row)")
            }
        }
    }
}

@Test("walks that are too long, too many or lead nowhere", arguments: TestStore.allCases)
func refusedWalks(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let long = "department.parent.parent.parent.name"
        let rows: [(field: String, reason: String)] = [
            (long, "too_many_walks"), ("number.name", "no_reference"), ("department.", "unknown_field"),
            (".name", "unknown_field"), ("department..name", "unknown_field"), ("department.nope", "unknown_field"),
            ("department.name__fold", "unknown_field"), ("department.name.x", "no_reference"),
        ]
        for row in rows {
            let error = await refusal { _ = try await walk.list(nil, fields: row.field) }
            #expect(error?.reason == row.reason, "\(row.field)")
        }
        // Each chain is one more join, until there are too many.
        let references: [JSON] = (0..<33).map {
            ["name": .string("r\($0)"), "kind": "reference", "reference": "department"]
        }
        try await walk.fixture.operate("table.create", "", ["name": "wide", "columns": .array(references)])
        let few = (0..<32).map { "r\($0).name" }.joined(separator: ",")
        let cause = walk.fixture.test.cause()
        let page = try await walk.fixture.records.list("wide", query: [("sysparm_fields", few)], cause: cause)
        #expect(page.total == 0)
        for parameter in [("sysparm_fields", few + ",r32.name"), ("sysparm_display_value", "all")] {
            let error = await refusal {
                _ = try await walk.fixture.records.list("wide", query: [parameter], cause: cause)
            }
            #expect(error?.reason == "too_many_walks")
        }
    }
}

@Test("references are written as ids or, where the call says so, as names", arguments: TestStore.allCases)
func writtenReferences(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let (records, cause) = (walk.fixture.records, walk.fixture.test.cause())
        func create(_ body: JSON, roles: Set<String> = ["admin"], names: String? = "true") async throws -> JSON {
            let parameters = [
                ("sysparm_input_display_value", names), ("sysparm_fields", "department,state"),
                ("sysparm_exclude_reference_link", "true"),
            ]
            return try await records.create(
                .test(
                    "asset", "", parameters.compactMap { $0.1 == nil ? nil : ($0.0, $0.1 ?? "") }, cause, roles: roles),
                body: body
            ).record
        }
        let named = try await create(["department": "Sales", "state": "In use"])
        #expect(named == ["department": .string(walk.sales), "state": "in_use"])
        let byID = try await create(["department": .string(walk.labs), "state": "lost"])
        #expect(byID == ["department": .string(walk.labs), "state": "lost"])
        let empty = try await create(["department": ""])
        #expect(empty == ["department": "", "state": ""])
        let before = try await walk.fixture.events().count
        let refused: [(body: JSON, names: String?, roles: Set<String>, reason: String)] = [
            (["department": "Nowhere"], "true", ["admin"], "bad_value"),
            (["department": "Sales"], nil, ["admin"], "bad_value"),
            (["department": "Sales"], "false", ["admin"], "bad_value"),
            (["department": "0123456789abcdef0123456789abcdef"], nil, ["admin"], "bad_value"),
            (["department": "0123456789abcdef0123456789abcdef"], "true", ["admin"], "bad_value"),
            (["department": "Sales"], "true", ["asset_reader"], "table_hidden"),
            (["state": "In use"], nil, ["admin"], "bad_value"),
        ]
        for row in refused {
            let error = await refusal { _ = try await create(row.body, roles: row.roles, names: row.names) }
            #expect(error?.reason == row.reason, "\(row.body)")
        }
        // Two of one name: neither is meant.
        _ = try await records.create("department", body: ["name": "Sales"], cause: cause)
        let twice = await refusal { _ = try await create(["department": "Sales"]) }
        #expect(twice?.reason == "bad_value")
        let after = try await walk.fixture.events().count
        #expect(after == before + 1)
    }
}

@Test("names of a body are found without waiting for a write", arguments: TestStore.allCases)
func namesBesideWrites(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let (entered, go) = AsyncStream<Void>.makeStream()
        let release = DispatchSemaphore(value: 0)
        async let other: Void = walk.fixture.database.write(.bookkeeping("held by the test")) { _ in
            go.yield()
            #expect(release.wait(timeout: .now() + 20) == .success)
        }
        for await _ in entered { break }
        defer { release.signal() }
        let named = try await walk.fixture.records.named(
            in: ["department": "Sales", "number": "A9"],
            of: .test(
                "asset", "", [("sysparm_input_display_value", "true")], walk.fixture.test.cause(), roles: ["admin"]))
        #expect(named == [References.Name("Sales", of: "department"): walk.sales])
        release.signal()
        try await other
    }
}

@Test("a body names a bounded number of records, each of which is looked for once", arguments: TestStore.allCases)
func namesAreBounded(_ store: TestStore) async throws {
    try await WalkFixture.with(store) { walk in
        let most = Limits.namedRecords.value
        try await walk.fixture.operate(
            "table.create", "",
            [
                "name": "wide",
                "columns": .array(
                    (0...most).map { ["name": .string("r\($0)"), "kind": "reference", "reference": "department"] }),
            ])
        for number in 0...most {
            _ = try await walk.fixture.records.create(
                "department", body: ["name": .string("d\(number)")], cause: walk.fixture.test.cause())
        }
        func create(_ count: Int, _ name: (Int) -> String) async throws {
            var body = JSONObject()
            for number in 0..<count { body["r\(number)"] = .string(name(number)) }
            _ = try await walk.fixture.records.create(
                .test(
                    "wide", "", [("sysparm_input_display_value", "true")], walk.fixture.test.cause(), roles: ["admin"]),
                body: .object(body))
        }
        try await create(most) { "d\($0)" }
        try await create(most + 1) { _ in "d0" }
        let refused = await refusal { try await create(most + 1) { "d\($0)" } }
        #expect(refused?.reason == "too_many_names")
        _ = try await walk.fixture.records.create(
            "department", body: ["name": "Caf\u{E9}"], cause: walk.fixture.test.cause())
        let spelt = await refusal { try await create(2) { $0 == 0 ? "Caf\u{E9}" : "Cafe\u{301}" } }
        #expect(spelt?.reason == "bad_value", "another spelling is another name")
    }
}
