/// Which paths a rule is about: `*` stands for one segment, and `**` at the end for the rest, also for none.
///
/// `/api/now/table/hr_leaver/**` covers the list and each record. Compared segment by segment, as bytes.
public struct PathPattern: Sendable, Hashable {
    /// As it was written.
    public let text: String
    /// Whether it ends with `**`.
    public let hasRest: Bool
    /// Nil stands for any one segment.
    private let pieces: [[UInt8]?]
    private let isPath: Bool

    /// A pattern as it is stored; use `problem` first on one that somebody sent.
    public init(_ text: String) {
        var segments = Self.segments(text) ?? []
        self.text = text
        isPath = Self.segments(text) != nil
        hasRest = Self.isRest(segments.last)
        if hasRest { segments.removeLast() }
        pieces = segments.map { Self.isOne($0) ? nil : Array($0) }
    }

    /// How many segments it names.
    public var fixed: Int { pieces.count { $0 != nil } }

    /// Whether a call of the path is meant.
    public func covers(_ path: CalledPath) -> Bool {
        let segments = path.segments
        guard isPath, hasRest ? segments.count >= pieces.count : segments.count == pieces.count else { return false }
        return zip(pieces, segments).allSatisfy { piece, segment in
            piece.map { $0.elementsEqual(segment) } ?? true
        }
    }

    /// Whether it covers some path of this form, in which nil stands for any one segment.
    public func mayCover(_ form: [String?]) -> Bool {
        guard isPath, hasRest ? form.count >= pieces.count : form.count == pieces.count else { return false }
        return zip(pieces, form).allSatisfy { piece, segment in
            guard let piece, let segment else { return true }
            return piece.elementsEqual(segment.utf8)
        }
    }

    /// What is wrong with one that somebody sent, as the end of a sentence; nil when nothing is.
    public static func problem(_ text: String) -> String? {
        guard text.utf8.count <= 500, let segments = segments(text) else {
            return "its path must start with / and have at most 500 characters"
        }
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty { return "its path has an empty segment; leave out the doubled or last /" }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
                return "its path has a . or .. segment"
            }
            if isRest(segment), index != segments.count - 1 { return "** may stand only at the end of its path" }
            if isOne(segment) || isRest(segment) { continue }
            if segment.contains(UInt8(ascii: "*")) { return "* must be a whole segment of its path" }
            if segment.contains(where: { $0 <= 0x20 || $0 == 0x7F || "?#%{}\\".utf8.contains($0) }) {
                return "its path holds a character that no pattern may: space, ?, #, %, {, } or \\"
            }
        }
        return nil
    }

    private static func segments(_ path: String) -> [Substring.UTF8View]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(\.utf8)
    }

    private static func isOne(_ segment: Substring.UTF8View?) -> Bool { segment?.elementsEqual("*".utf8) ?? false }
    private static func isRest(_ segment: Substring.UTF8View?) -> Bool { segment?.elementsEqual("**".utf8) ?? false }
}

/// A path that somebody calls, split once for all the patterns that it is held against.
public struct CalledPath: Sendable {
    let segments: [ArraySlice<UInt8>]

    /// Nil for a path that no pattern covers.
    public init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        segments = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // RFC 3986 §3.3: dot segments climb; the edge removes them, and one that is left is not trusted.
        guard !segments.contains(where: { $0.count <= 2 && $0.allSatisfy { $0 == UInt8(ascii: ".") } }) else {
            return nil
        }
    }
}

/// Names of tables in rules and details.
public enum TableName {
    /// Lowercase letters, digits and _, starting with a letter; at most 80.
    public static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.count <= 80
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}
