import Core
import Storage

/// A table to be made: its dictionary rows and the table that holds its records both come from this one value.
struct TableDraft: Sendable {
    let name: String
    let label: String
    let application: String
    let rights: TableRights
    let fields: [RecordColumn]

    /// The table that holds the records.
    var definition: TableDefinition {
        let columns = fields + RecordColumn.system
        return TableDefinition(
            "rec_" + name, columns.flatMap(\.stored), primaryKey: [RecordColumn.sysID.name])
    }

    /// Makes it, audited, unless a table of that name is there; the row comes first, so of two hubs one makes it.
    ///
    /// - Parameters:
    ///   - id: a new id for the table.
    ///   - columnIDs: new ids, one for each field.
    func make(id: String, columnIDs: [String], by cause: Cause, in writer: any SQLWriter) throws {
        try DictionaryName.checkTable(name)
        for field in fields { try DictionaryName.checkColumn(field.name) }
        let made = try writer.run(
            """
            INSERT INTO record_table (id, name, label, application, create_roles, read_roles, write_roles,
            delete_roles, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(id), .text(name), .text(label), .text(application), NameList.stored(rights.create),
                NameList.stored(rights.read), NameList.stored(rights.write), NameList.stored(rights.delete),
                .int(cause.now.epochMilliseconds), .text(cause.actor.name),
            ])
        guard made == 1 else { return }
        for (position, (field, columnID)) in zip(fields, columnIDs).enumerated() {
            try insert(field, columnID, of: id, at: position, in: writer)
        }
        try writer.define([.createTable(definition)])
        let table = RecordTable(
            id: id, name: name, label: label, application: application, rights: rights, fields: fields)
        try writer.changed(table.row, before: nil, after: table.json, by: cause)
    }

    private func insert(
        _ field: RecordColumn, _ columnID: String, of table: String, at position: Int, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO record_column (id, table_id, name, label, kind, max_length, mandatory, choices, position)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(columnID), .text(table), .text(field.name), .text(field.label), .text(field.kind.rawValue),
                .int(Int64(field.maxLength)), .bool(field.isMandatory),
                field.choices.isEmpty ? .null : NameList.stored(field.choices), .int(Int64(position)),
            ])
    }
}

extension RecordTable {
    /// Its name in the configuration history and the audit trail.
    var row: ConfigRow { ConfigRow("table", id: id, name: name, application: application) }

    /// The table as administrators see it; without columns where they were not read.
    var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "name": .string(name), "label": .string(label), "application": .string(application),
            "create_roles": NameList.json(rights.create), "read_roles": NameList.json(rights.read),
            "write_roles": NameList.json(rights.write), "delete_roles": NameList.json(rights.delete),
        ]
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
        return .object(object)
    }
}
