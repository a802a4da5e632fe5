import Core
import Ports

/// A flow as nodes and edges, for pages that draw it. The journal's paths lead to nodes by their last name.
struct FlowGraph: Sendable {
    private var nodes: [JSON] = []
    private var edges: [JSON] = []
    private let catalogue: any ActionCatalogue

    init(_ flow: FlowDefinition, _ catalogue: any ActionCatalogue) {
        self.catalogue = catalogue
        nodes.append(Self.node("trigger", "trigger", title: flow.trigger.says, in: nil, nil, line: nil))
        chain(flow.steps, after: "trigger", "next", in: nil, nil)
        chain(flow.onError, after: "trigger", "error", in: nil, "on_error")
    }

    /// `{"nodes": [{"id", "kind", "title", "action", "alias", "inside", "branch", "line"}], "edges": [{"from", "to", "kind"}]}`.
    ///
    /// Kinds of nodes: `trigger` and those of steps. Kinds of edges: `next`; `inside` to the first step of a loop;
    /// `branch` to the first step of a branch; `error` to the first step of the error branch.
    var json: JSON { ["nodes": .array(nodes), "edges": .array(edges)] }

    private mutating func chain(
        _ steps: [Step], after first: String, _ kind: String, in outer: String?, _ branch: String?
    ) {
        var (last, kind) = (first, kind)
        for step in steps {
            nodes.append(node(step, in: outer, branch))
            edges.append(["from": .string(last), "to": .string(step.name), "kind": .string(kind)])
            for part in step.inside {
                chain(
                    part.steps, after: step.name, part.branch == nil ? "inside" : "branch", in: step.name, part.branch)
            }
            (last, kind) = (step.name, "next")
        }
    }

    private func node(_ step: Step, in outer: String?, _ branch: String?) -> JSON {
        let titles = StepTitles.title(of: step, catalogue)
        var node = Self.node(step.name, step.kind.word, title: titles.title, in: outer, branch, line: step.line)
        if case .action(let action) = step.kind, case .object(var members) = node {
            members["action"] = .string(action.action.description)
            members["alias"] = .string(action.alias)
            node = .object(members)
        }
        return node
    }

    private static func node(
        _ id: String, _ kind: String, title: String, in outer: String?, _ branch: String?, line: Int?
    ) -> JSON {
        [
            "id": .string(id), "kind": .string(kind), "title": .string(title),
            "inside": outer.map { .string($0) } ?? .null, "branch": branch.map { .string($0) } ?? .null,
            "line": line.map { .int(Int64($0)) } ?? .null,
        ]
    }
}

extension Step.Kind {
    /// The key that says it in a file.
    var word: String {
        switch self {
        case .action: "action"
        case .update: "record"
        case .wait: "wait"
        case .approval: "approval"
        case .flow: "flow"
        case .forEach: "for_each"
        case .parallel: "parallel"
        }
    }
}

extension Trigger {
    /// As pages show it.
    var says: String {
        switch self {
        case .record(let table, let when, _): "\(table) \(when.rawValue)"
        case .manual: "by hand"
        case .hook(let name, _, _): "event through \(name)"
        case .schedule(let schedule): schedule.says
        }
    }
}
