import Core
import Documents

/// What an approval names: steps behind it, with inputs that are all known by then, because whoever decides sees them.
extension FlowChecker {
    func check(
        _ approval: ApprovalStep, of owner: Step, before steps: ArraySlice<Step>, _ known: some Collection<String>
    ) throws(DocumentProblem) {
        let known = Set(known).union(["trigger"])
        for name in approval.approves {
            guard let blind = Self.blind(name, steps, known) else {
                throw DocumentProblem(
                    file: file, line: owner.line,
                    what: "step \(owner.name) approves \"\(Shown.name(name))\", which is no action behind it in the "
                        + "same list of steps, or inside a step of that list")
            }
            if let blind {
                throw DocumentProblem(
                    file: file, line: blind.line,
                    what: "step \(owner.name) approves \(name), and \(blind) is known only behind it; put the approval "
                        + "behind step \(blind.parts[0])")
            }
        }
    }

    /// The first reference for a step that leads to nothing known, or nil inside; nil where no such step is.
    private static func blind(_ name: String, _ steps: ArraySlice<Step>, _ known: Set<String>) -> Reference?? {
        for step in steps {
            switch step.kind {
            case .action(let action) where step.name == name:
                return .some(action.with.lazy.flatMap(\.value.references).first { !known.contains($0.parts[0]) })
            case .forEach(let loop):
                guard let inner = blind(name, loop.steps[...], known.union([loop.item])) else { continue }
                return .some(known.contains(loop.list.parts[0]) ? inner : loop.list)
            case .parallel(let parallel):
                for branch in parallel.branches {
                    if let inner = blind(name, branch.steps[...], known) { return .some(inner) }
                }
            case .action, .update, .wait, .approval, .flow: continue
            }
        }
        return nil
    }
}

extension Operand {
    /// The references in it.
    fileprivate var references: [Reference] {
        switch self {
        case .literal: []
        case .reference(let reference): [reference]
        case .members(let arguments): arguments.flatMap(\.value.references)
        }
    }
}
