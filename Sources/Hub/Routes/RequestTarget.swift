import Core

/// A request target, read strictly once: routing, authorization and the log all see the same segments.
public struct RequestTarget: Sendable, Equatable {
    /// The decoded path segments; `/` has none.
    public let segments: [String]
    /// The raw query behind `?`; nil when there is none.
    public let query: String?

    /// The path, put together again from its decoded segments.
    public let path: String

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
        if parts[0].count == 1 {
            segments = []
        } else {
            segments = try parts[0].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .map(Self.decode)
        }
        path = "/" + segments.joined(separator: "/")
    }

    private static var malformed: HubError {
        HubError(
            .invalid, "bad_path",
            "The path is not one we read: no empty, \".\" or \"..\" segments, no encoded slashes, no control characters."
        )
    }

    private static func decode(_ raw: ArraySlice<UInt8>) throws -> String {
        guard let bytes = PercentEncoding.decode(raw) else { throw malformed }
        guard !bytes.isEmpty, bytes != Array(".".utf8), bytes != Array("..".utf8),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw malformed }
        return text
    }
}
