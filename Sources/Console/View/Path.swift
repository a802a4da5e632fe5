import Core
import Hub

/// A place on this hub, made of segments and pairs that are percent-encoded here: it leads nowhere else, whatever a
/// name holds.
struct Path: Sendable, Equatable, CustomStringConvertible {
    private let raw: String

    /// `/console`, then the segments.
    init(_ segments: String..., query: [(name: String, value: String)] = []) {
        self.init(segments, query: query)
    }

    init(_ segments: [String], query: [(name: String, value: String)] = []) {
        let path = (["console"] + segments).map { "/" + PercentEncoding.encode($0) }.joined()
        let pairs = query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        raw = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// Where a sign-in leads back to.
    init(_ next: ReturnPath) { raw = next.text }

    /// As it stands in a `Location` header.
    var text: String { raw }
    var description: String { raw }
}

/// A place with its name.
struct Link: Sendable {
    let name: String
    let path: Path
    /// `main` for the one most likely step of a page, `danger` for what can't be taken back.
    var weight = ""
    /// Whether it stays on one line, as a moment does.
    var isTight = false

    init(_ name: String, _ path: Path, weight: String = "") {
        self.name = name
        self.path = path
        self.weight = weight
    }
}
