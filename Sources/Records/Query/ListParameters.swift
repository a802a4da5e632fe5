import Core
import Ports

/// What a caller may say beside the path. Everything else, and everything said twice, is refused by name.
struct ListParameters {
    /// The columns to show, in the asked order.
    private(set) var columns: [RecordColumn]
    private(set) var query = EncodedQuery()
    private(set) var limit = Limits.tableRows.value
    private(set) var offset = 0

    /// One parameter: its name and what it does. One more is one more row.
    private struct Parameter: Sendable {
        let name: String
        let forOne: Bool
        let read: @Sendable (inout ListParameters, String, RecordTable) throws -> Void
    }

    private static let all: [Parameter] = [
        Parameter(name: "sysparm_query", forOne: false) { parameters, text, table in
            parameters.query = try QueryParser.parse(text, of: table)
        },
        Parameter(name: "sysparm_fields", forOne: true) { parameters, text, table in
            parameters.columns = try columns(text, of: table)
        },
        Parameter(name: "sysparm_limit", forOne: false) { parameters, text, _ in
            parameters.limit = try number(text, "sysparm_limit", most: Limits.tableRows.value)
        },
        Parameter(name: "sysparm_offset", forOne: false) { parameters, text, _ in
            parameters.offset = try number(text, "sysparm_offset", most: Limits.tableOffset.value)
        },
    ]

    /// Checks what was sent.
    ///
    /// - Parameter forOne: whether one record is asked for; then only `sysparm_fields` makes sense.
    init(_ sent: [(name: String, value: String)], of table: RecordTable, forOne: Bool) throws {
        columns = table.columns
        let takes = Self.all.filter { !forOne || $0.forOne }
        guard sent.count <= Limits.formParameters.value else {
            throw HubError(
                .invalid, "too_many_parameters", "The query has more than \(Limits.formParameters.value) parameters.")
        }
        var seen: Set<String> = []
        for (name, value) in sent {
            guard let parameter = takes.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
                throw HubError(
                    .invalid, "unknown_parameter",
                    "There is no parameter \"\(Shown.name(name))\" here. "
                        + "It takes: \(takes.map(\.name).joined(separator: ", ")).")
            }
            guard seen.insert(parameter.name).inserted else {
                throw HubError(.invalid, "repeated_parameter", "\(parameter.name) is given twice. Give it once.")
            }
            try parameter.read(&self, value, table)
        }
    }

    private static func columns(_ text: String, of table: RecordTable) throws -> [RecordColumn] {
        var found: [RecordColumn] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let name = String(Substring(part))
            guard let column = table.column(name) else {
                throw HubError(
                    .invalid, "unknown_field",
                    "sysparm_fields names \"\(Shown.name(name))\", which is no field of \(table.name). "
                        + "Fields: \(table.columnNames).")
            }
            guard !found.contains(where: { $0.name == column.name }) else {
                throw HubError(.invalid, "repeated_field", "sysparm_fields names \(column.name) twice. Name it once.")
            }
            found.append(column)
        }
        return found
    }

    private static func number(_ text: String, _ name: String, most: Int) throws -> Int {
        guard let number = Int(text), String(number).utf8.elementsEqual(text.utf8), (0...most).contains(number) else {
            throw HubError(.invalid, "bad_parameter", "\(name) must be a whole number from 0 to \(most).")
        }
        return number
    }
}
