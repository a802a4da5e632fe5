import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Monitoring

/// One database for all days: a partition a day, made ahead, dropped as a whole. Time is moved by hand.
struct LogDaysTests {
    let requests = Requests()

    private func log(_ database: any Database, kept: Int = 2) -> TransactionLog {
        TransactionLog(store: .single(database), effects: requests.clock.effects, keptDays: kept)
    }

    private var today: LogDay { LogDay(requests.clock.now) }

    /// The days that have a partition; on PostgreSQL what is noted and what is there are the same.
    private func days(_ database: any Database) async throws -> [String] {
        try await database.read { reader in
            let noted = try reader.rows(
                "SELECT name, day FROM partition_day ORDER BY name, day LIMIT 200", []
            ).map { try "\($0.text("name"))_\(LogDay(Timestamp(epochSeconds: $0.int("day") * 86_400)).text)" }
            if database.dialect == .postgres {
                let there = try reader.rows(
                    """
                    SELECT c.relname AS name FROM pg_catalog.pg_inherits i
                    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'r' ORDER BY name LIMIT 200
                    """, []
                ).map { try $0.text("name") }
                #expect(there == noted)
            }
            return noted.filter { $0.hasPrefix("transaction_log_") }.map { String($0.dropFirst(16)) }
        }
    }

    @Test(
        "days pass: tomorrow is there before it begins, the kept days stay, older ones go",
        arguments: TestStore.allCases)
    func daysPass(store: TestStore) async throws {
        try await store.with([]) { database in
            let log = log(database)
            var sent: [String] = []
            for _ in 0..<6 {
                try await log.sweep()
                let transaction = requests.one("POST")
                sent.append(transaction.correlation.text)
                log.log(transaction)
                try await log.flush()
                let days = try await days(database)
                #expect(days.last == today.earlier(by: -1).text)
                #expect(days.count <= 4)
                requests.clock.advance(seconds: 86_400)
            }
            try await log.sweep()
            let (left, listed) = (try await days(database), try await log.listed())
            #expect(left == (-1...2).reversed().map { today.earlier(by: $0).text })
            #expect(listed == [sent[5], sent[4]])
            let rows = try await database.read { try $0.rows("SELECT id FROM transaction_log ORDER BY id LIMIT 9", []) }
            #expect(rows.count == 2)
        }
    }

    @Test("what was dropped goes with its day too", arguments: TestStore.allCases)
    func droppedCounts(store: TestStore) async throws {
        try await store.with([]) { database in
            let log = log(database)
            for _ in 0..<(Limits.logQueue.value + 3) { log.log(requests.one()) }
            try await log.flush()
            let before = try await log.list(["most": "1"])["dropped"]?["reads"]?.int
            #expect(before == 3)
            requests.clock.advance(seconds: 3 * 86_400)
            try await log.sweep()
            let left = try await database.read { try $0.rows("SELECT id FROM log_dropped ORDER BY id LIMIT 9", []) }
            #expect(left.isEmpty)
        }
    }

    @Test("a row of the last millisecond and one of midnight are kept, each in its day", arguments: TestStore.allCases)
    func midnight(store: TestStore) async throws {
        try await store.with([]) { database in
            let log = log(database)
            var last = requests.one("POST")
            last.at = today.earlier(by: -1).start.adding(milliseconds: -1)
            var first = requests.one("POST")
            first.at = today.earlier(by: -1).start
            let order = [first, last].map(\.correlation.text)
            for transaction in [first, last] { log.log(transaction) }
            let (listed, days) = (try await log.listed(), try await days(database))
            #expect(listed == order)
            #expect(days == [today.text, today.earlier(by: -1).text])
        }
    }

    @Test(
        "a clock that jumps back or far ahead: each row finds a partition, nothing young goes",
        arguments: TestStore.allCases)
    func clockJumps(store: TestStore) async throws {
        try await store.with([]) { database in
            let log = log(database)
            var sent: [String] = []
            for jump in [0, -40, 38, -1] {
                requests.clock.advance(seconds: Int64(jump) * 86_400)
                let transaction = requests.one("POST")
                sent.append(transaction.correlation.text)
                log.log(transaction)
                try await log.flush()
            }
            let all = try await database.read {
                try $0.rows("SELECT correlation FROM transaction_log ORDER BY at, id LIMIT 9", []).map {
                    try $0.text("correlation")
                }
            }
            #expect(Set(all) == Set(sent))
            // It is three days before the first row now: the row of the wrong clock goes, the later ones stay.
            try await log.sweep()
            let listed = try await log.listed()
            #expect(listed == [sent[0], sent[2], sent[3]])
        }
    }

    @Test("two hubs at once make and drop the same days, and no row is lost", arguments: TestStore.allCases)
    func twoHubs(store: TestStore) async throws {
        try await store.withPlace { place in
            // Two processes cannot share an SQLite file: there the two logs share one database.
            let one = try await place.open()
            let other = store == .sqlite ? one : try await place.open()
            let logs = [log(one), log(other)]
            for day in 0..<5 {
                for log in logs { for _ in 0..<3 { log.log(requests.one("POST")) } }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for log in logs {
                        group.addTask { try await log.flush() }
                        group.addTask { try await log.sweep() }
                    }
                    try await group.waitForAll()
                }
                let count = try await logs[0].listed().count
                #expect(count == 6 * min(day + 1, 3))
                if day < 4 { requests.clock.advance(seconds: 86_400) }
            }
            let days = try await days(one)
            #expect(days.count == 4)
            await one.close()
            if store != .sqlite { await other.close() }
        }
    }

    @Test("a day that another hub or somebody by hand dropped is made again, and its rows are written")
    func droppedByHand() async throws {
        try await TestStore.postgres.with([]) { database in
            let log = log(database)
            log.log(requests.one("POST"))
            try await log.flush()
            let day = today.number
            try await database.write(.bookkeeping("another hub, whose clock is ahead")) { writer in
                try DayPartitions.drop(day, of: "transaction_log", by: "at", in: writer)
            }
            let second = requests.one("POST")
            log.log(second)
            try await log.flush()
            try await database.write(.bookkeeping("by hand, not noted")) { writer in
                try writer.define([.dropDay(day, of: "transaction_log", by: "at")])
            }
            let third = requests.one("POST")
            log.log(third)
            try await log.flush()
            let (listed, days) = (try await log.listed(), try await days(database))
            #expect(listed == [third.correlation.text])
            #expect(days == [today.text])
            #expect(log.condition == .init(waiting: 0, droppedReads: 0, droppedOthers: 0, failure: nil))
        }
    }

    @Test("the plain table of an older schema becomes partitions with all its rows", arguments: TestStore.allCases)
    func olderSchema(store: TestStore) async throws {
        try await store.with(Array(MonitoringSchema.logMigrations.prefix(1))) { database in
            let days = 4
            var batch = LogBatch(dropped: .init(reads: 7))
            for index in 0..<days {
                batch.rows.append(LogRow(id: "old-\(index)", transaction: requests.one("POST")))
                requests.clock.advance(seconds: 86_400)
            }
            let (old, now) = (batch, requests.clock.now)
            try await database.write(.bookkeeping("an older hub")) { try Self.writeOlder(old, at: now, in: $0) }
            let log = log(database, kept: 30)
            let expected = old.rows.map(\.transaction.correlation.text)
            let before = try await log.listed()
            #expect(before == expected.reversed())
            let dropped = try await log.list()["dropped"]?["reads"]?.int
            #expect(dropped == 7)
            // SQLite keeps a file a day instead, which is removed by its name.
            guard store == .postgres else { return }
            let shorter = self.log(database)
            try await shorter.sweep()
            let after = try await shorter.listed()
            #expect(after == expected.suffix(2).reversed())
        }
    }

    /// Rows as the first schema of the log had them.
    private static func writeOlder(_ batch: LogBatch, at now: Timestamp, in writer: any SQLWriter) throws {
        for row in batch.rows {
            try writer.run(
                """
                INSERT INTO transaction_log (at, id, direction, correlation, microseconds, method, path, status, outcome,
                reason, user_name, client, connection, action, execution, repeated)
                VALUES ($1, $2, 'in', $3, 0, $4, $5, 200, 'allowed', '', 'u', 'c', '', '', '', 0)
                """,
                [
                    .int(row.transaction.at.epochMilliseconds), .text(row.id), .text(row.transaction.correlation.text),
                    .text(row.transaction.method), .text(row.transaction.path),
                ])
        }
        try writer.run(
            "INSERT INTO log_dropped (at, id, reads, others, refusals) VALUES ($1, 'd', $2, 0, 0)",
            [.int(now.epochMilliseconds), .int(batch.dropped.reads)])
    }
}
