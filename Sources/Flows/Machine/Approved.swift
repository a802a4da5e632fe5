import Core
import Ports

/// What an approval is about: the calls of the steps that it names, with the very inputs that they will have.
extension Walker {
    /// One element for each named step, in the order of the file: `{"step", "action", "alias", "with": [inputs]}`.
    ///
    /// Throws where an input has no value yet: then nobody is asked.
    func calls(named names: [String], behind step: String, _ scope: Scope) throws(ValueProblem) -> [JSON] {
        var found: [(step: Step, inputs: [JSON])] = []
        try gather(names, machine.flow.steps(behind: step), scope, into: &found)
        return found.compactMap { step, inputs in
            guard case .action(let action) = step.kind else { return nil }
            return [
                "step": .string(step.name), "action": .string(action.action.description),
                "alias": .string(action.alias), "with": .array(inputs),
            ]
        }
    }

    private func gather(
        _ names: [String], _ steps: some Sequence<Step>, _ scope: Scope,
        into found: inout [(step: Step, inputs: [JSON])]
    ) throws(ValueProblem) {
        for step in steps {
            switch step.kind {
            case .action(let action):
                guard names.contains(step.name) else { continue }
                let input = JSON.object(try scope.values(action.with))
                if let place = found.firstIndex(where: { $0.step.name == step.name }) {
                    found[place].inputs.append(input)
                } else {
                    found.append((step, [input]))
                }
            case .forEach(let loop) where loop.steps.contains(anyNamed: names):
                for item in try items(of: loop, scope) where loop.conditions.allSatisfy({ $0.holds(for: item) }) {
                    var inner = scope
                    inner.values[loop.item] = item
                    try gather(names, loop.steps, inner, into: &found)
                }
            case .parallel(let parallel):
                for branch in parallel.branches { try gather(names, branch.steps, scope, into: &found) }
            case .forEach, .update, .wait, .approval, .flow: continue
            }
        }
    }
}

extension [Step] {
    /// Whether one of these steps, or of those inside them, has one of the names.
    func contains(anyNamed names: [String]) -> Bool {
        contains { names.contains($0.name) || $0.inside.contains { $0.steps.contains(anyNamed: names) } }
    }
}

extension FlowDefinition {
    /// The steps that come behind a step in the list in which it stands.
    func steps(behind name: String) -> ArraySlice<Step> {
        Self.rest(of: steps, behind: name) ?? Self.rest(of: onError, behind: name) ?? []
    }

    private static func rest(of steps: [Step], behind name: String) -> ArraySlice<Step>? {
        if let place = steps.firstIndex(where: { $0.name == name }) { return steps[(place + 1)...] }
        return steps.lazy.flatMap(\.inside).compactMap { rest(of: $0.steps, behind: name) }.first
    }

    /// The approvals that name a step, each with the seconds for which its word counts.
    func approvals(of step: String) -> [(name: String, goodFor: Int64)] {
        allSteps.compactMap { other in
            guard case .approval(let approval) = other.kind, approval.approves.contains(step) else { return nil }
            return (other.name, approval.goodFor)
        }
    }

    /// The actions that no approval names, those of the error branch too.
    var unapproved: [(step: Step, action: ActionStep)] {
        let named = Set(
            allSteps.flatMap { step -> [String] in
                guard case .approval(let approval) = step.kind else { return [] }
                return approval.approves
            })
        return allSteps.compactMap { step in
            guard case .action(let action) = step.kind, !named.contains(step.name) else { return nil }
            return (step, action)
        }
    }
}
