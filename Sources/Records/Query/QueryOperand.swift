import Core
import Storage

/// Reads what stands behind an operator, by the column's kind.
struct QueryOperand {
    let column: RecordColumn
    let spelling: String

    /// The values to compare with.
    func read(_ text: String, for test: QueryOperator.Test) throws(HubError) -> [SQLValue] {
        switch test {
        case .equals: return [try value(text)]
        case .among:
            var values: [SQLValue] = []
            for item in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                guard !item.isEmpty else { throw bad("values with one comma between them, none of them empty") }
                values.append(try value(String(Substring(item))))
            }
            return values
        case .like:
            guard column.foldedName != nil else { throw QueryProblem.notForField(spelling, column) }
            try refuseScript(text)
            guard !text.isEmpty, text.unicodeScalars.count <= Limits.textField.value,
                PlainText.isPlain(text, long: true)
            else { throw bad("text of 1 to \(Limits.textField.value) characters without control characters") }
            return [.text(PlainText.folded(text))]
        }
    }

    private func value(_ text: String) throws(HubError) -> SQLValue {
        try refuseScript(text)
        do { return try column.stored(text) } catch { throw bad(error.expected) }
    }

    /// The platform runs such values as a script; here they are never anything but refused.
    private func refuseScript(_ text: String) throws(HubError) {
        let start = text.utf8.prefix(11).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if start.elementsEqual("javascript:".utf8) { throw QueryProblem.unsupported("javascript:") }
    }

    private func bad(_ expected: String) -> HubError {
        HubError(
            .invalid, "query_bad_value", "In sysparm_query, \(spelling) on \"\(column.name)\" takes \(expected).")
    }
}
