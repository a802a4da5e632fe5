import Core
import Storage
import TestSupport
import Testing

@testable import StorageSQLite

@Test("closing twice is closing once")
func closedTwice() async throws {
    try await TestStore.sqlite.withPlace { place in
        let database = try await place.open()
        _ = try await Migrator.bring(database, to: [], at: Timestamp(epochSeconds: 1_790_000_000))
        await database.close()
        await database.close()
    }
}

@Test("parameters take the values of their numbers, wherever they stand and as often as they do")
func numbered() async throws {
    try await TestStore.sqlite.with([]) { database in
        let values: [SQLValue] = [.text(""), .int(.min), .null, .blob([]), .text("ä"), .blob([0, 255])]
        let row = try await database.read { reader in
            try reader.row("SELECT $5 AS a, $2 AS b, $3 AS c, $1 AS d, $6 AS e, $4 AS f, $2 AS g", values)
        }
        #expect(row?.values == [.text("ä"), .int(.min), .null, .text(""), .blob([0, 255]), .blob([]), .int(.min)])
    }
}

@Test(
    "as many values as parameters, and each with its number",
    arguments: [("SELECT $1 AS a", 0), ("SELECT $1 AS a", 2), ("SELECT $1 AS a, $3 AS b", 2), ("SELECT ? AS a", 1)])
func counted(_ text: String, _ count: Int) async throws {
    try await TestStore.sqlite.with([]) { database in
        let values = [SQLValue](repeating: .int(1), count: count)
        await #expect(throws: HubError.self) {
            try await database.read { reader in try reader.rows(SQL(built: text), values) }
        }
    }
}

/// Which statements the embedded store keeps prepared.
struct StatementTests {
    @Test("of statements of any shape so many are kept, those that stand in the program too")
    func kept() async throws {
        try await TestStore.sqlite.withPlace { place in
            guard case .sqlite(let path) = place else { return }
            let database = try SQLiteDatabase(path: path)
            let none = database.statementsKept()
            for number in 0..<200 {
                let text = try await database.write(.bookkeeping("looks")) { writer in
                    try writer.row(SQL(built: "SELECT 'a' AS a\(number), $1 AS b"), [.text("x")])?.text("b")
                }
                #expect(text == "x")
            }
            let afterShapes = database.statementsKept()
            for _ in 0..<200 {
                try await database.write(.bookkeeping("looks")) { writer in
                    _ = try writer.row("SELECT $1 AS stands_here", [.text("x")])
                }
            }
            let afterLiteral = database.statementsKept()
            await database.close()
            // BEGIN, COMMIT and such are GRDB's own.
            let most = Limits.keptStatements.value
            #expect((1...(most + 10)).contains(afterShapes - none))
            #expect(afterLiteral - afterShapes == 1)
        }
    }
}

private let endless: SQL = """
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000)
    SELECT COUNT(*) AS n FROM c
    """

@Test("a statement that takes too long is ended, and the store goes on")
func slowStatement() async throws {
    try await TestStore.sqlite.withPlace { place in
        guard case .sqlite(let path) = place else { return }
        let database = try SQLiteDatabase(path: path, statementMilliseconds: 20)
        for inWrite in [false, true] {
            do {
                if inWrite {
                    _ = try await database.write(.bookkeeping("test")) { try $0.rows(endless, []).count }
                } else {
                    _ = try await database.read { try $0.rows(endless, []).count }
                }
                Issue.record("it ended by itself")
            } catch let error as HubError {
                #expect(error.kind == .unavailable && error.reason == "store_slow", "\(error)")
            }
            let next = try await database.read { try $0.row("SELECT 1 AS n", [])?.int("n") }
            #expect(next == 1)
        }
        await database.close()
    }
}

@Test("a read whose task is cancelled ends as cancelled, not as slow, and the store goes on")
func cancelledRead() async throws {
    try await TestStore.sqlite.with([]) { database in
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let reading = Task {
            try await database.read { reader in
                begin.yield()
                return try reader.rows(endless, []).count
            }
        }
        for await _ in begun { break }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        let next = try await database.read { try $0.row("SELECT 1 AS n", [])?.int("n") }
        #expect(next == 1)
    }
}
