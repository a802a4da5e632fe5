import Core
import Documents
import Ports

extension FlowReader {
    func action(_ map: inout MapReader) throws(DocumentProblem) -> ActionStep {
        let text = try map.text("action")
        guard let action = ActionName(text) else {
            throw map.mustBe("action", "spoke.action, such as okta.suspend_user")
        }
        guard let alias = alias(of: action.spoke) else {
            throw problem(
                map.line(of: "action"),
                "\"uses\" does not name the spoke \(Shown.name(action.spoke)); "
                    + "add { \(Shown.name(action.spoke)): alias }"
            )
        }
        let with = try arguments(map.optionalNode("with"), of: "\"with\" of \(map.what)")
        let most = try bound(&map, "most", atMost: Limits.streamItems)
        let retry = try retry(&map)
        let timeout = try duration(&map, "timeout", Self.timeouts)
        try map.end()
        return ActionStep(action: action, alias: alias, with: with, most: most, retry: retry, timeout: timeout)
    }

    mutating func forEach(_ map: inout MapReader, depth: Int) throws(DocumentProblem) -> ForEach {
        var loop = try map.map("for_each")
        let from = try loop.node("from")
        let list = try reference(from)
        let item = try loop.text("as")
        try claim(item, at: loop.line(of: "as"))
        let conditions = try conditions(loop.optionalNode("if"))
        let most = try bound(&loop, "most", atMost: Limits.forEachItems)
        let atOnce = try bound(&loop, "at_once", atMost: Limits.stepsAtOnce)
        try loop.end()
        let steps = try self.steps(try map.node("do"), depth: depth + 1)
        try map.end()
        return ForEach(
            list: list, item: item, conditions: conditions, steps: steps, most: most ?? Limits.forEachItems.value,
            atOnce: atOnce ?? 1)
    }

    func update(_ map: inout MapReader) throws(DocumentProblem) -> RecordUpdate {
        guard try map.text("record") == "update" else { throw map.mustBe("record", "update") }
        let table = try name(try map.node("table"), "the table")
        let id = try operand(try map.node("id"))
        let set = try arguments(try map.node("set"), of: "\"set\" of \(map.what)")
        guard !set.isEmpty else { throw map.mustBe("set", "a map of at least one column and its value") }
        try map.end()
        return RecordUpdate(table: table, id: id, set: set)
    }

    func bound(_ map: inout MapReader, _ name: String, atMost limit: Bound) throws(DocumentProblem) -> Int? {
        guard let most = try map.optionalInt(name) else { return nil }
        guard (1...Int64(limit.value)).contains(most) else {
            throw map.mustBe(name, "a whole number from 1 to \(limit.value)")
        }
        return Int(most)
    }

    func arguments(_ node: Node?, of what: String) throws(DocumentProblem) -> [Argument] {
        guard let node else { return [] }
        var found: [Argument] = []
        for member in try MapReader(node, file: file, what: what).members {
            let value = try operand(member.value)
            if case .literal = value, LiteralBan.isSecretName(member.key) {
                throw problem(
                    member.line,
                    "\(Shown.name(member.key)) of \(what) is written out; "
                        + "a flow holds no credential, the alias leads to it"
                )
            }
            found.append(Argument(name: member.key, line: member.line, value: value))
        }
        return found
    }

    func operand(_ node: Node) throws(DocumentProblem) -> Operand {
        switch node.content {
        case .scalar:
            let value = node.json
            guard value != .null else { throw problem(node.line, "a value must not be empty; write text in quotes") }
            return .literal(value)
        case .list(let items):
            for item in items {
                guard case .scalar = item.content else {
                    throw problem(item.line, "a list in a value may hold single values only")
                }
            }
            return .literal(node.json)
        case .map:
            var map = try MapReader(node, file: file, what: "a value")
            if let inner = map.optionalNode("members") {
                try map.end()
                let members = try arguments(inner, of: "\"members\"")
                guard !members.contains(where: { if case .members = $0.value { true } else { false } }) else {
                    throw problem(node.line, "\"members\" inside \"members\"; an action takes one level")
                }
                return .members(members)
            }
            let from = try map.node("from")
            try map.end()
            return .reference(try reference(from))
        }
    }

    private func reference(_ node: Node) throws(DocumentProblem) -> Reference {
        guard case .scalar(let text, _) = node.content, text.utf8.count <= 200 else {
            throw problem(node.line, "\"from\" must be a reference such as trigger.record.email or find.id")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isNameByte) }) else {
            throw problem(node.line, "\"from\" must be a reference such as trigger.record.email or find.id")
        }
        return Reference(parts: parts, line: node.line)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
