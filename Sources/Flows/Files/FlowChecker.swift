import Core
import Documents
import Ports

/// Checks what a flow means: its spokes and actions exist, inputs fit, every reference leads back to something known.
struct FlowChecker {
    let file: String
    let catalogue: any ActionCatalogue

    /// Reads and checks a source. Throws `HubError` of kind `invalid` with file and line.
    static func load(_ source: String, file: String, _ catalogue: any ActionCatalogue) throws -> FlowDefinition {
        do throws(DocumentProblem) {
            let flow = try FlowReader.read(source, file: file)
            try FlowChecker(file: file, catalogue: catalogue).check(flow)
            return flow
        } catch {
            throw HubError(.invalid, "bad_flow_file", "\(error).")
        }
    }

    /// What is known of a name at one place.
    private enum Known {
        case action(ActionDescription)
        case loop
        /// A step that answers these members.
        case answers([String])
        /// An item of a list, with the names of its members where they are known.
        case item(Set<String>?)
    }

    func check(_ flow: FlowDefinition) throws(DocumentProblem) {
        for use in flow.uses where catalogue.actions(of: use.spoke) == nil {
            throw problem(use.line, "there is no spoke \(Shown.name(use.spoke))")
        }
        var known: [String: Known] = [:]
        try check(flow.steps, flow, &known)
        // The error branch runs after any step, so it may rely on none of them.
        var afterwards: [String: Known] = [:]
        try check(flow.onError, flow, &afterwards)
        try checkWaits(flow.onError)
    }

    private func check(
        _ steps: [Step], _ flow: FlowDefinition, _ known: inout [String: Known]
    ) throws(DocumentProblem) {
        for (place, step) in steps.enumerated() {
            switch step.kind {
            case .action(let action):
                known[step.name] = .action(try check(action, of: step, flow, known))
            case .update(let update):
                try check(update.id, flow, known, at: step.line)
                try check(update.set, flow, known)
                known[step.name] = .answers([])
            case .forEach(let loop):
                try check(loop, of: step, flow, known)
                known[step.name] = .loop
            case .parallel(let parallel):
                try check(parallel, flow, &known)
                known[step.name] = .answers([])
            case .wait(let wait):
                if case .until(let operand) = wait { try check(operand, flow, known, at: step.line) }
                known[step.name] = .answers(["at"])
            case .approval(let approval):
                try check(approval.show, flow, known)
                try check(approval, of: step, before: steps[(place + 1)...], known.keys)
                known[step.name] = .answers(["decided_by"])
            case .flow(let sub):
                if sub.flow == flow.name { throw problem(step.line, "flow \(flow.name) must not start itself") }
                try check(sub.input, flow, known)
                known[step.name] = .answers(["execution"])
            }
        }
    }

    private func check(
        _ arguments: [Argument], _ flow: FlowDefinition, _ known: [String: Known]
    ) throws(DocumentProblem) {
        for argument in arguments { try check(argument.value, flow, known, at: argument.line) }
    }

    /// A branch sees what came before the step and its own steps; what comes after sees the steps of all branches.
    private func check(
        _ parallel: Parallel, _ flow: FlowDefinition, _ known: inout [String: Known]
    ) throws(DocumentProblem) {
        var afterwards = known
        for branch in parallel.branches {
            var inner = known
            try check(branch.steps, flow, &inner)
            afterwards.merge(inner) { outer, _ in outer }
        }
        known = afterwards
    }

    /// The error branch runs at once and to its end: it waits for nobody.
    private func checkWaits(_ steps: [Step]) throws(DocumentProblem) {
        for step in steps {
            switch step.kind {
            case .wait, .approval, .flow:
                throw problem(step.line, "\(step.kind.word) must not stand in \"on_error\", which waits for nothing")
            case .action, .update, .forEach, .parallel:
                for part in step.inside { try checkWaits(part.steps) }
            }
        }
    }

    private func check(
        _ step: ActionStep, of owner: Step, _ flow: FlowDefinition, _ known: [String: Known]
    ) throws(DocumentProblem) -> ActionDescription {
        guard let action = catalogue.describe(step.action) else {
            let keys = (catalogue.actions(of: step.action.spoke) ?? []).map(\.action.key).sorted().prefix(100)
            throw problem(
                owner.line,
                "spoke \(step.action.spoke) has no action \(Shown.name(step.action.key)); it has: "
                    + keys.joined(separator: ", "))
        }
        for argument in step.with {
            guard action.inputs.contains(argument.name) else {
                let inputs = action.inputs.sorted().joined(separator: ", ")
                throw problem(
                    argument.line, "\(step.action) has no input \"\(Shown.name(argument.name))\"; it has: \(inputs)")
            }
            if action.sensitiveInputs.contains(argument.name) {
                try checkSensitive(argument, step, flow, known)
            } else {
                try check(argument.value, flow, known, at: argument.line)
            }
        }
        let given = Set(step.with.map(\.name))
        if let missing = action.required.subtracting(given).min() {
            throw problem(owner.line, "step \(owner.name) needs \"\(missing)\" in \"with\": \(step.action) requires it")
        }
        if step.most != nil, !action.isStream {
            throw problem(owner.line, "\"most\" is for actions that answer a list; \(step.action) does not")
        }
        return action
    }

    private func check(
        _ loop: ForEach, of owner: Step, _ flow: FlowDefinition, _ known: [String: Known]
    ) throws(DocumentProblem) {
        try check(loop.list, flow, known)
        // Which lists an event holds, its provider says.
        let isOfEvent =
            if case .hook = flow.trigger { loop.list.parts.starts(with: ["trigger", "event"]) } else { false }
        if loop.list.parts.first == "trigger", !isOfEvent {
            throw problem(loop.list.line, "\(loop.list) is no list; for_each takes the items of an earlier step")
        }
        if case .action(let action) = known[loop.list.parts[0]], action.isStream,
            loop.list.parts != [loop.list.parts[0], "items"]
        {
            throw problem(loop.list.line, "\(loop.list) is no list; expected \(loop.list.parts[0]).items")
        }
        var inner = known
        inner[loop.item] = .item(try members(of: loop, owner, known))
        try check(loop.steps, flow, &inner)
    }

    /// The members of a loop's items, where they are known; its conditions may name no others.
    private func members(
        of loop: ForEach, _ owner: Step, _ known: [String: Known]
    ) throws(DocumentProblem) -> Set<String>? {
        guard case .action(let action) = known[loop.list.parts[0]], action.isStream, let members = action.outputs else {
            return nil
        }
        for condition in loop.conditions {
            let field = condition.field.split(separator: ".").first.map(String.init) ?? ""
            guard members.contains(field) else {
                throw problem(
                    owner.line,
                    "\"if\" of step \(owner.name) names \(Shown.name(condition.field)), which items of "
                        + "\(loop.list) do not have; they have: \(members.sorted().joined(separator: ", "))")
            }
        }
        return members
    }

    private func check(
        _ operand: Operand, _ flow: FlowDefinition, _ known: [String: Known], at line: Int
    ) throws(DocumentProblem) {
        switch operand {
        case .literal: return
        case .members(let arguments):
            for argument in arguments { try check(argument.value, flow, known, at: argument.line) }
        case .reference(let reference):
            try check(reference, flow, known)
            guard !isSensitive(reference, flow, known) else {
                throw problem(
                    reference.line,
                    "\(reference) is sensitive; only an input that an action takes as sensitive may get it")
            }
        }
    }

    /// A sensitive input takes what has been sealed since it came in, and nothing that stands in a file or a record.
    private func checkSensitive(
        _ argument: Argument, _ step: ActionStep, _ flow: FlowDefinition, _ known: [String: Known]
    ) throws(DocumentProblem) {
        guard case .reference(let reference) = argument.value else {
            throw problem(
                argument.line,
                "input \"\(argument.name)\" of \(step.action) is sensitive, so no value of it stands in a file")
        }
        try check(reference, flow, known)
        guard isSensitive(reference, flow, known) else {
            throw problem(
                reference.line,
                "input \"\(argument.name)\" of \(step.action) is sensitive: it takes a sensitive output of an earlier "
                    + "step, or an input of a manual flow with \"sensitive: true\"")
        }
    }

    private func isSensitive(
        _ reference: Reference, _ flow: FlowDefinition, _ known: [String: Known]
    ) -> Bool {
        let parts = reference.parts
        if parts[0] == "trigger" {
            guard case .manual(let inputs) = flow.trigger, parts.count == 3 else { return false }
            return inputs.contains { $0.name == parts[2] && $0.isSensitive }
        }
        guard case .action(let action) = known[parts[0]], parts.count > 1 else { return false }
        return action.sensitiveOutputs.contains(parts[1])
    }

    private func check(
        _ reference: Reference, _ flow: FlowDefinition, _ known: [String: Known]
    ) throws(DocumentProblem) {
        let root = reference.parts[0]
        if root == "trigger" { return try checkTrigger(reference, flow.trigger) }
        guard let found = known[root] else {
            let names = (["trigger"] + known.keys.sorted()).joined(separator: ", ")
            throw problem(
                reference.line, "\(Shown.name(reference.description)) leads to no earlier step; known here: \(names)")
        }
        let name = reference.parts.count > 1 ? reference.parts[1] : nil
        switch found {
        case .item(let members):
            guard let name, let members, !members.contains(name) else { return }
            throw noOutput(reference, "member of \(root)", expected(members, of: root))
        case .action(let action) where !action.isStream:
            guard let name else {
                throw problem(reference.line, "\(reference) must name an output, such as \(root).id")
            }
            guard let outputs = action.outputs, !outputs.contains(name) else { return }
            throw noOutput(reference, "output of step \(root)", expected(outputs, of: root))
        case .action: try check(reference, isOneOf: ["items", "count", "pages", "more"])
        case .loop: try check(reference, isOneOf: ["count", "left_alone"])
        case .answers(let names): try check(reference, isOneOf: names)
        }
    }

    private func check(_ reference: Reference, isOneOf fields: [String]) throws(DocumentProblem) {
        guard reference.parts.count == 2, fields.contains(reference.parts[1]) else {
            let root = reference.parts[0]
            throw noOutput(reference, "output of step \(root)", expected(fields, of: root))
        }
    }

    private func noOutput(_ reference: Reference, _ what: String, _ expected: String) -> DocumentProblem {
        problem(reference.line, "\(Shown.name(reference.description)) is no \(what); \(expected)")
    }

    private func expected(_ names: Set<String>, of root: String) -> String { expected(names.sorted(), of: root) }

    private func expected(_ names: [String], of root: String) -> String {
        names.isEmpty ? "it has no outputs" : "expected " + names.map { "\(root).\($0)" }.joined(separator: " or ")
    }

    private func checkTrigger(_ reference: Reference, _ trigger: Trigger) throws(DocumentProblem) {
        switch trigger {
        case .record:
            guard reference.parts.count == 3, reference.parts[1] == "record" else {
                throw problem(
                    reference.line, "\(Shown.name(reference.description)) is unknown; expected trigger.record.<field>")
            }
        case .hook:
            let parts = reference.parts
            let isEvent = parts.count >= 3 && parts[1] == "event"
            guard isEvent || (parts.count == 3 && parts[1] == "hook" && Self.hookMembers.contains(parts[2])) else {
                throw problem(
                    reference.line,
                    "\(Shown.name(reference.description)) is unknown; expected trigger.event.<output> or one of: "
                        + Self.hookMembers.map { "trigger.hook.\($0)" }.joined(separator: ", "))
            }
        case .schedule:
            guard reference.parts == ["trigger", "tick", "at"] else {
                throw problem(
                    reference.line, "\(Shown.name(reference.description)) is unknown; expected trigger.tick.at")
            }
        case .manual(let inputs):
            guard reference.parts.count == 3, reference.parts[1] == "input",
                inputs.contains(where: { $0.name == reference.parts[2] })
            else {
                let names = inputs.map { "trigger.input.\($0.name)" }.joined(separator: ", ")
                throw problem(
                    reference.line,
                    "\(Shown.name(reference.description)) is unknown; "
                        + (names.isEmpty ? "this flow takes no inputs" : "expected one of: \(names)"))
            }
        }
    }

    /// What is known of how an event came.
    private static let hookMembers = ["name", "late", "via"]

    private func problem(_ line: Int, _ what: String) -> DocumentProblem {
        DocumentProblem(file: file, line: line, what: what)
    }
}
