/// One rule of an auth scope: a method and a path pattern, for one table or any.
///
/// In a pattern `*` stands for one segment, and `**` at the end for the rest, also for none:
/// `/api/now/table/hr_leaver/**` covers the list and each record. Compared segment by segment, as bytes.
public struct ScopeRule: Sendable, Hashable {
    /// The methods that a rule may name.
    public static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "*"]

    /// The auth scope's name.
    public let scope: String
    /// One of `methods`.
    public let method: String
    /// The path pattern.
    public let path: String
    /// The table the call must be about; nil for any call.
    public let table: String?

    private let pattern: Pattern

    /// A rule as it is stored; use `problem` first on one that somebody sent.
    public init(scope: String, method: String, path: String, table: String? = nil) {
        self.scope = scope
        self.method = method
        self.path = path
        self.table = table
        pattern = Pattern(path)
    }

    /// Whether it covers a call. `HEAD` counts as `GET`.
    func covers(method called: String, path: CalledPath, table calledTable: String?) -> Bool {
        guard method == "*" || method == called || (method == "GET" && called == "HEAD") else { return false }
        if let table {
            guard let calledTable, table.utf8.elementsEqual(calledTable.utf8) else { return false }
        }
        return pattern.covers(path.segments)
    }

    /// How narrow it is: the more names it fixes, the higher; compare the parts in order.
    var narrowness: [Int] { [pattern.fixed + (table == nil ? 0 : 1), pattern.hasRest ? 0 : 1, method == "*" ? 0 : 1] }

    static func segments(_ path: String) -> [Substring.UTF8View]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(\.utf8)
    }

    static func isOne(_ segment: Substring.UTF8View?) -> Bool { segment?.elementsEqual("*".utf8) ?? false }
    static func isRest(_ segment: Substring.UTF8View?) -> Bool { segment?.elementsEqual("**".utf8) ?? false }
}

/// A path that somebody calls, split once for all the rules that it is held against.
struct CalledPath: Sendable {
    fileprivate let segments: [ArraySlice<UInt8>]

    /// Nil for a path that no rule covers.
    init?(_ path: String) {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        segments = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // RFC 3986 §3.3: dot segments climb; the edge removes them, and one that is left is not trusted.
        guard !segments.contains(where: { $0.count <= 2 && $0.allSatisfy { $0 == UInt8(ascii: ".") } }) else {
            return nil
        }
    }
}

/// A rule's path, split once.
private struct Pattern: Sendable, Hashable {
    /// Nil stands for any one segment.
    let pieces: [[UInt8]?]
    let hasRest: Bool
    let isPath: Bool

    init(_ path: String) {
        var segments = ScopeRule.segments(path) ?? []
        isPath = ScopeRule.segments(path) != nil
        hasRest = ScopeRule.isRest(segments.last)
        if hasRest { segments.removeLast() }
        pieces = segments.map { ScopeRule.isOne($0) ? nil : Array($0) }
    }

    var fixed: Int { pieces.count { $0 != nil } }

    func covers(_ segments: [ArraySlice<UInt8>]) -> Bool {
        guard isPath, hasRest ? segments.count >= pieces.count : segments.count == pieces.count else { return false }
        return zip(pieces, segments).allSatisfy { piece, segment in
            piece.map { $0.elementsEqual(segment) } ?? true
        }
    }
}

extension ScopeRule {
    /// What is wrong with it, as the end of a sentence; nil when nothing is.
    public var problem: String? {
        guard Self.methods.contains(method) else {
            return "its method must be one of \(Self.methods.joined(separator: ", "))"
        }
        guard path.utf8.count <= 500, let segments = Self.segments(path) else {
            return "its path must start with / and have at most 500 characters"
        }
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty { return "its path has an empty segment; leave out the doubled or last /" }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
                return "its path has a . or .. segment"
            }
            if Self.isRest(segment), index != segments.count - 1 { return "** may stand only at the end of its path" }
            if Self.isOne(segment) || Self.isRest(segment) { continue }
            if segment.contains(UInt8(ascii: "*")) { return "* must be a whole segment of its path" }
            if segment.contains(where: { $0 <= 0x20 || $0 == 0x7F || "?#%{}\\".utf8.contains($0) }) {
                return "its path holds a character that no pattern may: space, ?, #, %, {, } or \\"
            }
        }
        if let table, !Self.isTableName(table) {
            return "its table must be lowercase letters, digits and _, starting with a letter"
        }
        return nil
    }

    private static func isTableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.count <= 80
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}
