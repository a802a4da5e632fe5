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
        let bytes = Array(raw.utf8)
        guard bytes.count <= Limits.targetBytes.value else {
            throw HubError(
                .invalid, "target_too_long", "The path and query are over \(Limits.targetBytes.value) bytes.")
        }
        let parts = bytes.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
        guard parts[0].first == UInt8(ascii: "/") else { throw Self.malformed }
        let sent =
            parts[0].count == 1
            ? []
            : try parts[0].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .map(Self.decode)
        (segments, version) = Self.canonical(sent)
        path = "/" + segments.joined(separator: "/")
    }

    /// The Table API has several spellings of one path.
    private static func canonical(_ sent: [String]) -> (segments: [String], version: String?) {
        guard sent.count >= 3, sent.starts(with: ["api", "now"]) else { return (sent, nil) }
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

    private static func decode(_ raw: ArraySlice<UInt8>) throws -> String {
        guard raw.contains(UInt8(ascii: "%")) else { return try text(raw) }
        guard let bytes = PercentEncoding.decode(raw) else { throw malformed }
        return try text(bytes[...])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws -> String {
        // Of no byte too.
        let isDots = bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
        guard !isDots,
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw malformed }
        return text
    }
}
