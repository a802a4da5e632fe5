import Core
import Documents
import Ports

extension Action {
    /// Reads one action; every mistake has its line.
    static func read(_ source: MapReader, key: String) throws(DocumentProblem) -> Action {
        var map = source
        let name = try map.text("name")
        let says = try map.text("says")
        let word = try map.text("kind")
        guard let kind = ActionKinds.named(word) else {
            throw map.mustBe("kind", "one of: \(ActionKinds.all.map { $0.word }.joined(separator: ", "))")
        }
        let input = try InputSchema.read(&map)
        let request = try RequestTemplate.read(&map, input: input)
        guard !kind.onlyReads || request.method == .get else {
            throw map.problem(
                at: map.line(of: "request"), "an action of kind \(word) only reads: its method must be GET")
        }
        let reading = try kind.init(&map)
        let success = try success(&map)
        let scopes = try map.texts("scopes")
        let permissions = try permissions(&map)
        let destructive = try map.word("destructive", as: Destructive.self)
        let `repeat` = try map.word("repeat", as: Repeat.self)
        let lookUp = try lookUp(&map, `repeat`)
        let reasons = try map.reasons("reasons")
        try map.end()
        return Action(
            key: key, name: name, says: says, kind: reading, request: request, input: input, success: success,
            scopes: scopes, permissions: permissions, destructive: destructive, repeat: `repeat`, lookUp: lookUp,
            reasons: reasons)
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

    private static func permissions(_ map: inout MapReader) throws(DocumentProblem) -> [Permission] {
        var found: [Permission] = []
        for node in try map.list("permissions") {
            var inner = try MapReader(node, file: map.file, what: "a permission of \(map.what)")
            found.append(
                Permission(
                    name: try inner.text("name"), basis: try inner.word("basis", as: Permission.Basis.self)))
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
            action: action, with: inputs, output: try inner.name("output"), equals: try inner.text("equals"))
        try inner.end()
        return lookUp
    }
}
