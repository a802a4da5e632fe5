import Core
import Storage

/// A table to be made: its dictionary rows and the table that holds its records both come from this one value.
struct TableDraft: Sendable {
    let name: String
    let label: String
    let application: String
    let rights: TableRights
    let fields: [RecordColumn]
    /// Whether it shows another feature's rows, and has no table of its own.
    var isProjection = false

    /// Makes the table, audited; throws `table_exists`.
    ///
    /// - Parameters:
    ///   - id: a new id for the table.
    ///   - columnIDs: new ids, one for each field.
    func make(id: String, columnIDs: [String], by cause: Cause, in writer: any SQLWriter) throws -> RecordTable {
        guard try insert(id: id, by: cause, in: writer) else {
            throw HubError(
                .conflict, "table_exists", "There is a table \(name) already. Add columns to it: table add-columns")
        }
        for (position, (field, columnID)) in zip(fields, columnIDs).enumerated() {
            try field.insert(columnID, of: id, at: position, in: writer)
        }
        if !isProjection { try writer.define(TableLayout.make(self, id: id, columnIDs: columnIDs)) }
        let table = RecordTable(
            id: id, name: name, label: label, application: application, rights: rights, fields: fields)
        try writer.changed(table.row, before: nil, after: table.json, by: cause)
        return table
    }

    /// The row comes first, so of two hubs that make it at once one does; false if the name is taken.
    private func insert(id: String, by cause: Cause, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO record_table (id, name, label, application, create_roles, read_roles, write_roles,
            delete_roles, created_at, created_by, projected, layout)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(id), .text(name), .text(label), .text(application), NameList.stored(rights.create),
                NameList.stored(rights.read), NameList.stored(rights.write), NameList.stored(rights.delete),
                .int(cause.now.epochMilliseconds), .text(cause.actor.name), .bool(isProjection),
            ]) == 1
    }
}

extension RecordColumn {
    /// Its row in the dictionary.
    func insert(_ id: String, of table: String, at position: Int, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO record_column
            (id, table_id, name, label, kind, max_length, mandatory, choices, position, reference, indexed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .text(id), .text(table), .text(name), .text(label), .text(kind.rawValue),
                .int(Int64(maxLength)), .bool(isMandatory),
                choices.isEmpty ? .null : NameList.stored(choices), .int(Int64(position)), .optional(reference),
                .bool(isIndexed),
            ])
    }
}

extension RecordTable {
    /// Adds columns, audited; rows that are there get the empty value.
    func adding(_ columns: [RecordColumn], ids: [String], by cause: Cause, in writer: any SQLWriter) throws
        -> RecordTable
    {
        for (position, (column, id)) in zip(columns, ids).enumerated() {
            try column.insert(id, of: self.id, at: fields.count + position, in: writer)
            if !isProjection { try writer.define(TableLayout.add(column, id: id, to: name)) }
        }
        let after = with(fields: fields + columns)
        try writer.changed(row, before: json, after: after.json, by: cause)
        return after
    }

    /// Its name in the configuration history and the audit trail.
    var row: ConfigRow { ConfigRow("table", id: id, name: name, application: application) }

    /// The table as administrators see it; without columns where they were not read.
    var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "name": .string(name), "label": .string(label), "application": .string(application),
            "create_roles": NameList.json(rights.create), "read_roles": NameList.json(rights.read),
            "write_roles": NameList.json(rights.write), "delete_roles": NameList.json(rights.delete),
        ]
        if !conditions.isEmpty { object["read_conditions"] = conditions.json }
        if isProjection { object["read_only"] = true }
        if !fields.isEmpty { object["columns"] = .array(columns.map(\.json)) }
        return .object(object)
    }
}

extension RecordColumn {
    /// The column as administrators see it.
    var json: JSON {
        var object: JSONObject = [
            "name": .string(name), "label": .string(label), "kind": .string(kind.rawValue),
            "mandatory": .bool(isMandatory), "read_only": .bool(isSystem),
        ]
        if kind.isStoredAsText { object["max_length"] = .int(Int64(maxLength)) }
        if kind == .choice { object["choices"] = NameList.json(choices) }
        if let reference { object["reference"] = .string(reference) }
        if isIndexed { object["indexed"] = true }
        return .object(object)
    }
}
