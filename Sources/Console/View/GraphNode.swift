import Core
import Ports

/// A step of a flow's graph, with how it stands in an execution.
struct GraphNode: Sendable {
    let id: String
    let kind: String
    let title: String
    /// The step that it is inside of.
    let inside: String?
    let branch: String?
    /// What comes before it, as words.
    let after: String
    /// How it stands; nil outside of an execution, and where it has not begun.
    let state: StepState?

    static func all(_ graph: JSON, _ steps: [JSON]) -> [GraphNode] {
        let edges = graph["edges"]?.array ?? []
        let states = states(steps)
        return (graph["nodes"]?.array ?? []).map { node in
            let id = node["id"]?.string ?? ""
            let before = edges.first { $0["to"]?.string == id }
            let alias = node["alias"]?.string.map { " through \($0)" } ?? ""
            return GraphNode(
                id: id, kind: node["kind"]?.string ?? "", title: (node["title"]?.string ?? "") + alias,
                inside: node["inside"]?.string, branch: node["branch"]?.string,
                after: (before?["from"]?.string ?? "") + (before?["kind"]?.string == "error" ? ", on error" : ""),
                state: states[id])
        }
    }

    /// Of the latest attempts of all rounds of a step the state that matters most.
    private static func states(_ steps: [JSON]) -> [String: StepState] {
        var latest: [String: StepState] = [:]
        for step in steps { latest[step["path"]?.string ?? ""] = StepState(rawValue: step["state"]?.string ?? "") }
        var states: [String: StepState] = [:]
        for (path, state) in latest {
            let name = path.split(separator: ".").last.map { String($0.prefix { $0 != "[" }) } ?? path
            if states[name].map({ $0.weight < state.weight }) ?? true { states[name] = state }
        }
        return states
    }

    var place: String {
        guard let inside else { return branch == "on_error" ? "on error" : "" }
        return branch.map { "\(inside), branch \($0)" } ?? "\(inside), each time"
    }

    var sentence: String {
        [id, Words.spoken(kind), title, state.map { Words.spoken($0.rawValue) } ?? ""].filter { !$0.isEmpty }
            .joined(separator: ", ")
    }
}
