import Core
import Ports
import Storage

/// Columns as an administrator describes them.
enum ColumnInput {
    static let says =
        "Columns: name; and as needed label, kind (string, integer, boolean, date, datetime, choice, reference), "
        + "max_length, mandatory, choices (for choice), reference (the table, for reference), indexed."

    private static let members = [
        "name", "label", "kind", "max_length", "mandatory", "choices", "reference", "indexed",
    ]

    /// Reads a list of columns; each mistake is named.
    static func read(_ input: JSON?, for table: String) throws -> [RecordColumn] {
        let columns = try (input?.array ?? []).map(column)
        guard !columns.isEmpty else { throw bad("columns", "holds no column") }
        guard Set(columns.map(\.name)).count == columns.count else { throw bad("columns", "names a column twice") }
        guard columns.count + RecordColumn.system.count <= Limits.tableColumns.value else { throw tooMany }
        guard columns.count(where: \.isIndexed) <= Limits.tableIndexes.value else { throw tooManyIndexes }
        return columns
    }

    /// Whether the columns fit beside those that are there.
    static func checkRoom(_ columns: [RecordColumn], in table: RecordTable) throws {
        guard !table.isProjection else {
            throw HubError(
                .invalid, "table_read_only", "The table \(table.name) shows what the hub keeps; it takes no columns.")
        }
        for column in columns where table.column(column.name) != nil {
            throw HubError(
                .conflict, "column_exists", "The table \(table.name) has a column \(column.name) already.")
        }
        guard columns.count + table.columns.count <= Limits.tableColumns.value else { throw tooMany }
        guard (table.fields + columns).count(where: \.isIndexed) <= Limits.tableIndexes.value else {
            throw tooManyIndexes
        }
    }

    /// Whether references lead to tables.
    static func checkTargets(
        _ columns: [RecordColumn], of table: String, _ dictionary: TableDictionary, in reader: any SQLReader
    ) throws {
        for case (let name, let target?) in columns.map({ ($0.name, $0.reference) }) where target != table {
            guard try dictionary.named(target, in: reader) != nil else {
                throw bad(name, "leads to a table that is not there. See: linchpin table list")
            }
        }
    }

    private static func column(_ input: JSON) throws -> RecordColumn {
        guard let object = input.object else { throw bad("columns", "must hold objects") }
        for member in object.members where !members.contains(member.name) {
            throw bad(
                "columns", "has no member \"\(Shown.name(member.name))\"; it takes \(members.joined(separator: ", "))")
        }
        let name = try text("name", object) ?? ""
        try DictionaryName.checkColumn(name)
        let kind = FieldKind(rawValue: try text("kind", object) ?? "string")
        guard let kind, kind != .sysID else { throw bad(name, "has no such kind. \(says)") }
        return RecordColumn(
            name, try text("label", object) ?? name, kind, maxLength: try maxLength(object, kind, name),
            isMandatory: try flag("mandatory", object), choices: try choices(object, kind, name),
            reference: try reference(object, kind, name), isIndexed: try flag("indexed", object))
    }

    private static func maxLength(_ object: JSONObject, _ kind: FieldKind, _ name: String) throws -> Int {
        guard let sent = object["max_length"] else { return kind == .reference ? 32 : kind == .choice ? 40 : 255 }
        guard kind == .string, let number = sent.int, (1...Int64(Limits.textField.value)).contains(number) else {
            throw bad(name, "takes max_length for kind string alone, from 1 to \(Limits.textField.value)")
        }
        return Int(number)
    }

    private static func choices(_ object: JSONObject, _ kind: FieldKind, _ name: String) throws -> [String] {
        guard kind == .choice else {
            guard object["choices"] == nil else { throw bad(name, "takes choices for kind choice alone") }
            return []
        }
        let words = (object["choices"]?.array ?? []).compactMap(\.string)
        guard (1...Limits.pageRows.value).contains(words.count), Set(words).count == words.count,
            words.allSatisfy({ !$0.isEmpty && $0.unicodeScalars.count <= 40 && $0.unicodeScalars.allSatisfy(\.isPlain) }
            ),
            words.allSatisfy({ !$0.contains("^") && !$0.contains(",") })
        else { throw bad(name, "needs choices: different words of 1 to 40 characters without ^ and comma") }
        return words
    }

    private static func reference(_ object: JSONObject, _ kind: FieldKind, _ name: String) throws -> String? {
        let table = try text("reference", object)
        guard (kind == .reference) == (table != nil) else {
            throw bad(name, "needs reference, the table it leads to, exactly when its kind is reference")
        }
        if let table, !DictionaryName.isName(table) { throw bad(name, "leads to what can be no table") }
        return table
    }

    private static func text(_ member: String, _ object: JSONObject) throws -> String? {
        guard let value = object[member] else { return nil }
        guard let text = value.string, !text.isEmpty, text.unicodeScalars.count <= Limits.nameField.value,
            text.unicodeScalars.allSatisfy(\.isPlain)
        else { throw bad(member, "must be text of 1 to \(Limits.nameField.value) characters") }
        return text
    }

    private static func flag(_ member: String, _ object: JSONObject) throws -> Bool {
        guard let value = object[member] else { return false }
        guard let flag = value.bool else { throw bad(member, "must be true or false") }
        return flag
    }

    private static var tooMany: HubError {
        HubError(
            .invalid, "too_many_columns",
            "A table has at most \(Limits.tableColumns.value) columns, six of them the hub's own.")
    }

    private static var tooManyIndexes: HubError {
        HubError(.invalid, "too_many_indexes", "A table has at most \(Limits.tableIndexes.value) indexed columns.")
    }

    private static func bad(_ name: String, _ what: String) -> HubError {
        HubError(.invalid, "bad_column", "\"\(Shown.name(name))\" \(what).")
    }
}
