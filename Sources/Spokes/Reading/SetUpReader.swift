import Core
import Documents

extension SetUp {
    /// Reads `set_up`: the way of a web app, and optionally `resources`, `searches`, `need_whole` and `service_app`,
    /// another way.
    ///
    /// - Parameter kinds: the spoke's kinds of resources.
    init(_ map: MapReader, kinds: [String]) throws(DocumentProblem) {
        var map = map
        webApp = try Way(&map, .webApp)
        serviceApp = try map.optionalMap("service_app").map { inner throws(DocumentProblem) in
            var inner = inner
            let way = try Way(&inner, .serviceApp)
            try inner.end()
            return way
        }
        let searches =
            try map.optionalMap("searches").map { inner throws(DocumentProblem) in try ResourceSearch.all(inner) }
            ?? [:]
        self.searches = searches
        resources =
            try map.optionalMap("resources").map { inner throws(DocumentProblem) in
                try ResourceForm.all(inner, kinds: kinds, searches: searches.keys.sorted())
            } ?? []
        needWhole = Set(try map.optionalTexts("need_whole") ?? [])
        try map.end()
    }

    /// The names between percent signs, in order.
    static func namesUsed(_ text: String) -> [String] {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 && $0 < parts.count - 1 }.map { String(parts[$0]) }
    }
}

extension SetUp.Way {
    /// Reads `steps` and, optionally, `terraform` and `apply`. A `%name%` that nothing fills is a mistake.
    fileprivate init(_ map: inout MapReader, _ template: SetUp.Template) throws(DocumentProblem) {
        var steps: [SetUp.Step] = []
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
            steps.append(
                SetUp.Step(says: says, copies: copies, needs: try step.optionalWord("needs", as: SetUp.Part.self)))
            try step.end()
        }
        self.steps = steps
        terraform = try map.optionalText("terraform")
        if let terraform { try Self.check(terraform, map.line(of: "terraform"), map) }
        applying = try map.optionalMap("apply").map { inner throws(DocumentProblem) in
            try Applying(inner, for: template)
        }
    }

    private static func check(_ text: String, _ line: Int, _ map: MapReader) throws(DocumentProblem) {
        let used = SetUp.namesUsed(text)
        guard text.count(where: { $0 == "%" }).isMultiple(of: 2), used.allSatisfy(SetUp.names.contains) else {
            throw map.problem(
                at: line,
                "a text of set_up may name \(SetUp.names.map { "%\($0)%" }.joined(separator: ", ")), and has no other %"
            )
        }
    }
}
