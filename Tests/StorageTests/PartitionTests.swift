import Core
import Dispatch
import Storage
import TestSupport
import Testing

/// A table with a partition a day means the same on both databases.
@Suite struct PartitionTests {
    private static let event = TableDefinition(
        "event", [.int("at"), .text("id"), .text("note").optional], primaryKey: ["at", "id"], indexes: [["id", "at"]])
    private static let plain = Migration("event-001", [.createTable(event)])
    private static let split = Migration("event-002", [.partitionByDay(event, by: "at")])
    private static let day: Int64 = 86_400_000

    private func ids(_ database: any Database) async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT id FROM event ORDER BY id LIMIT 50", []).map { try $0.text("id") }
        }
    }

    private func insert(_ id: String, at: Int64, in writer: any SQLWriter) throws {
        try writer.run("INSERT INTO event (at, id) VALUES ($1, $2)", [.int(at), .text(id)])
    }

    @Test(
        "a day is made once, holds its first and its last millisecond, and goes as a whole",
        arguments: TestStore.allCases)
    func days(store: TestStore) async throws {
        try await store.with([Self.plain, Self.split]) { database in
            try await database.write(.bookkeeping("test")) { writer in
                for day in [7, 8, 7] as [Int64] { try DayPartitions.make(day, of: "event", in: writer) }
                try insert("first", at: 7 * Self.day, in: writer)
                try insert("last", at: 8 * Self.day - 1, in: writer)
                try insert("next", at: 8 * Self.day, in: writer)
            }
            let old = try await database.read { try DayPartitions.days(before: 8, of: "event", most: 5, in: $0) }
            #expect(old == [7])
            for _ in 0..<2 {
                try await database.write(.bookkeeping("test")) {
                    try DayPartitions.drop(7, of: "event", by: "at", in: $0)
                }
            }
            let left = try await ids(database)
            #expect(left == ["next"])
            let none = try await database.read { try DayPartitions.days(before: 8, of: "event", most: 5, in: $0) }
            #expect(none.isEmpty)
        }
    }

    @Test("a day that failed to the end is neither noted nor there", arguments: TestStore.allCases)
    func rollback(store: TestStore) async throws {
        struct Stop: Error {}
        try await store.with([Self.plain, Self.split]) { database in
            await #expect(throws: Stop.self) {
                try await database.write(.bookkeeping("test")) { writer in
                    try DayPartitions.make(7, of: "event", in: writer)
                    throw Stop()
                }
            }
            let noted = try await database.read { try DayPartitions.days(before: 9, of: "event", most: 5, in: $0) }
            #expect(noted.isEmpty)
            try await database.write(.bookkeeping("test")) { writer in
                try DayPartitions.make(7, of: "event", in: writer)
                try insert("row", at: 7 * Self.day, in: writer)
            }
        }
    }

    @Test("the rows of a plain table move, also those before 1970", arguments: TestStore.allCases)
    func moved(store: TestStore) async throws {
        try await store.with([Self.plain]) { database in
            try await database.write(.bookkeeping("test")) { writer in
                for (id, at) in [("B", -1), ("a", 0), ("b", 7 * Self.day)] as [(String, Int64)] {
                    try insert(id, at: at, in: writer)
                }
            }
            _ = try await Migrator.bring(database, to: [Self.plain, Self.split], at: Timestamp(epochSeconds: 1))
            let found = try await ids(database)
            // As bytes: capitals first.
            #expect(found == ["B", "a", "b"])
            let noted = try await database.read { try DayPartitions.days(before: 99, of: "event", most: 5, in: $0) }
            #expect(noted == (store == .postgres ? [-1, 0, 7] : []))
            await #expect(throws: HubError.self) {
                try await database.write(.bookkeeping("the key still holds")) { try insert("a", at: 0, in: $0) }
            }
        }
    }

    @Test("two hubs that make a day at once both succeed")
    func together() async throws {
        try await TestStore.postgres.withPlace { place in
            let hubs = [try await place.open(), try await place.open()]
            _ = try await Migrator.bring(hubs[0], to: [Self.plain, Self.split], at: Timestamp(epochSeconds: 1))
            for day in Int64(0)..<8 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, hub) in hubs.enumerated() {
                        group.addTask {
                            try await hub.write(.bookkeeping("test")) { writer in
                                try DayPartitions.make(day, of: "event", in: writer)
                                try insert("\(number)", at: day * Self.day, in: writer)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let rows = try await ids(hubs[1])
            #expect(rows.count == 16)
            for hub in hubs { await hub.close() }
        }
    }

    @Test("a reader that holds the table is waited for only so long, and the day is kept for the next turn")
    func reader() async throws {
        try await TestStore.postgres.withPlace { place in
            let (hub, slow) = (try await place.open(), try await place.open())
            _ = try await Migrator.bring(hub, to: [Self.plain, Self.split], at: Timestamp(epochSeconds: 1))
            try await hub.write(.bookkeeping("test")) { try DayPartitions.make(7, of: "event", in: $0) }
            let (began, mark) = AsyncStream<Void>.makeStream()
            let mayEnd = DispatchSemaphore(value: 0)
            async let reading: Void = slow.read { reader in
                _ = try reader.rows("SELECT id FROM event ORDER BY id LIMIT 1", [])
                mark.finish()
                mayEnd.wait()
            }
            for await _ in began {}
            let error = await #expect(throws: HubError.self) {
                try await hub.write(.bookkeeping("test")) { try DayPartitions.drop(7, of: "event", by: "at", in: $0) }
            }
            #expect(error?.reason == "store_slow")
            mayEnd.signal()
            try await reading
            let noted = try await hub.read { try DayPartitions.days(before: 9, of: "event", most: 5, in: $0) }
            #expect(noted == [7])
            try await hub.write(.bookkeeping("test")) { try DayPartitions.drop(7, of: "event", by: "at", in: $0) }
            for hub in [hub, slow] { await hub.close() }
        }
    }

    @Test("SQLite has no partitions: its table stays, and a day is deleted")
    func sqlite() {
        #expect(SchemaStep.partitionByDay(Self.event, by: "at").statements(.sqlite).isEmpty)
        #expect(SchemaStep.addDay(7, to: "event").statements(.sqlite).isEmpty)
        #expect(
            SchemaStep.dropDay(7, of: "event", by: "at").statements(.sqlite)
                == [#"DELETE FROM "event" WHERE "at" >= 604800000 AND "at" < 691200000"#])
    }
}
