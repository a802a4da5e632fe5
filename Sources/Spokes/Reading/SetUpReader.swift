import Core
import Documents

extension SetUp {
    /// Reads `set_up`: `steps` and, optionally, `terraform`, `resources`, `searches`, `need_whole` and `apply`. A `%name%`
    /// that nothing fills is a mistake.
    ///
    /// - Parameter kinds: the spoke's kinds of resources.
    init(_ map: MapReader, kinds: [String]) throws(DocumentProblem) {
        var map = map
        var steps: [Step] = []
        for node in try map.list("steps") {
            var step = try MapReader(node, file: map.file, what: "a step of set_up")
            let says = try step.text("says")
            try Self.check(says, step.line(of: "says"), map)
            var copies: [(label: String, text: String)] = []
            if var copy = try step.optionalMap("copy") {
                for member in copy.members {
                    let text = try copy.text(member.key)
                    try Self.check(text, member.line, map)
                    copies.append((member.key, text))
                }
            }
            steps.append(Step(says: says, copies: copies, needs: try step.optionalWord("needs", as: Part.self)))
            try step.end()
        }
        self.steps = steps
        terraform = try map.optionalText("terraform")
        if let terraform { try Self.check(terraform, map.line(of: "terraform"), map) }
        let searches =
            try map.optionalMap("searches").map { inner throws(DocumentProblem) in try ResourceSearch.all(inner) }
            ?? [:]
        self.searches = searches
        resources =
            try map.optionalMap("resources").map { inner throws(DocumentProblem) in
                try ResourceForm.all(inner, kinds: kinds, searches: searches.keys.sorted())
            } ?? []
        needWhole = Set(try map.optionalTexts("need_whole") ?? [])
        applying = try map.optionalMap("apply").map { inner throws(DocumentProblem) in try Applying(inner) }
        try map.end()
    }

    /// The names between percent signs, in order.
    static func namesUsed(_ text: String) -> [String] {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 && $0 < parts.count - 1 }.map { String(parts[$0]) }
    }

    private static func check(_ text: String, _ line: Int, _ map: MapReader) throws(DocumentProblem) {
        guard text.count(where: { $0 == "%" }).isMultiple(of: 2), namesUsed(text).allSatisfy(names.contains) else {
            throw map.problem(
                at: line,
                "a text of set_up may name \(names.map { "%\($0)%" }.joined(separator: ", ")), and has no other %")
        }
    }
}
