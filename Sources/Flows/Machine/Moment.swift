import Core

/// Moments as values spell them.
enum Moment {
    /// RFC 3339 §5.6 in UTC, the platform's `2026-11-21 09:00:00` (UTC), or a day, which begins at 00:00 UTC; nil for
    /// anything else.
    static func read(_ text: String) -> Timestamp? {
        switch text.utf8.count {
        case 10: Timestamp(rfc3339: text + "T00:00:00Z")
        case 19:
            text.contains(" ") ? Timestamp(rfc3339: text.replacing(" ", with: "T") + "Z") : nil
        default: Timestamp(rfc3339: text)
        }
    }
}
