import Core

extension MapReader {
    /// Text that is not empty.
    public mutating func text(_ name: String) throws(DocumentProblem) -> String {
        try text(try node(name), name)
    }

    /// Text that is not empty; nil when it is missing.
    public mutating func optionalText(_ name: String) throws(DocumentProblem) -> String? {
        guard let node = optionalNode(name) else { return nil }
        return try text(node, name)
    }

    /// A whole number.
    public mutating func int(_ name: String) throws(DocumentProblem) -> Int64 {
        guard let number = try node(name).json.int else { throw mustBe(name, "a whole number") }
        return number
    }

    /// A whole number; nil when it is missing.
    public mutating func optionalInt(_ name: String) throws(DocumentProblem) -> Int64? {
        optionalNode(name) == nil ? nil : try int(name)
    }

    /// `true` or `false`.
    public mutating func bool(_ name: String) throws(DocumentProblem) -> Bool {
        guard let truth = try node(name).json.bool else { throw mustBe(name, "true or false") }
        return truth
    }

    /// `true` or `false`; nil when it is missing.
    public mutating func optionalBool(_ name: String) throws(DocumentProblem) -> Bool? {
        optionalNode(name) == nil ? nil : try bool(name)
    }

    /// One of a closed set of words.
    public mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, as kind: Word.Type
    ) throws(DocumentProblem) -> Word where Word.RawValue == String {
        guard case .scalar(let text, _) = try node(name).content, let word = Word(rawValue: text) else {
            throw mustBe(name, "one of: \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// One of a closed set of words; nil when it is missing.
    public mutating func optionalWord<Word: RawRepresentable & CaseIterable>(
        _ name: String, as kind: Word.Type
    ) throws(DocumentProblem) -> Word? where Word.RawValue == String {
        optionalNode(name) == nil ? nil : try word(name, as: kind)
    }

    /// The items of a list.
    public mutating func list(_ name: String) throws(DocumentProblem) -> [Node] {
        guard case .list(let items) = try node(name).content else { throw mustBe(name, "a list") }
        return items
    }

    /// A list of texts.
    public mutating func texts(_ name: String) throws(DocumentProblem) -> [String] {
        var found: [String] = []
        for item in try list(name) { found.append(try text(item, name)) }
        return found
    }

    /// A list of texts; nil when it is missing.
    public mutating func optionalTexts(_ name: String) throws(DocumentProblem) -> [String]? {
        optionalNode(name) == nil ? nil : try texts(name)
    }

    /// A map inside this one; its `what` is the member's name and this map's.
    public mutating func map(_ name: String) throws(DocumentProblem) -> MapReader {
        try MapReader(try node(name), file: file, what: "\"\(Shown.name(name))\" of \(what)")
    }

    /// A map inside this one; nil when it is missing.
    public mutating func optionalMap(_ name: String) throws(DocumentProblem) -> MapReader? {
        optionalNode(name) == nil ? nil : try map(name)
    }

    private func text(_ node: Node, _ name: String) throws(DocumentProblem) -> String {
        guard case .scalar(let text, let isQuoted) = node.content, !text.isEmpty, isQuoted || node.json != .null else {
            throw problem(at: node.line, "\"\(Shown.name(name))\" of \(what) must be text, not \(found(node))")
        }
        return text
    }

    private func found(_ node: Node) -> String {
        if case .scalar = node.content { "nothing" } else { node.kindName }
    }
}
