import Core

/// A flow as a drawing: chains downwards, what is inside of a step in a frame of its own, branches side by side, and
/// the error branch on the right. The table of `blocks` says the same in words.
struct Graph: Sendable {
    struct Box: Sendable {
        let kind: String
        let tone: Tone
        let x: Int
        let y: Int
        let width: Int
        let height: Int
        let name: String
        let what: String
        let says: String
        var mark: String?
        let textX: Int
        let nameY: Int
        let whatY: Int
        let markX: Int
    }
    struct Frame: Sendable {
        let x: Int
        let y: Int
        let width: Int
        let height: Int
    }
    struct Line: Sendable {
        let kind: String
        let path: String
    }
    struct Word: Sendable {
        let x: Int
        let y: Int
        let text: String
    }

    fileprivate(set) var width = 0
    fileprivate(set) var height = 0
    let says: String
    fileprivate(set) var boxes: [Box] = []
    fileprivate(set) var frames: [Frame] = []
    fileprivate(set) var lines: [Line] = []
    fileprivate(set) var words: [Word] = []

    private static let (boxWidth, boxHeight, gap, margin, label) = (280, 52, 24, 12, 20)

    /// - Parameter steps: the attempts of an execution; the boxes then show how they stand.
    init(_ graph: JSON, steps: [JSON] = []) {
        let nodes = GraphNode.all(graph, steps)
        says = "The flow as a graph of \(nodes.count - 1) steps. The table after it says the same."
        let main = nodes.filter { $0.inside == nil && $0.branch != "on_error" }
        let errors = nodes.filter { $0.inside == nil && $0.branch == "on_error" }
        let size = draw(main, of: nodes, x: Self.margin, y: Self.margin)
        width = size.width + 2 * Self.margin
        height = size.height + 2 * Self.margin
        guard !errors.isEmpty else { return }
        let x = width + Self.gap
        let top = Self.margin + Self.boxHeight + Self.gap
        words.append(Word(x: x, y: top - 8, text: "on error"))
        let error = draw(errors, of: nodes, x: x, y: top)
        lines.append(
            Line(
                kind: "error",
                path: "M\(Self.margin + (size.width + Self.boxWidth) / 2) \(Self.margin + Self.boxHeight / 2)"
                    + " H\(x + error.width / 2 + 40) V\(top)"))
        width = x + error.width + Self.margin
        height = max(height, top + error.height + Self.margin)
    }

    /// Draws a chain with its upper left corner there; returns what it takes.
    private mutating func draw(_ chain: [GraphNode], of all: [GraphNode], x: Int, y: Int) -> (width: Int, height: Int) {
        let sizes = chain.map { Self.size(of: $0, all) }
        let width = sizes.map(\.width).max() ?? Self.boxWidth
        var top = y
        for (place, (node, size)) in zip(chain, sizes).enumerated() {
            if place > 0 {
                lines.append(Line(kind: "next", path: "M\(x + width / 2) \(top - Self.gap) V\(top)"))
            }
            draw(node, size, of: all, x: x + (width - size.width) / 2, y: top)
            top += size.height + Self.gap
        }
        return (width, max(0, top - y - Self.gap))
    }

    private mutating func draw(
        _ node: GraphNode, _ size: (width: Int, height: Int), of all: [GraphNode], x: Int, y: Int
    ) {
        let lanes = Self.lanes(of: node, all)
        if !lanes.isEmpty { frames.append(Frame(x: x, y: y, width: size.width, height: size.height)) }
        let own = lanes.isEmpty ? x : x + (size.width - Self.boxWidth) / 2
        boxes.append(
            Box(
                kind: node.kind, tone: node.state?.tone ?? .plain, x: own, y: y, width: Self.boxWidth,
                height: Self.boxHeight,
                name: Self.cut(node.id == "trigger" ? "trigger" : node.id, 26), what: Self.cut(node.title, 36),
                says: node.sentence, mark: node.state?.tone.shape, textX: own + 12, nameY: y + 22, whatY: y + 40,
                markX: own + Self.boxWidth - 24))
        var left = x + Self.margin
        for lane in lanes {
            let top = y + Self.boxHeight + Self.label
            if let branch = lane.name { words.append(Word(x: left, y: top - 6, text: Self.cut(branch, 30))) }
            left += draw(lane.nodes, of: all, x: left, y: top).width + Self.gap
        }
    }

    private static func lanes(of node: GraphNode, _ all: [GraphNode]) -> [(name: String?, nodes: [GraphNode])] {
        var lanes: [(name: String?, nodes: [GraphNode])] = []
        for inner in all where inner.inside == node.id {
            if let place = lanes.firstIndex(where: { $0.name == inner.branch }) {
                lanes[place].nodes.append(inner)
            } else {
                lanes.append((inner.branch, [inner]))
            }
        }
        return lanes
    }

    private static func size(of node: GraphNode, _ all: [GraphNode]) -> (width: Int, height: Int) {
        let lanes = lanes(of: node, all)
        guard !lanes.isEmpty else { return (boxWidth, boxHeight) }
        let sizes = lanes.map { lane in
            let inner = lane.nodes.map { size(of: $0, all) }
            return (
                width: inner.map(\.width).max() ?? boxWidth,
                height: inner.map(\.height).reduce(0, +) + gap * (inner.count - 1)
            )
        }
        let width = sizes.map(\.width).reduce(0, +) + gap * (sizes.count - 1) + 2 * margin
        return (width, boxHeight + label + (sizes.map(\.height).max() ?? 0) + margin)
    }

    private static func cut(_ text: String, _ most: Int) -> String {
        text.count <= most ? text : text.prefix(most - 1) + "…"
    }
}

extension Graph {
    /// The drawing, and the same as a table; nothing when there is no graph.
    static func blocks(_ graph: JSON?, steps: [JSON] = []) -> [Block] {
        guard let graph, graph["nodes"]?.array?.isEmpty == false else { return [] }
        let nodes = GraphNode.all(graph, steps)
        let rows = nodes.map { node in
            TableView.Row(
                first: .code(node.id),
                cells: [.text(Words.spoken(node.kind)), .text(node.title), .text(node.place), .text(node.after)])
        }
        let heads = ["Step", "Kind", "What it does", "Where", "After"].map { TableView.Head(name: $0) }
        return [
            Block.graph(Graph(graph, steps: steps)).titled("Graph"),
            Block.table(TableView("The graph in words", heads, rows, empty: "")).folded("The graph in words"),
        ]
    }
}
