import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Records

/// A store with the built-in tables, and what tests look at beside the answers.
struct RecordsFixture: Sendable {
    let records: Records
    let database: any Database
    let test = TestEffects()

    static func with(
        _ store: TestStore, _ body: (RecordsFixture) async throws -> Void
    ) async throws {
        try await store.with(Records.migrations) { database in
            let fixture = RecordsFixture(database: database)
            try await fixture.records.prepare(by: fixture.test.cause(.hub))
            try await body(fixture)
        }
    }

    init(database: any Database) {
        self.database = database
        records = Records(database: database, effects: test.effects)
    }

    /// Makes a leaver; returns its sys_id.
    @discardableResult
    func leaver(_ set: JSONObject = [:]) async throws -> String {
        var body: JSONObject = ["name": "Mara Lindqvist", "email": "mara@example.com", "status": "leaving"]
        for member in set.members { body[member.name] = member.value }
        let made = try await records.create("hr_leaver", body: .object(body), cause: test.cause())
        return try #require(made["sys_id"]?.string)
    }

    /// The values of one field, in the answer's order.
    func find(_ query: String, _ field: String = "name") async throws -> [String] {
        let page = try await records.list(
            "hr_leaver", query: [("sysparm_query", query), ("sysparm_fields", field)], cause: test.cause())
        #expect(page.total == page.rows.count)
        return page.rows.compactMap { $0[field]?.string }
    }

    /// All that a write may change: records, events, outbox, history, dictionary.
    func everything() async throws -> [String] {
        try await database.read { reader in
            var lines: [String] = []
            lines += try reader.rows("SELECT * FROM rec_hr_leaver ORDER BY sys_id LIMIT 1000", []).map {
                "\($0.values)"
            }
            lines += try reader.rows("SELECT * FROM rec_incident ORDER BY sys_id LIMIT 1000", []).map { "\($0.values)" }
            lines += try reader.rows("SELECT * FROM record_table ORDER BY id LIMIT 1000", []).map { "\($0.values)" }
            lines += try reader.rows("SELECT * FROM record_column ORDER BY id LIMIT 1000", []).map { "\($0.values)" }
            lines += try reader.rows("SELECT * FROM audit_pending ORDER BY seq LIMIT 1000", []).map { "\($0.values)" }
            lines += try reader.rows("SELECT * FROM outbox ORDER BY seq LIMIT 1000", []).map { "\($0.values)" }
            lines += try reader.rows("SELECT * FROM config_history ORDER BY seq LIMIT 1000", []).map { "\($0.values)" }
            return lines
        }
    }

    /// The audit events about records, oldest first.
    func events() async throws -> [JSON] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", [])
                .map { try JSON.read(try $0.text("event")) }
                .filter { $0.value(at: "/target/kind")?.string == "record" }
        }
    }

    /// The messages that flows get, oldest first.
    func messages() async throws -> [JSON] {
        try await database.read { try Outbox.waiting(.recordChange, most: 100, in: $0).map(\.payload) }
    }
}

/// The reason code, and the message, of what a call refuses; fails when it does not.
func refusal(_ call: () async throws -> Void) async -> HubError? {
    do {
        try await call()
        Issue.record("nothing was refused")
        return nil
    } catch let error as HubError { return error } catch {
        Issue.record("not a HubError: \(error)")
        return nil
    }
}
