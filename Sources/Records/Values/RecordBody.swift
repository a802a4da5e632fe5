import Core
import Ports
import Storage

/// The columns that a body sets, checked against the dictionary.
struct RecordBody {
    /// In the dictionary's order.
    let values: [(column: RecordColumn, value: SQLValue)]

    /// Checks a body. Unknown and read-only names, and values that do not fit, are refused by name.
    ///
    /// - Parameter named: finds the value that a name stands for, where the caller sends names; nil where values come.
    init(
        _ body: JSON, for table: RecordTable, named: ((RecordColumn, String) throws -> String)? = nil
    ) throws {
        guard let sent = body.object else {
            throw HubError(
                .invalid, "bad_body", "The body must be a JSON object: names of fields and their values.")
        }
        for member in sent.members { try Self.checkName(member.name, in: table) }
        values = try table.fields.compactMap { column in
            guard let value = sent[column.name] else { return nil }
            return (column, try Self.value(value, for: column, in: table, named))
        }
    }

    /// For a new record: what must be there, and the empty value of everything that was not sent.
    func filled(for table: RecordTable) throws -> [(column: RecordColumn, value: SQLValue)] {
        for column in table.fields
        where column.isMandatory && !values.contains(where: { $0.column.name == column.name }) {
            throw Self.missing(column, in: table)
        }
        return table.fields.map { column in
            (column, values.first { $0.column.name == column.name }?.value ?? column.empty)
        }
    }

    private static func checkName(_ name: String, in table: RecordTable) throws {
        guard let column = table.column(name) else {
            throw HubError(
                .invalid, "unknown_field",
                "Table \(table.name) has no field \"\(Shown.name(name))\". "
                    + "It has: \(table.fields.map(\.name).joined(separator: ", ")).")
        }
        guard !column.isSystem else {
            throw HubError(
                .invalid, "read_only_field", "The hub itself keeps \(column.name). Leave it out of the body.")
        }
    }

    private static func value(
        _ value: JSON, for column: RecordColumn, in table: RecordTable,
        _ named: ((RecordColumn, String) throws -> String)?
    ) throws -> SQLValue {
        guard let text = text(value) else {
            throw HubError(
                .invalid, "bad_value",
                "\"\(column.name)\" must be one value: text, a number, true, false or null.")
        }
        if text.isEmpty, column.isMandatory { throw missing(column, in: table) }
        let meant = text.isEmpty ? text : try named?(column, text) ?? text
        do { return try column.stored(meant) } catch {
            throw HubError(.invalid, "bad_value", "\"\(column.name)\" must be \(error.expected).")
        }
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): "\(number)"
        case .string(let text): text
        case .array, .object: nil
        }
    }

    private static func missing(_ column: RecordColumn, in table: RecordTable) -> HubError {
        HubError(.invalid, "missing_field", "A record of \(table.name) needs \"\(column.name)\".")
    }
}
