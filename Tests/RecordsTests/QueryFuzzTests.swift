import Core
import Storage
import TestSupport
import Testing

@testable import Records

/// Dice with a seed (SplitMix64), so that a failure repeats.
struct Dice {
    var seed: UInt64

    mutating func roll(_ below: Int) -> Int {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var value = seed
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(below))
    }

    /// Half of the time any pieces in a row, else pieces where a query has them.
    mutating func query() -> String {
        if roll(2) == 0 { return (0..<(1 + roll(9))).map { _ in pick(pieces) }.joined() }
        return (0..<(1 + roll(4))).map { _ in
            if roll(5) == 0 { return pick(["ORDERBY", "ORDERBYDESC"]) + pick(columns) }
            return pick(["", "", "OR", "NQ"]) + pick(columns) + pick(QueryOperator.all.map(\.spelling)) + pick(pieces)
        }.joined(separator: "^")
    }

    mutating func pick(_ list: [String]) -> String { list[roll(list.count)] }
}

private let columns = RecordTable.sample.columns.map(\.name)

private let pieces =
    columns + QueryOperator.all.map(\.spelling)
    + QueryOperator.unsupported + [
        "^", "^", "^", "^OR", "ORDERBY", "ORDERBYDESC", "^NQ", "^NQ", "@", "2026-11-30@2026-12-01", "leaving", "done",
        "2026-11-30", "42", ",", "%", "_",
        "\\", "'", "\"", "$1", "\u{0}", "🦊", "e\u{301}", "\u{212A}", "\r\n", " ", "javascript:", ";", "--",
    ]

/// The query as text again.
private func text(_ query: EncodedQuery) -> String? {
    var terms: [String] = []
    for (number, groups) in query.parts.enumerated() {
        for (index, group) in groups.enumerated() {
            for (alternative, condition) in group.enumerated() {
                guard let spelling = QueryOperator.all.first(where: { $0.test == condition.test })?.spelling,
                    let values = try? condition.values.map({ try shown(condition, $0) })
                else { return nil }
                let start = alternative > 0 ? "OR" : index == 0 && number > 0 ? "NQ" : ""
                let between = condition.test == .between ? "@" : ","
                terms.append(
                    start + condition.column.column.name + spelling
                        + (condition.other?.column.name ?? values.joined(separator: between)))
            }
        }
    }
    terms += query.order.map { "ORDERBY" + ($0.isDescending ? "DESC" : "") + $0.column.column.name }
    return terms.joined(separator: "^")
}

private func shown(_ condition: EncodedQuery.Condition, _ value: SQLValue) throws -> String {
    try condition.column.column.shown(value)
}

@Test("any text is a query or an error, and a query reads back as itself", arguments: [1, 2, 3, 4])
func fuzz(_ seed: UInt64) throws {
    var dice = Dice(seed: seed)
    var read = 0
    for _ in 0..<5_000 {
        let query = dice.query()
        guard let parsed = accepted(query) else { continue }
        read += 1
        let again = try #require(text(parsed))
        let second = try QueryParser.parse(again)
        #expect(text(second)?.isExactly(again) == true, "\(query)")
        let statement = StatementBuilder.page(
            Selection(table: .sample, joins: [], filters: [parsed.parts]),
            [PlacedColumn(column: .sysID, place: 0, isProjected: false)], parsed.order, limit: 1, offset: 0)
        #expect(statement.sql.text.contains("$\(statement.values.count)"))
        #expect(!statement.sql.text.contains("🦊") && !statement.sql.text.contains("--"))
    }
    #expect(read > 200, "\(read) queries were read: the fuzz hardly tests what it is for")
}

@Test("well-formed queries of every operator run on both stores", arguments: TestStore.allCases)
func fuzzStores(_ store: TestStore) async throws {
    try await RecordsFixture.with(store) { fixture in
        try await fixture.leaver()
        var dice = Dice(seed: 7)
        var ran = 0
        while ran < 60 {
            let query = dice.query()
            guard accepted(query) != nil else { continue }
            _ = try await fixture.find(query)
            ran += 1
        }
    }
}

private func accepted(_ query: String) -> EncodedQuery? {
    do { return try QueryParser.parse(query) } catch let error as HubError {
        #expect(error.kind == .invalid, "\(error)")
        #expect(error.reason.hasPrefix("query_") || error.reason == "no_reference", "\(error.reason)")
        #expect(error.message.utf8.count < 1_000)
        return nil
    } catch {
        Issue.record("not a HubError: \(error)")
        return nil
    }
}
