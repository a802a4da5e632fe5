import Core
import Documents
import Ports

extension Action {
    /// Reads one action; every mistake has its line.
    ///
    /// - Parameters:
    ///   - sources: the spoke's documents, by the names under which permissions cite them.
    ///   - others: members that somebody else reads.
    static func read(
        _ source: MapReader, key: String, inputs shared: SharedInputs, sources: [String: String],
        beside others: [String] = []
    ) throws(DocumentProblem) -> Action {
        var map = source
        let name = try map.text("name")
        let says = try map.text("says")
        let word = try map.text("kind")
        guard let kind = ActionKinds.named(word) else {
            throw map.mustBe("kind", "one of: \(ActionKinds.all.map { $0.word }.joined(separator: ", "))")
        }
        let input = try InputSchema.read(&map, shared)
        let request = try RequestTemplate.read(&map, input: input)
        guard !kind.onlyReads || request.method == .get else {
            throw map.problem(
                at: map.line(of: "request"), "an action of kind \(word) only reads: its method must be GET")
        }
        let reading = try kind.init(&map)
        try check(input, request, reading, map)
        let success = try success(&map)
        let scopes = try map.texts("scopes")
        let permissions = try permissions(&map, sources)
        let destructive = try map.word("destructive", as: Destructive.self)
        let `repeat` = try map.word("repeat", as: Repeat.self)
        let lookUp = try lookUp(&map, `repeat`)
        let reasons = try map.reasons("reasons")
        for other in others { _ = map.optionalNode(other) }
        try map.end()
        return Action(
            key: key, name: name, says: says, kind: reading, request: request, input: input, success: success,
            scopes: scopes, permissions: permissions, destructive: destructive, repeat: `repeat`, lookUp: lookUp,
            reasons: reasons)
    }

    /// Every input has a use, and what the kind uses is an input that fits.
    private static func check(
        _ input: InputSchema, _ request: RequestTemplate, _ kind: any ActionKind, _ map: MapReader
    ) throws(DocumentProblem) {
        for name in kind.inputs.sorted() where input.property(name)?.kind != .string {
            throw map.problem(at: map.line, "\(map.what) needs an input {\(Shown.name(name))} of type string")
        }
        let used = request.inputs.union(kind.inputs)
        for property in input.properties where !used.contains(property.name) {
            throw map.problem(
                at: map.line(of: "request"), "the request of \(map.what) does not use input \"\(property.name)\"")
        }
    }

    private static func success(_ map: inout MapReader) throws(DocumentProblem) -> Set<Int> {
        var found: Set<Int> = []
        for node in try map.list("success") {
            guard let status = node.json.int, (200..<300).contains(status) else {
                throw map.problem(at: node.line, "\"success\" of \(map.what) must be a list of statuses 200 to 299")
            }
            found.insert(Int(status))
        }
        guard !found.isEmpty else { throw map.mustBe("success", "a list of statuses 200 to 299") }
        return found
    }

    private static func permissions(
        _ map: inout MapReader, _ sources: [String: String]
    ) throws(DocumentProblem) -> [Permission] {
        var found: [Permission] = []
        for node in try map.list("permissions") {
            var inner = try MapReader(node, file: map.file, what: "a permission of \(map.what)")
            let right: Permission.Right
            if let role = try inner.optionalText("role") {
                right = .standardRole(role)
            } else {
                right = .permission(try inner.text("name"))
            }
            let basis = try inner.word("basis", as: Permission.Basis.self)
            let name = try inner.text("source")
            guard let source = sources[name] else {
                let known = sources.keys.sorted().joined(separator: ", ")
                throw inner.mustBe("source", known.isEmpty ? "a name under the spoke's sources" : "one of: \(known)")
            }
            found.append(Permission(right: right, basis: basis, source: source))
            try inner.end()
        }
        return found
    }

    private static func lookUp(_ map: inout MapReader, _ repeating: Repeat) throws(DocumentProblem) -> LookUp? {
        guard var inner = try map.optionalMap("look_up") else {
            if repeating == .lookUp { throw map.mustBe("repeat", "safe or ask where there is no look_up") }
            return nil
        }
        guard repeating == .lookUp else { throw map.mustBe("repeat", "look-up where there is a look_up") }
        let action = try inner.name("action")
        var with = try inner.map("with")
        var inputs: [(input: String, from: String)] = []
        for member in with.members { inputs.append((member.key, try with.name(member.key))) }
        let lookUp = LookUp(
            action: action, with: inputs, output: try inner.name("output"), equals: try inner.node("equals").json)
        switch lookUp.equals {
        case .string, .int, .bool: break
        case .null, .double, .array, .object: throw inner.mustBe("equals", "text, a whole number, true or false")
        }
        try inner.end()
        return lookUp
    }
}
