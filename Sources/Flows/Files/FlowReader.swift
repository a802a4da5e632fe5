import Core
import Documents
import Ports

/// Reads a flow file: its shape, names, bounds and literals. What it means is `FlowChecker`'s part.
struct FlowReader {
    let file: String
    private var uses: [FlowDefinition.Use] = []
    private var names: [String: Int] = [:]

    /// The flow that a file states; the first problem with its line otherwise.
    static func read(_ source: String, file: String) throws(DocumentProblem) -> FlowDefinition {
        let root = try Documents.load(Array(source.utf8), file: file)
        try LiteralBan.check(root, file: file)
        var reader = FlowReader(file: file)
        return try reader.flow(root)
    }

    private init(file: String) { self.file = file }

    private mutating func flow(_ root: Node) throws(DocumentProblem) -> FlowDefinition {
        var map = try MapReader(root, file: file, what: "a flow")
        let name = try self.name(try map.node("flow"), "the flow's name")
        let title = try map.text("title")
        guard title.unicodeScalars.count <= Limits.nameField.value else {
            throw map.mustBe("title", "at most \(Limits.nameField.value) characters")
        }
        let trigger = try self.trigger(try map.node("trigger"))
        uses = try self.uses(map.optionalNode("uses"))
        let timeout = try duration(&map, "timeout", Self.timeouts)
        let steps = try self.steps(try map.node("steps"), depth: 0)
        let onError = try map.optionalNode("on_error").map { node throws(DocumentProblem) in
            try self.steps(node, depth: 0)
        }
        try map.end()
        return FlowDefinition(
            name: name, title: title, trigger: trigger, uses: uses, steps: steps, onError: onError ?? [],
            timeout: timeout)
    }

    private func uses(_ node: Node?) throws(DocumentProblem) -> [FlowDefinition.Use] {
        guard let node else { return [] }
        var found: [FlowDefinition.Use] = []
        for member in try MapReader(node, file: file, what: "\"uses\"").members {
            let alias = try name(member.value, "the alias for \(Shown.name(member.key))")
            found.append(FlowDefinition.Use(spoke: member.key, alias: alias, line: member.line))
        }
        return found
    }

    mutating func steps(_ node: Node, depth: Int) throws(DocumentProblem) -> [Step] {
        guard case .list(let items) = node.content, !items.isEmpty else {
            throw problem(node.line, "steps must be a list that is not empty, such as \"- find: { action: … }\"")
        }
        guard depth <= Limits.flowDepth.value else {
            throw problem(
                node.line, "for_each and parallel may stand in each other at most \(Limits.flowDepth.value) deep")
        }
        var steps: [Step] = []
        for item in items {
            guard case .map(let members) = item.content, members.count == 1, let member = members.first else {
                throw problem(item.line, "a step must be one name with what it does, such as \"find: { action: … }\"")
            }
            try claim(member.key, at: member.line)
            steps.append(
                Step(
                    name: member.key, line: member.line,
                    kind: try kind(member.value, of: member.key, depth: depth)))
        }
        return steps
    }

    private mutating func kind(_ node: Node, of name: String, depth: Int) throws(DocumentProblem) -> Step.Kind {
        var map = try MapReader(node, file: file, what: "step \(name)")
        let words = ["action", "record", "for_each", "parallel", "wait", "approval", "flow"]
        let kinds = words.filter { kind in map.members.contains { $0.key == kind } }
        guard kinds.count == 1 else {
            throw problem(node.line, "step \(name) must have exactly one of: \(words.joined(separator: ", "))")
        }
        return switch kinds[0] {
        case "action": .action(try action(&map))
        case "for_each": .forEach(try forEach(&map, depth: depth))
        case "parallel": .parallel(try parallel(&map, depth: depth))
        case "wait": .wait(try wait(&map))
        case "approval": .approval(try approval(&map))
        case "flow": .flow(try flow(&map))
        default: .update(try update(&map))
        }
    }

    /// Every step and every loop item has a name of its own in the whole file, so that a reference means one thing.
    mutating func claim(_ name: String, at line: Int) throws(DocumentProblem) {
        guard FlowName.isValid(name), !FlowName.reserved.contains(name) else {
            throw problem(line, "\"\(Shown.name(name))\" is no name for a step: \(FlowName.expected)")
        }
        if let first = names[name] {
            throw problem(line, "the name \(name) is taken by line \(first); names are unique in a file")
        }
        guard names.count < Limits.flowSteps.value else {
            throw problem(line, "a flow has at most \(Limits.flowSteps.value) steps")
        }
        names[name] = line
    }

    func name(_ node: Node, _ what: String) throws(DocumentProblem) -> String {
        guard case .scalar(let text, _) = node.content, FlowName.isValid(text) else {
            throw problem(node.line, "\(what) must be a name: \(FlowName.expected)")
        }
        return text
    }

    func alias(of spoke: String) -> String? { uses.first { $0.spoke == spoke }?.alias }

    func problem(_ line: Int, _ what: String) -> DocumentProblem { DocumentProblem(file: file, line: line, what: what) }
}

/// Names of flows, aliases, steps, loop items, tables and inputs.
enum FlowName {
    static let expected = "a lowercase letter, then up to 39 lowercase letters, digits, - or _"
    static let reserved: Set<String> = ["trigger", "on_error"]

    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 40, (0x61...0x7A).contains(first) else { return false }
        return bytes.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                || $0 == UInt8(ascii: "_")
        }
    }
}
