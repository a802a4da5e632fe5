import Core
import Storage

/// Reads what stands behind an operator, by the column's kind.
struct QueryOperand {
    let column: RecordColumn
    let spelling: String
    let viewer: Viewer

    /// The values to compare with.
    func read(_ text: String, for test: QueryOperator.Test) throws -> [SQLValue] {
        switch test {
        case .equals: return [try value(text)]
        case .among:
            return try split(text, UInt8(ascii: ",")).map { item in
                guard !item.isEmpty else { throw bad("values with one comma between them, none of them empty") }
                return try value(item)
            }
        case .like: return [try pattern(text)]
        case .compares:
            try requireOrder()
            return [try bound(text)]
        case .between:
            try requireOrder()
            let ends = split(text, UInt8(ascii: "@"))
            guard ends.count == 2 else { throw bad("two values with one @ between them") }
            return try ends.map(bound)
        case .isEmpty, .anything:
            guard text.isEmpty else { throw bad("no value") }
            return []
        case .sameAs: return []
        }
    }

    private func split(_ text: String, _ separator: UInt8) -> [String] {
        text.utf8.split(separator: separator, omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    private func value(_ text: String) throws -> SQLValue {
        let text = try ScriptedValue.resolved(text, for: viewer)
        do { return try column.stored(text) } catch { throw bad(error.expected) }
    }

    /// One end of a range. A day alone stands for its first second.
    private func bound(_ text: String) throws -> SQLValue {
        guard !text.isEmpty else { throw bad("a value that is not empty") }
        let text = try ScriptedValue.resolved(text, for: viewer)
        let isDay = column.kind == .datetime && text.utf8.count == 10
        return try value(isDay ? text + " 00:00:00" : text)
    }

    private func pattern(_ text: String) throws -> SQLValue {
        guard column.kind.isSearched else { throw QueryProblem.notForField(spelling, column) }
        let text = try ScriptedValue.resolved(text, for: viewer)
        guard !text.isEmpty, text.unicodeScalars.count <= Limits.textField.value, PlainText.isPlain(text, long: true)
        else { throw bad("text of 1 to \(Limits.textField.value) characters without control characters") }
        return .text(text)
    }

    private func requireOrder() throws {
        guard column.kind != .boolean, column.kind != .reference else {
            throw QueryProblem.notForField(spelling, column)
        }
    }

    private func bad(_ expected: String) -> HubError {
        HubError(
            .invalid, "query_bad_value", "In sysparm_query, \(spelling) on \"\(column.name)\" takes \(expected).")
    }
}
