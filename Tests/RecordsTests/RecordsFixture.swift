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

    init(database: any Database, mostCharacters: Int = Limits.tableCharacters.value) {
        self.database = database
        records = Records(
            database: database, effects: test.effects, projected: [.people], mostCharacters: mostCharacters)
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
        #expect(page.total == page.rows.count, "\(query)")
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

extension TableCall {
    /// A call by a user of the cause's name, with every right unless roles are given, and every scope unless tables are.
    static func test(
        _ table: String, _ sysID: String = "", _ parameters: [(name: String, value: String)] = [], _ cause: Cause,
        roles: Set<String> = ["admin"], tables: Set<String>? = nil
    ) -> TableCall {
        TableCall(
            table: table, sysID: sysID, parameters: parameters,
            caller: Principal(
                user: UserID(Person.ada), userName: cause.actor.name, client: nil, clientName: "-", roles: roles,
                scopes: nil, method: .bearer), reach: { table, _ in tables?.contains(table) ?? true },
            cause: cause, origin: "https://hub.test")
    }
}

extension Records {
    func list(
        _ table: String, query: [(name: String, value: String)], cause: Cause, roles: Set<String> = ["admin"],
        tables: Set<String>? = nil
    ) async throws -> RecordPage { try await list(.test(table, "", query, cause, roles: roles, tables: tables)) }

    func get(
        _ table: String, _ sysID: String, query: [(name: String, value: String)] = [], cause: Cause
    ) async throws -> JSON { try await get(.test(table, sysID, query, cause)) }

    func create(_ table: String, body: JSON, cause: Cause) async throws -> JSON {
        try await create(.test(table, "", [], cause), body: body).record
    }

    func update(_ table: String, _ sysID: String, body: JSON, cause: Cause) async throws -> JSON {
        try await update(.test(table, sysID, [], cause), body: body)
    }

    func delete(_ table: String, _ sysID: String, cause: Cause) async throws {
        try await delete(.test(table, sysID, [], cause))
    }

    func deleteAll(_ table: String, _ cause: Cause) async throws {
        for row in try await list(table, query: [], cause: cause).rows {
            try await delete(table, row["sys_id"]?.string ?? "", cause: cause)
        }
    }
}

/// Ids of the two people of the projection.
enum Person {
    static let ada = "000000000000000000000000000000aa"
    static let ben = "000000000000000000000000000000bb"
}

extension ProjectedTable {
    /// Two people, who exist in this statement alone.
    static let people = ProjectedTable(
        "sys_user", label: "User", readers: ["people_reader"],
        columns: [
            .init("user_name", "User ID"), .init("name", "Name"), .init("email", "Email"),
            .init("active", "Active", .boolean), .init("manager", "Manager", .reference("sys_user")),
        ],
        select: """
            SELECT '000000000000000000000000000000aa' AS sys_id, 'ada' AS user_name, 'Ada Brandt' AS name,
                'ada@acme.example' AS email, 1 AS active, '000000000000000000000000000000bb' AS manager,
                CAST(1790000000000 AS BIGINT) AS sys_created_on, '' AS sys_created_by,
                CAST(1790000000000 AS BIGINT) AS sys_updated_on, '' AS sys_updated_by, 0 AS sys_mod_count
            UNION ALL
            SELECT '000000000000000000000000000000bb', 'ben', 'Ben Ovando', 'ben@acme.example', 0, '',
                CAST(1790000060000 AS BIGINT), '', CAST(1790000060000 AS BIGINT), '', 0
            """,
        changedBy: "linchpin user")
}
