import Core
import Foundation
import Hub
import Monitoring
import Ports
import Records
import Storage
import StorageSQLite

extension Figure {
    /// The pages that people wait for.
    static let lists = Figure(
        name: "lists", says: "list pages at 10,000 objects and 1,000,000 transactions; the slowest of ten answers"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        try await fillObjects(site.data + "/hub.sqlite", 10_000)
        try await fillLog(site.data, 1_000_000)
        return try await site.withHub { hub in
            var readings: [Reading] = []
            for path in [
                "/users", "/users?after=user-05000", "/groups?after=group-05000", "/clients", "/role-grants",
                "/transactions", "/transactions?outcome=failed", "/transactions?client=client-7", "/audit-events",
            ] {
                readings.append(
                    try await slowest(path) { _ = try await hub.call("GET", path) })
            }
            for query in [
                "", "?sysparm_limit=200&sysparm_offset=9800", "?sysparm_limit=50&sysparm_query=number%3DINC9999",
            ] {
                let path = "/api/now/table/incident" + query
                readings.append(
                    try await slowest(path) {
                        let reply = try await site.send("GET", hub.url + path, headers: application.headers)
                        guard reply.status == 200 else { throw BenchProblem("\(path) answered \(reply.status)") }
                    })
            }
            // Not a list, and every row of it is within the hour; the console's first page asks for it.
            let sum = try await seconds { _ = try await hub.call("POST", "/transactions/summarize", [:]) }
            readings.append(Reading("the last hour summed", "\(Reading.number(sum * 1_000)) ms, all of them in it"))
            return readings
        }
    }

    private static func slowest(_ path: String, _ ask: () async throws -> Void) async throws -> Reading {
        try await ask()
        var slowest = 0.0
        for _ in 0..<10 { slowest = max(slowest, try await seconds(ask)) }
        return Reading(path, slowest * 1_000, "ms", most: 200)
    }

    private static func fillObjects(_ path: String, _ count: Int) async throws {
        let database = try SQLiteDatabase(path: path)
        try await database.write(.bookkeeping("a bench's objects")) { writer in
            for number in 0..<count {
                let name = String(format: "%05d", number)
                let id = Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
                try writer.run(
                    """
                    INSERT INTO principal_user (id, name, name_folded, display_name, application, active, locked,
                    web_service_only, failed_sign_ins, created_at, updated_at)
                    VALUES ($1, $2, $2, $2, 'global', 1, 0, 1, 0, 0, 0)
                    """, [.text(id), .text("user-" + name)])
                try writer.run(
                    """
                    INSERT INTO user_group (id, name, name_folded, application, says, created_at)
                    VALUES ($1, $2, $2, 'global', '', 0)
                    """, [.text(id), .text("group-" + name)])
                try writer.run(
                    """
                    INSERT INTO client (id, client_id, name, application, active, user_id, token_seconds, epoch,
                    created_at, updated_at) VALUES ($1, $1, $2, 'global', 1, $1, 1800, 0, 0, 0)
                    """, [.text(id), .text("client-" + name)])
                try writer.run(
                    """
                    INSERT INTO role_grant (id, application, subject_kind, subject_id, role_id, granted_by, granted_at)
                    SELECT $1, 'global', 'user', $1, id, 'bench', 0 FROM role WHERE name = 'incident_reader'
                    """, [.text(id)])
            }
        }
        try await fillRecords(database, count)
        await database.close()
    }

    /// As the Table API makes them.
    private static func fillRecords(_ database: any Database, _ count: Int) async throws {
        let effects = Effects.live()
        let records = Records(database: database, effects: effects)
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<64 {
                group.addTask {
                    for number in stride(from: writer, to: count, by: 64) {
                        let body: JSON = [
                            "short_description": .string("Printer \(number) is out of paper"),
                            "number": .string("INC\(number)"),
                        ]
                        let call = TableCall(
                            table: "incident", caller: .socket(uid: 0), reach: { _, _ in true }, cause: cause,
                            origin: "")
                        _ = try await records.create(call, body: body)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Through the log itself, so that its rows are what it writes.
    private static func fillLog(_ data: String, _ count: Int) async throws {
        let effects = Effects.live()
        let now = effects.now()
        let path = "\(data)/log-\(LogDay(now).text).sqlite"
        let store = try SQLiteDatabase(path: path)
        _ = try await Migrator.bring(store, to: MonitoringSchema.logMigrations, at: now)
        let log = TransactionLog(store: .single(store), effects: effects)
        for start in stride(from: 0, to: count, by: 5_000) {
            for number in start..<(start + 5_000) {
                var row = Transaction(
                    .inbound, .new(effects, at: now), at: now.adding(milliseconds: -Int64(count - number) / 100),
                    method: "POST", path: "/api/now/table/incident")
                row.status = 201
                row.user = "user-\(number % 100)"
                row.client = "client-\(number % 100)"
                row.outcome = number % 50 == 0 ? .failed : .allowed
                log.log(row)
            }
            try await log.flush()
        }
        try await log.close()
    }
}
