import Core
import Storage

/// What the server's refusals mean to the hub. Values never get into an error, not even into its private half.
enum PostgresFailure {
    static func of(_ answer: PostgresResult, _ sql: String) -> HubError {
        let state = answer.sqlState
        let place = [answer.field("t"), answer.field("c"), answer.field("n")].filter { !$0.isEmpty }
            .joined(separator: ", ")
        let detail = "SQLSTATE \(state) \(place): \(sql)"
        switch state {
        case "23505", "42P07", "42701": return StoreFailure.alreadyExists(detail)
        // The statement, or its wait for a lock, took too long.
        case "57014", "55P03": return StoreFailure.slow(detail)
        case _ where state.hasPrefix("53"):
            return HubError(
                .unavailable, "store_full", "The database has no room or no free session. Make room, then try again.",
                detail: detail)
        // The server's words about names and syntax repeat the statement, other words may repeat a value.
        case _ where state.hasPrefix("42"): return StoreFailure.defect("\(answer.field("M")); \(detail)")
        default: return StoreFailure.defect(detail)
        }
    }

    /// Whether the server says with it that this session, or the server itself, is ending: connection exceptions,
    /// and shutdown, crash, start-up, a dropped database, an idle session. Without a code it is libpq that speaks: it could
    /// not send or read, and says so before it calls the connection bad.
    static func endsSession(_ state: String) -> Bool {
        state.isEmpty || state.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P04", "57P05"].contains(state)
    }

    static func conflict(_ state: String) -> HubError {
        HubError(
            .unavailable, "store_contended", "Too many changes of the same rows at once. Try again in a moment.",
            detail: state)
    }

    static func unreachable(_ why: String) -> HubError {
        HubError(
            .unavailable, "store_unreachable", "The database does not answer. Nothing was changed; try again.",
            detail: why)
    }

    static let commitUnknown = HubError(
        .unavailable, "commit_unknown",
        "The database did not answer the commit, so the change may or may not be there. Look before you repeat it.")

    static func defect(_ what: String, _ sql: String) -> HubError { StoreFailure.defect("\(what): \(sql)") }
}
