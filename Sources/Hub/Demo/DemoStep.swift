import Core

/// One line of the narration: a step, or a loop's steps summed up.
struct DemoStep {
    let name: String
    let title: String
    let outcome: String
    let seen: String

    /// The steps of an execution as lines, in their order.
    static func summed(_ steps: [JSON]) -> [DemoStep] {
        var order: [String] = []
        var groups: [String: [JSON]] = [:]
        for step in steps {
            let path = step["path"]?.string ?? "-"
            let name = String(path.prefix { $0 != "[" && $0 != "." })
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(step)
        }
        return order.map { line($0, groups[$0] ?? []) }
    }

    private static func line(_ name: String, _ steps: [JSON]) -> DemoStep {
        let run = steps.filter { $0["action"]?.string != nil }
        guard steps.count > 1 || steps.first?["path"]?.string != name, let first = run.first else {
            return single(name, steps.first ?? .null)
        }
        let states = Set(run.compactMap { $0["state"]?.string }.filter { $0 != "skipped" })
        let acted = run.count { $0["state"]?.string == "done" }
        let skipped = steps.count { $0["state"]?.string == "skipped" }
        return DemoStep(
            name: name, title: "\(first["title"]?.string ?? "-") × \(acted)",
            outcome: states == ["done"] ? "done" : states.sorted().joined(separator: ", "),
            seen: skipped == 0 ? "" : "\(skipped) left alone: not a group that Okta lets anybody leave")
    }

    private static func single(_ name: String, _ step: JSON) -> DemoStep {
        let output = step["output"]
        let state = step["state"]?.string ?? "-"
        let title = step["title"]?.string ?? "-"
        if let count = output?["count"]?.int {
            return DemoStep(name: name, title: title, outcome: state, seen: "\(count) groups")
        }
        if let id = output?["id"]?.string {
            return DemoStep(
                name: name, title: title, outcome: state, seen: "\(id.prefix(4))… \(output?["status"]?.string ?? "")")
        }
        return DemoStep(name: name, title: title, outcome: state, seen: step["says"]?.string ?? "")
    }
}
