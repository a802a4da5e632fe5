public import Core

/// The refusals that both drivers word alike. The detail may hold a statement's text, never a value.
public enum StoreFailure {
    /// A unique key, a table or a column that is there already.
    public static func alreadyExists(_ detail: String) -> HubError {
        HubError(
            .conflict, "already_exists", "There is one of that name already. Choose another, or change that one.",
            detail: detail)
    }

    /// A statement ran into the time limit.
    public static func slow(_ detail: String) -> HubError {
        HubError(.unavailable, "store_slow", "The database took too long. Try again in a moment.", detail: detail)
    }

    /// Another process holds the store, or too much work waits.
    public static func busy(_ detail: String = "") -> HubError {
        HubError(.unavailable, "store_busy", "The store is busy. Try again in a moment.", detail: detail)
    }

    /// The store was closed.
    public static var closed: HubError {
        HubError(.unavailable, "store_closed", "The hub is shutting down. Try again when it is back.")
    }

    /// A statement that is wrong in itself.
    public static func defect(_ detail: String) -> HubError {
        HubError(.internal, "store_error", "Internal error.", detail: detail)
    }
}

extension SQLValue {
    /// Throws `HubError` `nul_in_text` if a text holds U+0000, which PostgreSQL cannot keep; SQLite must not either.
    public static func refuseNUL(_ values: [SQLValue]) throws(HubError) {
        for case .text(let text) in values where text.hasNUL {
            throw HubError(.invalid, "nul_in_text", "Text cannot hold the character U+0000. Remove it.")
        }
    }
}

extension String {
    /// Whether U+0000 is in it; looked for in one run of bytes where the text is one.
    fileprivate var hasNUL: Bool { utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? utf8.contains(0) }
}
