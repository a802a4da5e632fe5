import AuditTrail
import Core
import Glibc
import Storage
import StoragePostgres
import StorageSQLite

/// `StoreProbe sqlite PATH WRITERS COUNT` or `StoreProbe postgres WRITERS COUNT` (conninfo in STORE_PROBE_POSTGRES).
///
/// Each writer puts COUNT rows, each with its audit event, and says `ack ID` after a row is acknowledged.
@main enum StoreProbe {
    static func main() async throws {
        let words = CommandLine.arguments
        let database: any Storage.Database
        if words[1] == "sqlite" {
            database = try SQLiteDatabase(path: words[2])
        } else {
            guard let text = getenv("STORE_PROBE_POSTGRES") else { exit(2) }
            database = try await PostgresDatabase(conninfo: Secret(String(cString: text)))
        }
        guard let writers = Int(words[words.count - 2]), let count = Int(words[words.count - 1]) else { exit(2) }
        let table = Migration(
            "probe-001", [.createTable(TableDefinition("probe", [.text("id"), .text("filler")], primaryKey: ["id"]))])
        _ = try await Migrator.bring(database, to: [table], at: Timestamp(epochSeconds: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask { for number in 0..<count { try await put("w\(writer)-\(number)", in: database) } }
            }
            try await group.waitForAll()
        }
        await database.close()
    }

    private static func put(_ id: String, in database: any Storage.Database) async throws {
        let cause = Cause(.hub, at: Timestamp(epochSeconds: 1), CorrelationID("c-0000000000000") ?? .new(unused))
        try await database.write(.change) { writer in
            try writer.run(
                "INSERT INTO probe (id, filler) VALUES ($1, $2)",
                [.text(id), .text(String(repeating: "x", count: 500))])
            try writer.record(AuditEvent(.recordCreated, on: .init("probe", id: id, name: id), by: cause))
        }
        let line = Array("ack \(id)\n".utf8)
        // Straight to the pipe: what was said stays said when the process is killed.
        guard write(1, line, line.count) == line.count else { exit(3) }
    }

    private static let unused = Effects(
        now: { Timestamp(epochSeconds: 1) }, monotonicNanoseconds: { 0 },
        randomBytes: { Array(repeating: 0, count: $0) },
        sleep: { _ in })
}
