public import Core
public import Ports
public import Storage

/// Records of the tables in the dictionary, as the Table API sees them.
///
/// Whether the caller may act on the table is decided before: by `rights` of the table, and by scopes. Which rows of it
/// are there for the caller, and which other tables may be walked to, is decided here. Every value on the wire is text.
/// A write's record, audit event and outbox message stand or fall together. Errors are `HubError`; for those of
/// `/api/now`, `Records.detail(of:)` gives the second half of the platform's error body.
public final class Records: Sendable {
    let database: any Database
    let effects: Effects
    let dictionary: TableDictionary
    private let known: EpochMemory<String, RecordTable>
    private let projections: [Projection]
    private let mostCharacters: Int

    /// Works on a store that has `Records.migrations`.
    ///
    /// - Parameters:
    ///   - projected: tables of other features, shown read-only beside the hub's own.
    ///   - mostCharacters: what the values of one list may hold.
    public init(
        database: any Database, effects: Effects, projected: [ProjectedTable] = [],
        mostCharacters: Int = Limits.tableCharacters.value
    ) {
        self.mostCharacters = mostCharacters
        self.database = database
        self.effects = effects
        projections = (projected + DictionaryTables.all).map(Projection.init)
        dictionary = TableDictionary(projections)
        known = EpochMemory(database.epochs, most: Limits.rememberedTables.value)
    }

    /// Reads from one snapshot, with the tables that are remembered.
    private func reading<R: Sendable>(
        _ body: @escaping @Sendable (TableDictionary, any SQLReader) throws -> R
    ) async throws -> R {
        let dictionary = dictionary.remembering(known.look(at: effects.monotonicNanoseconds()))
        return try await database.read { try body(dictionary, $0) }
    }

    /// Makes the built-in tables, and their columns and indexes, that are missing; what is there stays as it is.
    public func prepare(by cause: Cause) async throws {
        let wanted = (projections.map(\.draft) + BuiltInTables.all).map { draft in
            (draft: draft, id: newID(), columnIDs: draft.fields.map { _ in newID() })
        }
        try await database.write(.change) { [dictionary] writer in
            for (draft, id, columnIDs) in wanted {
                guard let table = try dictionary.named(draft.name, in: writer) else {
                    _ = try draft.make(id: id, columnIDs: columnIDs, by: cause, in: writer)
                    continue
                }
                let missing = draft.fields.filter { table.column($0.name) == nil }
                guard !missing.isEmpty, table.isProjection == draft.isProjection else { continue }
                _ = try table.adding(missing, ids: columnIDs, by: cause, in: writer)
            }
        }
        try await database.write(.bookkeeping("indexes that every record table has")) { writer in
            try TableLayout.bringAll(in: writer)
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
    public static func builtInRoles(_ projected: [ProjectedTable] = []) -> [String] {
        let rights = BuiltInTables.all.map(\.rights)
        let named = rights.flatMap { $0.create + $0.read + $0.write + $0.delete }
        let readers = (projected + DictionaryTables.all).flatMap(\.readers)
        return Set(named + readers).subtracting(AdminRole.allCases.map(\.rawValue)).sorted()
    }

    /// A page of records and how many there are in all, from one snapshot.
    public func list(_ call: TableCall) async throws -> RecordPage {
        try await reading { [mostCharacters] dictionary, reader in
            let table = try Self.table(call.table, dictionary, reader)
            let asked = try CallParameters(call.parameters, for: .list, call.walks(table, dictionary, reader))
            let readable = try Walks.readable(table, at: 0, by: call.viewer).map { [$0] } ?? []
            let selection = Selection(
                table: table, joins: asked.walks.joins, filters: asked.filters + readable)
            let total = asked.isCounted ? try Self.count(table, asked, readable, in: reader) : nil
            let columns = asked.columns.flatMap(\.selected)
            // Looked at only where the widest rows would not fit: that costs as much as the page.
            let rowsAtMost = min(asked.limit, total ?? asked.limit)
            if rowsAtMost * columns.reduce(0, { $0 + $1.column.maxLength }) > mostCharacters {
                let size = StatementBuilder.size(
                    selection, columns, asked.order, limit: asked.limit, offset: asked.offset)
                let characters = try reader.row(size.sql, size.values)?.int("total") ?? 0
                guard characters <= Int64(mostCharacters) else { throw Self.tooMuch(mostCharacters) }
            }
            let page = StatementBuilder.page(
                selection, columns, asked.order, limit: asked.limit, offset: asked.offset)
            let rendering = Rendering(asked, origin: call.origin)
            let rows = try reader.rows(page.sql, page.values).map(rendering.json)
            return RecordPage(
                rows: rows, total: total, limit: asked.limit, offset: asked.offset, isLinked: asked.hasPageLinks)
        }
    }

    /// How many records of the table a query finds.
    public func count(_ call: TableCall) async throws -> Int {
        try await reading { dictionary, reader in
            let table = try Self.table(call.table, dictionary, reader)
            guard call.parameters.contains(where: { $0.name == "sysparm_count" }) else {
                throw HubError(.invalid, "bad_parameter", "Ask with sysparm_count=true: counting is all there is here.")
            }
            let asked = try CallParameters(call.parameters, for: .count, call.walks(table, dictionary, reader))
            let readable = try Walks.readable(table, at: 0, by: call.viewer).map { [$0] } ?? []
            return try Self.count(table, asked, readable, in: reader)
        }
    }

    /// One record.
    public func get(_ call: TableCall) async throws -> JSON {
        try await reading { dictionary, reader in
            let table = try Self.table(call.table, dictionary, reader)
            let asked = try CallParameters(call.parameters, for: .one, call.walks(table, dictionary, reader))
            let readable = try Walks.readable(table, at: 0, by: call.viewer).map { [$0] } ?? []
            return try Self.answer(call.sysID, asked, readable, call, in: reader)
        }
    }

    /// What administrators may do to tables.
    public var operations: [Operation] {
        TableOperations(database: database, effects: effects, dictionary: dictionary).all
    }

    static func table(_ name: String, _ dictionary: TableDictionary, _ reader: any SQLReader) throws -> RecordTable {
        guard let table = try dictionary.named(name, in: reader) else {
            throw HubError(.invalid, "invalid_table", "Invalid table \(Shown.name(name))")
        }
        return table
    }

    /// One record as the call wants to see it.
    static func answer(
        _ sysID: String, _ asked: CallParameters, _ readable: [[EncodedQuery.Groups]], _ call: TableCall,
        in reader: any SQLReader
    ) throws -> JSON {
        guard DictionaryName.isID(sysID) else { throw noRecordFound }
        let statement = StatementBuilder.few(
            Selection(table: asked.walks.root, joins: asked.walks.joins, filters: readable, sysID: sysID),
            asked.columns.flatMap(\.selected))
        guard let row = try reader.rows(statement.sql, statement.values).first else { throw noRecordFound }
        return try Rendering(asked, origin: call.origin).json(row)
    }

    private static func count(
        _ table: RecordTable, _ asked: CallParameters, _ readable: [[EncodedQuery.Groups]], in reader: any SQLReader
    ) throws -> Int {
        let count = StatementBuilder.count(
            Selection(
                table: table, joins: Array(asked.walks.joins.prefix(asked.filterJoins)),
                filters: asked.filters + readable))
        return Int(try reader.row(count.sql, count.values)?.int("total") ?? 0)
    }

    func newID() -> String { Hex.encode(effects.randomBytes(16)) }
}

extension TableCall {
    /// The table and what its references lead to, in a snapshot.
    func walks(_ table: RecordTable, _ dictionary: TableDictionary, _ reader: any SQLReader) -> Walks {
        Walks(table, viewer) { try dictionary.named($0, in: reader) }
    }
}

extension Records {
    private static func tooMuch(_ most: Int) -> HubError {
        HubError(
            .tooLarge, "answer_too_large",
            "The values of the list hold over \(most) characters. Name fewer fields in sysparm_fields, or a smaller "
                + "sysparm_limit.")
    }

    static let noRecordFound = HubError(.notFound, "no_record", "No Record found")

    /// The sentence of an error for the transaction log; nil where it quotes anything that the caller sent, which may be a
    /// value or a secret in the wrong place. These hold names of the dictionary alone.
    public static func told(of error: HubError) -> String? {
        let quoteNothing: Set = [
            "bad_value", "missing_field", "no_reference", "read_only_field", "table_hidden", "table_read_only",
        ]
        return quoteNothing.contains(error.reason) ? error.message : nil
    }

    /// The `detail` beside a message in `/api/now`'s `{"error":{"message","detail"},"status":"failure"}`.
    ///
    /// Public text, unlike `HubError.detail`; empty where the message says all.
    public static func detail(of error: HubError) -> String {
        error.reason == noRecordFound.reason ? "Record doesn't exist or ACL restricts the record retrieval" : ""
    }
}
