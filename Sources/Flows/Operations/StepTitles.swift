import Ports

/// What the steps of a flow do, in words, by their names.
struct StepTitles: Sendable {
    private var byName: [String: (action: String?, title: String)] = [:]

    init(_ flow: FlowDefinition, _ catalogue: any ActionCatalogue) {
        add(flow.steps + flow.onError, catalogue)
    }

    /// The action and the title of the step at a path such as `leave[2].remove`; step names are unique in a flow.
    func of(_ path: String) -> (action: String?, title: String) {
        let last = path.split(separator: ".").last ?? ""
        return byName[String(last.prefix { $0 != "[" })] ?? (nil, "")
    }

    private mutating func add(_ steps: [Step], _ catalogue: any ActionCatalogue) {
        for step in steps {
            switch step.kind {
            case .action(let run):
                byName[step.name] = (run.action.description, catalogue.describe(run.action)?.title ?? "")
            case .forEach(let loop):
                byName[step.name] = (nil, "for each \(loop.item)")
                add(loop.steps, catalogue)
            case .update(let update):
                byName[step.name] = (nil, "Update \(update.table)")
            }
        }
    }
}
