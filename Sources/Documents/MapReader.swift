import Core

/// Reads a map's members by name and type; `end()` refuses the ones that nobody asked for.
///
/// A required member that is missing, or one of the wrong kind, is a `DocumentProblem` that says what was expected.
public struct MapReader {
    /// The file's name, for messages.
    public let file: String
    /// What the map is, for messages: `action suspend_user`.
    public let what: String
    /// The line where the map begins.
    public let line: Int
    /// All members, in order.
    public let members: [(key: String, line: Int, value: Node)]
    private var asked: [String] = []

    /// Reads the members of a node, which must be a map.
    public init(_ node: Node, file: String, what: String) throws(DocumentProblem) {
        guard case .map(let members) = node.content else {
            throw DocumentProblem(file: file, line: node.line, what: "\(what) must be a map, not \(node.kindName)")
        }
        self.file = file
        self.what = what
        line = node.line
        self.members = members
    }

    /// Refuses members that nobody asked for, naming those that are known. Call it last.
    public func end() throws(DocumentProblem) {
        guard let member = members.first(where: { !asked.contains($0.key) }) else { return }
        let known = asked.isEmpty ? "it takes none" : "known: \(asked.joined(separator: ", "))"
        throw problem(at: member.line, "\(what) has no key \"\(Shown.name(member.key))\"; \(known)")
    }

    /// The line of a member; the map's own when it is missing.
    public func line(of name: String) -> Int { members.first { $0.key == name }?.line ?? line }

    /// A problem in this file.
    public func problem(at line: Int, _ what: String) -> DocumentProblem {
        DocumentProblem(file: file, line: line, what: what)
    }

    /// A problem with a member: where it stands and what it must be.
    public func mustBe(_ name: String, _ expected: String) -> DocumentProblem {
        problem(at: line(of: name), "\"\(Shown.name(name))\" of \(what) must be \(expected)")
    }

    /// The value of a member, whatever it is; nil when it is missing.
    public mutating func optionalNode(_ name: String) -> Node? {
        if !asked.contains(name) { asked.append(name) }
        return members.first { $0.key == name }?.value
    }

    /// The value of a required member, whatever it is.
    public mutating func node(_ name: String) throws(DocumentProblem) -> Node {
        guard let node = optionalNode(name) else { throw problem(at: line, "\(what) needs \"\(name)\"") }
        return node
    }
}
