/// What a column of a record holds. On the wire every value is text; empty text is the empty value of every kind.
enum FieldKind: String, Sendable, CaseIterable {
    /// Text on one line; over 255 characters of `max_length`, text of several lines.
    case string
    /// A whole number of 64 bits.
    case integer
    /// `true` or `false`.
    case boolean
    /// A day: `2026-11-30`.
    case date
    /// A moment in UTC, to the second: `2026-11-30 17:00:00`.
    case datetime
    /// One of the column's choices.
    case choice
    /// The `sys_id` of a record of the column's table.
    case reference
    /// A record's own id: 32 lowercase hexadecimal digits. Only `sys_id` has this kind.
    case sysID = "sys_id"

    /// Whether the store keeps it as text (empty is '') rather than as a number (empty is NULL).
    var isStoredAsText: Bool {
        switch self {
        case .string, .choice, .reference, .sysID: true
        case .integer, .boolean, .date, .datetime: false
        }
    }

    /// Whether a case-folded column stands beside it, so that LIKE and STARTSWITH can search it.
    var isSearched: Bool { self == .string || self == .choice }

    /// For messages.
    var words: String { self == .sysID ? "record's id" : rawValue }
}
