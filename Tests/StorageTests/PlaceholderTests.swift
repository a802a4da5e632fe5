import Storage
import TestSupport
import Testing

@Test func smoke() async throws {
    try await TestStore.sqlite.with([
        Migration("t-1", [.createTable(TableDefinition("t", [.text("a")], primaryKey: ["a"]))])
    ]) { db in
        try await db.write(.bookkeeping("test")) { w in try w.run("INSERT INTO t (a) VALUES ($1)", [.text("x")]) }
        let rows = try await db.read { r in try r.rows("SELECT a FROM t", []).count }
        #expect(rows == 1)
    }
}
