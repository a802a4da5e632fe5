public import Core
public import Ports
public import Storage

extension Records {
    /// A record that was made.
    public struct Made: Sendable {
        /// Its id, whatever fields the answer shows.
        public let sysID: String
        /// What the call asked to see of it.
        public let record: JSON
    }

    /// Makes a record.
    public func create(_ call: TableCall, body: JSON) async throws -> Made {
        let sysID = newID()
        let change = newID()
        let named = try await named(in: body, of: call)
        return try await database.write(.change) { [dictionary] writer in
            let (table, asked) = try Self.asked(call, for: .write, dictionary, writer)
            let values = try Self.body(body, named, asked, table, call, dictionary, writer).filled(for: table)
            let row = RecordRow(values + RecordRow.system(sysID, by: call.viewer.name, at: call.cause.now))
            let statement = StatementBuilder.insert(row.cells, into: table)
            try writer.run(statement.sql, statement.values)
            let fields = values.filter { !$0.value.isSame(as: $0.column.empty) }.map(\.column.name)
            try RecordChange(id: change, kind: .inserted, table: table, record: row, fields: fields)
                .leave(by: call.cause, ledBy: call.lineage, in: writer)
            return Made(sysID: sysID, record: try Self.answer(sysID, asked, [], call, in: writer))
        }
    }

    /// Changes what the body names. When nothing differs, nothing is written and nothing happens.
    ///
    /// Deviation: the platform answers with the record. Here that takes the right to read it, else a change of nothing
    /// would be a way to read; whoever may only write gets the id.
    public func update(_ call: TableCall, body: JSON) async throws -> JSON {
        let change = changing(call, body, try await named(in: body, of: call))
        return try await database.write(.change) { writer in
            let (table, asked) = try change(writer)
            guard call.viewer.mayRead(table, call.sysID) else { return ["sys_id": .string(call.sysID)] }
            return try Self.answer(call.sysID, asked, [], call, in: writer)
        }
    }

    private func changing(
        _ call: TableCall, _ body: JSON, _ named: References.Named
    ) -> @Sendable (any SQLWriter) throws -> (RecordTable, CallParameters) {
        let change = newID()
        return { [dictionary] writer in
            let (table, asked) = try Self.asked(call, for: .write, dictionary, writer)
            let before = try Self.record(call, of: table, in: writer)
            let wanted = try Self.body(body, named, asked, table, call, dictionary, writer).values
            let changed = try wanted.filter { try !before.value(of: $0.column).isSame(as: $0.value) }
            if !changed.isEmpty {
                let new = changed + (try before.touched(by: call.viewer.name, at: call.cause.now))
                let statement = StatementBuilder.update(call.sysID, new, of: table)
                try writer.run(statement.sql, statement.values)
                try RecordChange(
                    id: change, kind: .updated, table: table, record: before.setting(new),
                    fields: changed.map(\.column.name)
                ).leave(by: call.cause, ledBy: call.lineage, in: writer)
            }
            return (table, asked)
        }
    }

    /// Deletes a record.
    public func delete(_ call: TableCall) async throws {
        let change = newID()
        try await database.write(.change) { [dictionary] writer in
            let (table, _) = try Self.asked(call, for: .delete, dictionary, writer)
            let row = try Self.record(call, of: table, in: writer)
            let statement = StatementBuilder.delete(call.sysID, of: table)
            try writer.run(statement.sql, statement.values)
            try RecordChange(id: change, kind: .deleted, table: table, record: row, fields: [])
                .leave(by: call.cause, ledBy: call.lineage, in: writer)
        }
    }

    /// The table that a call would write to, and its parameters.
    private static func asked(
        _ call: TableCall, for purpose: CallParameters.Purpose, _ dictionary: TableDictionary, _ reader: any SQLReader
    ) throws -> (RecordTable, CallParameters) {
        let table = try writable(call.table, dictionary, reader)
        return (table, try CallParameters(call.parameters, for: purpose, call.walks(table, dictionary, reader)))
    }

    private static func writable(
        _ name: String, _ dictionary: TableDictionary, _ reader: any SQLReader
    ) throws -> RecordTable {
        let table = try table(name, dictionary, reader)
        switch table.source {
        case .records: return table
        case .projection(let projection):
            throw HubError(
                .forbidden, "table_read_only",
                "The table \(table.name) is read-only here. It is changed by \(projection.table.changedBy).")
        }
    }

    /// The whole record, if the caller may read it: what is not there for reading is not there for writing.
    private static func record(_ call: TableCall, of table: RecordTable, in reader: any SQLReader) throws -> RecordRow {
        guard DictionaryName.isID(call.sysID) else { throw noRecordFound }
        let readable = try Walks.readable(table, at: 0, by: call.viewer)
        let statement = StatementBuilder.few(
            Selection(table: table, joins: [], filters: readable.map { [$0] } ?? [], sysID: call.sysID),
            table.columns.map { PlacedColumn(column: $0, place: 0, isProjected: false) })
        guard let row = try reader.rows(statement.sql, statement.values).first else { throw noRecordFound }
        return RecordRow(table.columns, row)
    }

    /// The records that a body names as people do. Each is a scan of a table, and made within the write it would hold up
    /// everybody else's, so it is made before. Whoever is refused by what comes before the names is refused here, as there.
    ///
    /// One that is renamed in between stays the one that was meant; one that is deleted in between is refused in the write.
    func named(in body: JSON, of call: TableCall) async throws -> References.Named {
        guard CallParameters.mentionsNames(call.parameters) else { return [:] }
        return try await database.read { [dictionary] reader in
            let (table, asked) = try Self.asked(call, for: .write, dictionary, reader)
            guard asked.readsDisplayValues else { return [:] }
            if !call.sysID.isEmpty { _ = try Self.record(call, of: table, in: reader) }
            let references = References(dictionary: dictionary, viewer: call.viewer, reader: reader)
            var named = References.Named()
            func find(_ text: String, _ table: RecordTable) throws -> String? {
                let name = References.Name(text, of: table.name)
                if let known = named[name] { return known }
                guard named.count < Limits.namedRecords.value else { throw References.tooMany }
                named[name] = try references.sysID(named: text, in: table)
                return named[name]
            }
            _ = try RecordBody(body, for: table) { try references.meant($0, $1, find) }
            return named
        }
    }

    private static func body(
        _ body: JSON, _ named: References.Named, _ asked: CallParameters, _ table: RecordTable, _ call: TableCall,
        _ dictionary: TableDictionary, _ reader: any SQLReader
    ) throws -> RecordBody {
        let references = References(dictionary: dictionary, viewer: call.viewer, reader: reader)
        func meant(_ column: RecordColumn, _ text: String) throws -> String {
            try references.meant(column, text) { named[References.Name($0, of: $1.name)] }
        }
        let read = try RecordBody(body, for: table, named: asked.readsDisplayValues ? meant : nil)
        try references.check(read.values)
        return read
    }
}

extension Records {
    /// What sets columns of one record, for the transaction of whoever asks; audited, and the lineage goes along with its
    /// record change. Flows write through this.
    ///
    /// The work throws `HubError` as `update` does.
    public func change(
        table: String, sysID: String, set: [String: String], by cause: Cause, ledBy lineage: Lineage
    ) -> @Sendable (any SQLWriter) throws -> Void {
        var body = JSONObject()
        for (name, value) in set.sorted(by: { $0.key < $1.key }) { body[name] = .string(value) }
        let call = TableCall(
            table: table, sysID: sysID, parameters: [], viewer: .hub(as: cause.actor.name), cause: cause, origin: "",
            lineage: lineage)
        let change = changing(call, .object(body), [:])
        return { _ = try change($0) }
    }
}
