import Ports

/// What the steps of a flow do, in words, by their names.
struct StepTitles: Sendable {
    private var byName: [String: (action: String?, title: String)] = [:]

    init(_ flow: FlowDefinition, _ catalogue: any ActionCatalogue) {
        for step in flow.allSteps { byName[step.name] = Self.title(of: step, catalogue) }
    }

    /// The action and the title of the step at a path such as `leave[2].remove`; step names are unique in a flow.
    func of(_ path: String) -> (action: String?, title: String) {
        path == ExecutionMachine.timeUp ? (nil, "Time is up") : byName[StepPath.name(path)] ?? (nil, "")
    }

    /// The action and the title of a step.
    static func title(of step: Step, _ catalogue: any ActionCatalogue) -> (action: String?, title: String) {
        switch step.kind {
        case .action(let run): (run.action.description, catalogue.describe(run.action)?.title ?? "")
        case .update(let update): (nil, "Update \(update.table)")
        case .wait(.seconds(let seconds)): (nil, "wait \(Seconds.text(seconds))")
        case .wait(.until(.reference(let reference))): (nil, "wait until \(reference)")
        case .wait(.until(.literal)), .wait(.until(.members)): (nil, "wait until a moment")
        case .approval(let approval): (nil, approval.says)
        case .flow(let flow): (nil, "flow \(flow.flow)")
        case .forEach(let loop): (nil, "for each \(loop.item)")
        case .parallel(let parallel): (nil, "\(parallel.branches.count) branches")
        }
    }
}
