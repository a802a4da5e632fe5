import Core
import Documents

extension FlowReader {
    func trigger(_ node: Node) throws(DocumentProblem) -> Trigger {
        if case .scalar("manual", _) = node.content { return .manual(inputs: []) }
        guard case .map(let members) = node.content else {
            throw problem(
                node.line,
                "the trigger must be \"manual\", { record: table, when: inserted }, { schedule: { every: 1h } } or "
                    + "{ hook: name }")
        }
        var map = try MapReader(node, file: file, what: "the trigger")
        if members.contains(where: { $0.key == "schedule" }) {
            let schedule = try schedule(&map)
            try map.end()
            return .schedule(schedule)
        }
        if members.contains(where: { $0.key == "hook" }) {
            let hook = try name(try map.node("hook"), "the trigger's hook")
            let conditions = try conditions(map.optionalNode("if"))
            try map.end()
            return .hook(name: hook, conditions: conditions, line: node.line)
        }
        guard members.contains(where: { $0.key == "record" }) else { return try manual(&map) }
        let table = try name(try map.node("record"), "the trigger's table")
        let when = try map.word("when", as: Trigger.Change.self)
        let conditions = try conditions(map.optionalNode("if"))
        try map.end()
        return .record(table: table, when: when, conditions: conditions)
    }

    /// `trigger: { manual: { login: { type: text, says: … } } }`
    private func manual(_ map: inout MapReader) throws(DocumentProblem) -> Trigger {
        guard let node = map.optionalNode("manual") else {
            throw problem(
                map.line, "the trigger needs \"record\", \"schedule\", \"hook\", or \"manual\" with its inputs")
        }
        try map.end()
        let members = try MapReader(node, file: file, what: "the trigger's inputs").members
        guard members.count <= Limits.flowInputs.value else {
            throw problem(node.line, "a flow takes at most \(Limits.flowInputs.value) inputs")
        }
        var inputs: [Trigger.Input] = []
        for member in members {
            guard FlowName.isValid(member.key) else {
                throw problem(
                    member.line, "\"\(Shown.name(member.key))\" is no name for an input: \(FlowName.expected)")
            }
            var input = try MapReader(member.value, file: file, what: "input \(member.key)")
            inputs.append(
                Trigger.Input(
                    name: member.key, kind: try input.word("type", as: Trigger.Input.Kind.self),
                    isRequired: try input.optionalBool("required") ?? true,
                    isSensitive: try input.optionalBool("sensitive") ?? false,
                    says: try input.optionalText("says") ?? ""))
            try input.end()
        }
        return .manual(inputs: inputs)
    }

    func conditions(_ node: Node?) throws(DocumentProblem) -> [Condition] {
        guard let node else { return [] }
        guard case .list(let items) = node.content else {
            throw problem(node.line, "\"if\" must be a list of conditions such as { field: status, is: leaving }")
        }
        var found: [Condition] = []
        for item in items { found.append(try condition(item)) }
        return found
    }

    private func condition(_ node: Node) throws(DocumentProblem) -> Condition {
        var map = try MapReader(node, file: file, what: "a condition")
        let field = try map.text("field")
        let wanted = try map.optionalText("is")
        let unwanted = try map.optionalText("is_not")
        let words = try map.optionalTexts("in")
        let empty = try map.optionalBool("is_empty")
        try map.end()
        let tests: [Condition.Test] = [
            wanted.map { .is($0) }, unwanted.map { .isNot($0) }, words.map { .isIn($0) }, empty.map { .isEmpty($0) },
        ].compactMap { $0 }
        guard tests.count == 1 else {
            throw problem(node.line, "a condition must have exactly one of: is, is_not, in, is_empty")
        }
        return Condition(field: field, test: tests[0])
    }
}
