import Core
import Ports

extension Noun {
    /// An execution in any list.
    static let executionColumns: [Column] = [
        Column("started_at", "Started", .name), Column("state", nil, .state(ExecutionState.self)),
        Column("started_by", "By"), Column("ended_at", "Ended"), Column("says", "Said", .sentence),
    ]

    static let executions = Noun(
        name: "execution", title: "Executions", one: "execution", group: .flows,
        says: "Durable runs of flows, the latest first. One in doubt waits for a person's decision.",
        first: "What triggers a flow makes the first, or Run on the page of a flow that is started by hand.",
        columns: [
            Column("started_at", "Started", .name), Column("flow", nil, .reference("flow")),
            Column("state", nil, .state(ExecutionState.self)), Column("started_by", "By"), Column("ended_at", "Ended"),
            Column("says", "Said", .sentence),
        ],
        facts: [
            Column("flow", nil, .reference("flow")), Column("version"), Column("test", "Test run"),
            Column("started_by", "Started by"), Column("started_at", "Started"), Column("ended_at", "Ended"),
            Column("correlation", nil, .reference("transaction")), Column("reason", nil, .code),
            Column("says", "Said", .sentence), Column("parent", "Step of", .reference("execution")),
            Column("rerun_of", "Re-run of", .reference("execution")),
            Column("rerun_as", "Re-run as", .reference("execution")), Column("cancelled_by", "Cancelled by"),
            Column("trigger", nil, .made { Show.pairs($0["record"] ?? $0["input"] ?? $0["event"] ?? $0) }),
            Column("next_step", "Steps shown up to number"),
        ],
        sublists: [
            Sublist(
                key: "steps", title: "Steps",
                columns: [
                    Column("path", "Step", .code), Column("title"), Column("state", nil, .state(StepState.self)),
                    Column("attempt"), Column("sent_at", "Sent"), Column("ended_at", "Ended"),
                    Column("due_at", "Due"), Column("says", "Said", .sentence),
                ],
                empty: "No step has begun yet.", acts: [.init("decide", "step", from: "path")]),
            Sublist(
                key: "children", title: "Executions that are its steps", noun: "execution",
                columns: executionColumns.prefix(1) + [Column("flow", nil, .reference("flow"))]
                    + executionColumns.dropFirst(), isLeftOutEmpty: true),
        ],
        hides: ["graph", "ended_badly"],
        rarely: ["next_step", "parent", "rerun_of", "rerun_as", "cancelled_by", "due_at"],
        labels: ["rerun": "Re-run", "cancel": "Cancel execution"],
        offered: [
            "decide": ("state", ["in_doubt"]), "cancel": ("state", ["waiting", "running", "in_doubt"]),
            "rerun": ("state", ["failed", "cancelled"]),
        ],
        leads: ["rerun": ("execution", "execution")],
        state: Column("state", nil, .state(ExecutionState.self)), nameKey: "flow", isLive: true,
        movesWhile: ["running", "waiting"],
        blocks: { row, visit in
            try await doubts(row, visit) + ways(row) + Graph.blocks(row["graph"], steps: row["steps"]?.array ?? [])
                + values(row)
        })

    private static let shownAtOnce = 3

    /// A form for each step of which nobody knows what became of it.
    private static func doubts(_ row: JSON, _ visit: Visit) async throws -> [Block] {
        guard visit.may("execution.decide") else { return [] }
        let operation = try visit.operation("execution.decide")
        var blocks: [Block] = []
        for step in steps(row, in: [.inDoubt]) {
            let path = step["path"]?.string ?? ""
            var form = FormView(
                action: executions.page(executions.id(of: row), "decide"), csrf: visit.csrf, submit: "Decide")
            form.hidden = [.init(name: "step", text: path)]
            form.fields = try await Inputs(noun: executions, visit: visit, row: row)
                .of(operation.fields.filter { $0.name != "step" })
            if !blocks.isEmpty { form.fields = form.fields.map { $0.numbered(blocks.count) } }
            blocks.append(Block.form(form).titled("Decide \(path)", number: blocks.count))
        }
        return blocks
    }

    /// What went into each step and what came out, sensitive values aside.
    private static func values(_ row: JSON) -> [Block] {
        let items = (row["steps"]?.array ?? []).filter { step in
            ["input", "output"].contains { !(step[$0]?.object?.members.isEmpty ?? true) }
        }
        guard !items.isEmpty else { return [] }
        let columns = [
            Column("path", "Step", .code), Column("attempt"), Column("input", "In", .made(Show.pairs)),
            Column("output", "Out", .made(Show.pairs)),
        ]
        let title = "What went in and came out"
        return [Block.table(TableView(title, columns: columns, items: items)).folded(title)]
    }

    /// The way of each step that ended the execution or holds it up.
    private static func ways(_ row: JSON) -> [Block] {
        steps(row, in: [.refused, .failed, .inDoubt]).enumerated().compactMap { number, step in
            StepWay(step).map {
                Block.way($0.stations).titled("The way of \(step["path"]?.string ?? "")", number: number)
            }
        }
    }

    /// The last ones of those states.
    private static func steps(_ row: JSON, in states: Set<StepState>) -> [JSON] {
        (row["ended_badly"]?.array ?? []).filter { step in
            StepState(rawValue: step["state"]?.string ?? "").map(states.contains) ?? false
        }.suffix(shownAtOnce)
    }
}
