public import Core
public import Ports
public import Storage

/// Records of the tables in the dictionary, as the Table API sees them.
///
/// Whether the caller may is decided before: by `rights` of the table, and by scopes. Every value on the wire is text.
/// A write's record, audit event and outbox message stand or fall together. Errors are `HubError`; for those of
/// `/api/now`, `Records.detail(of:)` gives the second half of the platform's error body.
public final class Records: Sendable {
    private let database: any Database
    private let effects: Effects

    /// Works on a store that has `Records.migrations`.
    public init(database: any Database, effects: Effects) {
        self.database = database
        self.effects = effects
    }

    /// Makes the built-in tables that are missing; those that are there stay as they are.
    public func prepare(by cause: Cause) async throws {
        for draft in BuiltInTables.all {
            let id = newID()
            let columnIDs = draft.fields.map { _ in newID() }
            try await database.write(.change) { writer in
                try draft.make(id: id, columnIDs: columnIDs, by: cause, in: writer)
            }
        }
    }

    /// Who may do what to a table's records; nil if there is no such table.
    public func rights(_ table: String) async throws -> TableRights? {
        try await database.read { try Self.rights(table, in: $0) }
    }

    /// The same in the caller's snapshot.
    public static func rights(_ table: String, in reader: any SQLReader) throws -> TableRights? {
        try TableRights.of(table, in: reader)
    }

    /// The roles that the built-in tables name, sorted; whoever owns roles makes them.
    public static let builtInRoles: [String] = Set(
        BuiltInTables.all.map(\.rights).flatMap { $0.create + $0.read + $0.write + $0.delete }
    ).sorted()

    /// A page of records and how many there are in all, from one snapshot.
    ///
    /// - Parameter query: the decoded query parameters, in order; `sysparm_query`, `_fields`, `_limit`, `_offset`.
    public func list(
        _ table: String, query: [(name: String, value: String)], cause: Cause
    ) async throws -> RecordPage {
        try await database.read { reader in
            let table = try Self.table(table, in: reader)
            let asked = try ListParameters(query, of: table, forOne: false)
            let builder = StatementBuilder(table: table)
            let count = builder.count(asked.query)
            let page = builder.page(asked.query, asked.columns, limit: asked.limit, offset: asked.offset)
            return RecordPage(
                rows: try reader.rows(page.sql, page.values).map { try RecordRow(asked.columns, $0).json },
                total: Int(try reader.row(count.sql, count.values)?.int("total") ?? 0),
                limit: asked.limit, offset: asked.offset)
        }
    }

    /// One record. Of the parameters only `sysparm_fields` makes sense.
    public func get(
        _ table: String, _ sysID: String, query: [(name: String, value: String)] = [], cause: Cause
    ) async throws -> JSON {
        try await database.read { reader in
            let table = try Self.table(table, in: reader)
            let asked = try ListParameters(query, of: table, forOne: true)
            return try Self.record(sysID, asked.columns, of: table, in: reader).json
        }
    }

    /// Makes a record; returns all its fields.
    public func create(_ table: String, body: JSON, cause: Cause) async throws -> JSON {
        let sysID = newID()
        let change = newID()
        return try await database.write(.change) { writer in
            let table = try Self.table(table, in: writer)
            let values = try RecordBody(body, for: table).filled(for: table)
            let row = RecordRow(values + RecordRow.system(sysID, by: cause))
            let statement = StatementBuilder(table: table).insert(row.cells)
            try writer.run(statement.sql, statement.values)
            let fields = values.filter { !$0.value.isSame(as: $0.column.empty) }.map(\.column.name)
            try RecordChange(id: change, kind: .inserted, table: table, record: row, fields: fields)
                .leave(by: cause, in: writer)
            return try row.json
        }
    }

    /// Changes what the body names; returns all fields. When nothing differs, nothing is written and nothing happens.
    public func update(_ table: String, _ sysID: String, body: JSON, cause: Cause) async throws -> JSON {
        let change = newID()
        return try await database.write(.change) { writer in
            let table = try Self.table(table, in: writer)
            let before = try Self.record(sysID, table.columns, of: table, in: writer)
            let wanted = try RecordBody(body, for: table).values
            let changed = try wanted.filter { try !before.value(of: $0.column).isSame(as: $0.value) }
            if changed.isEmpty { return try before.json }
            let new = changed + (try before.touched(by: cause))
            let statement = StatementBuilder(table: table).update(sysID, new)
            try writer.run(statement.sql, statement.values)
            let row = before.setting(new)
            try RecordChange(id: change, kind: .updated, table: table, record: row, fields: changed.map(\.column.name))
                .leave(by: cause, in: writer)
            return try row.json
        }
    }

    /// Deletes a record.
    public func delete(_ table: String, _ sysID: String, cause: Cause) async throws {
        let change = newID()
        try await database.write(.change) { writer in
            let table = try Self.table(table, in: writer)
            let row = try Self.record(sysID, table.columns, of: table, in: writer)
            let statement = StatementBuilder(table: table).delete(sysID)
            try writer.run(statement.sql, statement.values)
            try RecordChange(id: change, kind: .deleted, table: table, record: row, fields: [])
                .leave(by: cause, in: writer)
        }
    }

    /// What administrators may do to tables.
    public var operations: [Operation] { TableOperations(database: database).all }

    private static func table(_ name: String, in reader: any SQLReader) throws -> RecordTable {
        guard let table = try RecordTable.named(name, in: reader) else {
            throw HubError(.invalid, "invalid_table", "Invalid table \(Shown.name(name))")
        }
        return table
    }

    private static func record(
        _ sysID: String, _ columns: [RecordColumn], of table: RecordTable, in reader: any SQLReader
    ) throws -> RecordRow {
        let statement = StatementBuilder(table: table).one(sysID, columns)
        guard DictionaryName.isID(sysID), let row = try reader.row(statement.sql, statement.values) else {
            throw HubError(.notFound, noRecord, "No Record found")
        }
        return try RecordRow(columns, row)
    }

    private func newID() -> String { Hex.encode(effects.randomBytes(16)) }
}

extension Records: RecordWriting {
    /// Flows write through this; the flow's name goes into the change's chain, so that it does not start itself.
    public func update(table: String, sysID: String, set: [String: String], by cause: Cause) async throws {
        var body = JSONObject()
        for (name, value) in set.sorted(by: { $0.key < $1.key }) { body[name] = .string(value) }
        _ = try await update(table, sysID, body: .object(body), cause: cause)
    }
}

extension Records {
    static let noRecord = "no_record"

    /// The `detail` beside a message in `/api/now`'s `{"error":{"message","detail"},"status":"failure"}`.
    ///
    /// Public text, unlike `HubError.detail`; empty where the message says all.
    public static func detail(of error: HubError) -> String {
        error.reason == noRecord ? "Record doesn't exist or ACL restricts the record retrieval" : ""
    }
}
