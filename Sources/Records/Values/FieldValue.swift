import Core
import Storage

/// What a column takes, for a message. Never holds the value that was refused.
struct ValueProblem: Error {
    let expected: String
}

extension RecordColumn {
    /// A text from the wire as the store keeps it. Empty text is every kind's empty value.
    func stored(_ text: String) throws(ValueProblem) -> SQLValue {
        if text.isEmpty { return empty }
        switch kind {
        case .string, .choice, .reference, .sysID:
            try checkText(text)
            return .text(text)
        case .integer:
            guard let number = Int64(text), String(number).isExactly(text) else { throw problem }
            return .int(number)
        case .boolean:
            guard text.isExactly("true") || text.isExactly("false") else { throw problem }
            return .int(text.utf8.first == UInt8(ascii: "t") ? 1 : 0)
        case .date, .datetime:
            return .int(try moment(text).epochMilliseconds)
        }
    }

    /// The empty value: '' for texts, NULL for numbers.
    var empty: SQLValue { kind.isStoredAsText ? .text("") : .null }

    /// A stored value as the wire shows it.
    func shown(_ value: SQLValue) throws -> String {
        switch (kind, value) {
        case (_, .null): ""
        case (_, .text(let text)): text
        case (.integer, .int(let number)): String(number)
        case (.boolean, .int(let number)): number == 0 ? "false" : "true"
        case (.datetime, .int(let number)): Timestamp(epochMilliseconds: number).platform
        case (.date, .int(let number)): String(Timestamp(epochMilliseconds: number).platform.prefix(10))
        default: throw rowDefect(name, "does not hold a \(kind.rawValue)")
        }
    }

    /// What the column takes, for messages.
    var problem: ValueProblem {
        let expected =
            switch kind {
            case .string where isLong:
                "text of at most \(maxLength) characters; of the control characters only line feed and tab"
            case .string: "text of at most \(maxLength) characters without control characters"
            case .integer: "a whole number such as 42"
            case .boolean: "true or false"
            case .date: "a day such as 2026-11-30"
            case .datetime: "a moment in UTC such as 2026-11-30 17:00:00"
            case .choice: "one of: \(choices.joined(separator: ", "))"
            case .reference: "the sys_id of a record of \(reference ?? "its table"): 32 lowercase hexadecimal digits"
            case .sysID: "32 lowercase hexadecimal digits"
            }
        return ValueProblem(expected: expected)
    }

    private func checkText(_ text: String) throws(ValueProblem) {
        let fits =
            switch kind {
            case .choice: choices.contains { $0.isExactly(text) }
            case .reference, .sysID: DictionaryName.isID(text)
            default: text.unicodeScalars.count <= maxLength && PlainText.isPlain(text, long: isLong)
            }
        guard fits else { throw problem }
    }

    /// `2026-11-30` or `2026-11-30 17:00:00`, exactly as it would be shown again.
    private func moment(_ text: String) throws(ValueProblem) -> Timestamp {
        let full = kind == .date ? text + " 00:00:00" : text
        guard full.utf8.count == 19, full.utf8.allSatisfy({ $0 < 0x80 }),
            let moment = Timestamp(rfc3339: full.replacing(" ", with: "T") + "Z"),
            moment.platform.isExactly(full)
        else { throw problem }
        return moment
    }
}

/// Text without control characters.
enum PlainText {
    /// Whether there are none (C0, DEL, C1); line feed and tab may stand in long texts.
    static func isPlain(_ text: String, long: Bool) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A: long
            case 0..<0x20, 0x7F..<0xA0: false
            default: true
            }
        }
    }

    /// Case-folded for LIKE and STARTSWITH: the same on both sides, and on both databases. Not normalised: `e` with a
    /// combining accent and the one-scalar `é` are different texts, as everywhere in the store.
    static func folded(_ text: String) -> String { text.lowercased() }

    /// The letters A to Z as small ones, as LOWER does on both databases.
    static func asciiFolded(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension SQLValue {
    /// Equal as bytes. `==` on texts would call two spellings of `é` the same, and lose a change from one to the other.
    func isSame(as other: SQLValue) -> Bool {
        if case .text(let left) = self, case .text(let right) = other { return left.isExactly(right) }
        return self == other
    }
}
