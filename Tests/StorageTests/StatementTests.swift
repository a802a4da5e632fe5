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

/// Which statements the embedded store keeps prepared.
struct StatementTests {
    @Test("statements of any shape are not kept, those that stand in the program are")
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
            // The savepoint and such are GRDB's own.
            #expect(afterShapes - none < 10)
            #expect(afterLiteral - afterShapes == 1)
        }
    }
}

@Test("a statement that takes too long is ended, and the store goes on")
func slowStatement() async throws {
    try await TestStore.sqlite.withPlace { place in
        guard case .sqlite(let path) = place else { return }
        let database = try SQLiteDatabase(path: path, statementMilliseconds: 20)
        let endless: SQL = """
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000)
            SELECT COUNT(*) AS n FROM c
            """
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
