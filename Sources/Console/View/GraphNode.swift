import Core

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
    /// How it stands: `done`, `failed`, …; empty outside of an execution.
    let state: String

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
                state: states[id] ?? "")
        }
    }

    /// Of all attempts and rounds of a step the state that matters most.
    private static func states(_ steps: [JSON]) -> [String: String] {
        let order = ["skipped", "done", "planned", "sent", "waiting", "running", "refused", "failed", "in_doubt"]
        var latest: [String: String] = [:]
        for step in steps { latest[step["path"]?.string ?? ""] = step["state"]?.string ?? "" }
        var states: [String: String] = [:]
        for (path, state) in latest {
            let name = path.split(separator: ".").last.map { String($0.prefix { $0 != "[" }) } ?? path
            let known = states[name].flatMap(order.firstIndex) ?? -1
            if order.firstIndex(of: state) ?? 0 > known { states[name] = state }
        }
        return states
    }

    /// A shape for the state, so that colour does not speak alone.
    var mark: String? {
        switch state {
        case "": nil
        case "done": "●"
        case "failed", "refused": "✕"
        case "in_doubt": "▲"
        case "skipped": "○"
        default: "◐"
        }
    }

    var place: String {
        guard let inside else { return branch == "on_error" ? "on error" : "" }
        return branch.map { "\(inside), branch \($0)" } ?? "\(inside), each time"
    }

    var sentence: String {
        [id, Words.spoken(kind), title, Words.spoken(state)].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
