import Core

/// A request target, read strictly once: routing, authorization and the log all see the same segments.
public struct RequestTarget: Sendable, Equatable {
    /// The decoded path segments in their canonical spelling; `/` has none. `/api/now/v2/table/x` and `/api/now/x` are
    /// spelled `/api/now/table/x`, so that a scope rule cannot be walked around by another spelling.
    public let segments: [String]
    /// The version that a Table API path names, `v1` or `v2`; nil where it names none.
    public let version: String?
    /// The raw query behind `?`; nil when there is none.
    public let query: String?

    /// The path, put together again from its decoded segments.
    public let path: String

    /// The path with its version again, percent-encoded, for links that lead back here.
    public var linkPath: String {
        let spelled = version.map { Array(segments.prefix(2)) + [$0] + segments.dropFirst(2) } ?? segments
        return "/" + spelled.map(PercentEncoding.encode).joined(separator: "/")
    }

    /// Reads an origin-form target (RFC 9112 §3.2.1).
    ///
    /// Throws `HubError` of kind `invalid` for what two readers could understand differently: empty, `.` and `..`
    /// segments, encoded slashes and backslashes, control characters, bad escapes, invalid UTF-8.
    public init(_ raw: String) throws {
        guard raw.utf8.count <= Limits.targetBytes.value else {
            throw HubError(
                .invalid, "target_too_long", "The path and query are over \(Limits.targetBytes.value) bytes.")
        }
        let mark = raw.utf8.firstIndex(of: UInt8(ascii: "?"))
        query = mark.map { String(raw[raw.utf8.index(after: $0)...]) }
        let spelled = mark.map { raw[..<$0] } ?? raw[...]
        guard spelled.utf8.first == UInt8(ascii: "/") else { throw Self.malformed }
        let parts = spelled.utf8.dropFirst()
        let sent =
            parts.isEmpty
            ? [] : try parts.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Self.decode)
        (segments, version) = Self.canonical(sent)
        // Another spelling has another number of segments, see canonical(_:); so nothing has to be joined.
        let isCanonical = segments.count == sent.count && !spelled.utf8.contains(UInt8(ascii: "%"))
        path = isCanonical ? String(spelled) : "/" + segments.joined(separator: "/")
    }

    /// The Table API has several spellings of one path.
    private static func canonical(_ sent: [String]) -> (segments: [String], version: String?) {
        guard sent.count >= 3, sent[0] == "api", sent[1] == "now" else { return (sent, nil) }
        let rest = Array(sent.dropFirst(2))
        if ["v1", "v2"].contains(rest[0]) {
            guard rest.count > 1, ["table", "stats"].contains(rest[1]) else { return (sent, nil) }
            return (["api", "now"] + rest.dropFirst(), rest[0])
        }
        guard rest.count == 1, !["table", "stats"].contains(rest[0]) else { return (sent, nil) }
        return (["api", "now", "table", rest[0]], nil)
    }

    private static var malformed: HubError {
        HubError(
            .invalid, "bad_path",
            "The path is not one we read: no empty, \".\" or \"..\" segments, no encoded slashes, no control characters."
        )
    }

    private static func decode(_ raw: Substring.UTF8View) throws -> String {
        guard raw.contains(UInt8(ascii: "%")) else { return try read(String(Substring(raw))) }
        guard let bytes = PercentEncoding.decode(raw), let text = String(validating: bytes, as: UTF8.self)
        else { throw malformed }
        return try read(text)
    }

    private static func read(_ text: String) throws -> String {
        let bytes = text.utf8
        // Of no byte too.
        let isDots = bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
        guard !isDots,
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") })
        else { throw malformed }
        return text
    }
}
