import Core
import Ports
import TestSupport
import Testing

@testable import Records

@Test("pages add up to the whole, in one order, and each says the total", arguments: TestStore.allCases)
func pages(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        for number in 0..<25 {
            try await fixture.leaver(["manager": .string("m\(number % 3)"), "status": number < 20 ? "leaving" : "done"])
        }
        let whole = try await fixture.find("status=leaving^ORDERBYDESCmanager", "sys_id")
        #expect(Set(whole).count == 20)
        var paged: [String] = []
        for offset in stride(from: 0, through: 21, by: 7) {
            let page = try await fixture.records.list(
                "hr_leaver",
                query: [
                    ("sysparm_offset", String(offset)), ("sysparm_limit", "7"), ("sysparm_fields", "sys_id,manager"),
                    ("sysparm_query", "status=leaving^ORDERBYDESCmanager"),
                ], cause: fixture.test.cause())
            #expect(page.total == 20 && page.limit == 7 && page.offset == offset)
            paged += page.rows.compactMap { $0["sys_id"]?.string }
            for row in page.rows { #expect(row.object?.members.map(\.name) == ["sys_id", "manager"]) }
        }
        #expect(paged == whole)
        // Among equals, sys_id decides.
        let same = try await fixture.find("manager=m0^ORDERBYmanager", "sys_id")
        #expect(same == same.sorted() && same.count == 9)
        let all = try await fixture.records.list("hr_leaver", query: [], cause: fixture.test.cause())
        #expect(all.total == 25 && all.rows.count == 25 && all.limit == 10_000)
        let ids = all.rows.compactMap { $0["sys_id"]?.string }
        #expect(ids == ids.sorted())
        let names = RecordTable.sample.columns.map(\.name)
        #expect(all.rows[0].object?.members.map(\.name) == names)
        let none = try await fixture.records.list(
            "hr_leaver", query: [("sysparm_limit", "0")], cause: fixture.test.cause())
        #expect(none.total == 25 && none.rows.isEmpty)
    }
}

/// Parameters that are refused, and why.
private struct RefusedParameters: Sendable, CustomTestStringConvertible {
    let sent: [(name: String, value: String)]
    let forOne: Bool
    let reason: String
    let says: String
    init(_ sent: [(name: String, value: String)], forOne: Bool = false, _ reason: String, _ says: String) {
        self.sent = sent
        self.forOne = forOne
        self.reason = reason
        self.says = says
    }
    var testDescription: String { "\(sent) \(forOne)" }
}

private let refused: [RefusedParameters] = [
    RefusedParameters([("nope", "leaving")], "unknown_parameter", "\"nope\""),
    RefusedParameters([("sysparam_query", "a")], "unknown_parameter", "\"sysparam_query\""),
    RefusedParameters([("status", "canary")], "query_bad_value", "\"status\""),
    RefusedParameters([("name", "javascript:alert(1)")], "query_script", "nothing is evaluated"),
    RefusedParameters([("status", "leaving"), ("status", "done")], "repeated_parameter", "\"status\""),
    RefusedParameters([("sysparm_query", "nope=a")], forOne: true, "query_unknown_field", "nope"),
    RefusedParameters([("sysparm_limit", "x")], forOne: true, "bad_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_count", "true")], "unknown_parameter", "sysparm_count"),
    RefusedParameters([("name", "a")], forOne: true, "unknown_parameter", "\"name\""),
    RefusedParameters([("sysparm_exclude_reference_link", "1")], "bad_parameter", "true or false"),
    RefusedParameters([("sysparm_no_count", "")], "bad_parameter", "true or false"),
    RefusedParameters([("sysparm_view", String(repeating: "v", count: 101))], "bad_parameter", "sysparm_view"),
    RefusedParameters([("sysparm_querry", "status=done")], "unknown_parameter", "sysparm_query"),
    RefusedParameters([("SYSPARM_QUERY", "status=done")], "unknown_parameter", "\"SYSPARM_QUERY\""),
    RefusedParameters([("sysparm_display_value", "yes")], "bad_parameter", "sysparm_display_value"),
    RefusedParameters([("sysparm_limit", "1"), ("sysparm_limit", "1")], "repeated_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_limit", "")], "bad_parameter", "10000"),
    RefusedParameters([("sysparm_limit", "-1")], "bad_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_limit", "10001")], "bad_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_limit", "+5")], "bad_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_limit", "5 ")], "bad_parameter", "sysparm_limit"),
    RefusedParameters([("sysparm_offset", "-1")], "bad_parameter", "sysparm_offset"),
    RefusedParameters([("sysparm_offset", "99999999999999999999")], "bad_parameter", "sysparm_offset"),
    RefusedParameters([("sysparm_fields", "name,nope")], "unknown_field", "\"nope\""),
    RefusedParameters([("sysparm_fields", "name, email")], "unknown_field", "\" email\""),
    RefusedParameters([("sysparm_fields", "manager.name")], "no_reference", "\"manager\""),
    RefusedParameters([("sysparm_fields", "name,name")], "repeated_field", "name"),
    RefusedParameters([("sysparm_fields", "name\",\"email")], "unknown_field", "name"),
    RefusedParameters(
        (0...100).map { ("p\($0)", "1") }, "too_many_parameters", "100"),
]

@Test("parameters that are not understood are refused by name", arguments: refused)
private func refusesParameters(_ row: RefusedParameters) {
    do {
        _ = try CallParameters(
            row.sent, for: row.forOne ? .one : .list, Walks(.sample, Viewer(TestViewer.admin) { _, _ in true }))
        Issue.record("accepted")
    } catch let error as HubError {
        #expect(error.kind == .invalid && error.reason == row.reason, "\(error)")
        #expect(error.message.contains(row.says), "\(error.message)")
    } catch { Issue.record("\(error)") }
}

@Test("one record shows the asked fields in the asked order", arguments: TestStore.allCases)
func fieldsOfOne(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let sysID = try await fixture.leaver()
        let one = try await fixture.records.get(
            "hr_leaver", sysID, query: [("sysparm_fields", "status,name")], cause: fixture.test.cause())
        #expect(one.text() == #"{"status":"leaving","name":"Mara Lindqvist"}"#)
    }
}

/// What the library pysnow 0.7.17 sends with each call, whatever it does.
private let pysnow: [(name: String, value: String)] = [
    ("sysparm_query", ""), ("sysparm_limit", "10000"), ("sysparm_offset", "0"), ("sysparm_display_value", "False"),
    ("sysparm_suppress_pagination_header", "False"), ("sysparm_exclude_reference_link", "True"),
    ("sysparm_view", ""), ("sysparm_fields", ""),
]

@Test("what real clients send everywhere says nothing where it has nothing to say", arguments: TestStore.allCases)
func sentEverywhere(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        let (records, cause) = (fixture.records, fixture.test.cause())
        let made = try await records.create(
            .test("incident", "", pysnow, cause),
            body: ["short_description": "Printer", "caller_id": .string(Person.ada)])
        #expect(made.record["caller_id"]?.string == Person.ada && made.record["sys_id"]?.string == made.sysID)
        let list = try await records.list(.test("incident", "", pysnow, cause))
        #expect(list.total == 1 && list.rows.first == made.record)
        let one = try await records.get(.test("incident", made.sysID, pysnow, cause))
        #expect(one == made.record)
        let queried = pysnow.map { $0.name == "sysparm_query" ? (name: $0.name, value: "number=none") : $0 }
        let changed = try await records.update(.test("incident", made.sysID, queried, cause), body: ["state": "new"])
        #expect(changed["state"] == "new")
        try await records.delete(.test("incident", made.sysID, pysnow, cause))
    }
}

@Test("a list is bounded by what its values hold, and says what to do", arguments: TestStore.allCases)
func boundedAnswers(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        for name in ["Ada", "Ben", "Cay"] {
            try await fixture.leaver([
                "name": .string(name), "notes": .string(String(repeating: "\u{e9}", count: 4_000)),
            ])
        }
        let narrow = RecordsFixture(database: fixture.database, mostCharacters: 10_000)
        func list(_ query: [(name: String, value: String)]) async throws -> Int {
            try await narrow.records.list("hr_leaver", query: query, cause: fixture.test.cause()).rows.count
        }
        for query in [[], [("sysparm_no_count", "true")], [("sysparm_fields", "notes")]] {
            let error = await refusal { _ = try await list(query.map { (name: $0.0, value: $0.1) }) }
            #expect(error?.kind == .tooLarge && error?.reason == "answer_too_large", "\(query)")
            #expect(error?.message.contains("sysparm_limit") == true)
        }
        let counts = [
            try await list([("sysparm_limit", "2")]), try await list([("sysparm_offset", "1")]),
            try await list([("sysparm_fields", "name,email")]), try await list([("sysparm_query", "name=Ben")]),
        ]
        #expect(counts == [2, 2, 3, 1])
    }
}
