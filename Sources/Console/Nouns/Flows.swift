import Core
import Ports

extension Noun {
    static let flows = Noun(
        name: "flow", title: "Flows", one: "flow", group: .flows,
        says:
            "What happens when a record changes, an event comes, at a time, or by hand: steps that call actions through aliases.",
        columns: [
            Column("name", nil, .name), Column("title", nil, .sentence), Column("active", "State", .active),
            Column("trigger", nil, .made(trigger)), Column("version"), Column("updated_at", "Changed"),
        ],
        facts: [
            Column("title"), Column("trigger", nil, .made(trigger)), Column("uses", "Aliases", .made(aliases)),
            Column("next_at", "Next tick"), Column("version"), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "executions", title: "Latest executions", noun: "execution", columns: Noun.executionColumns,
                empty: "It has not run yet."),
            Sublist(
                key: "versions", title: "Versions",
                columns: [Column("version"), Column("by"), Column("at"), Column("sha256", "SHA-256", .code)]),
        ],
        hides: ["source", "graph", "inputs"], rarely: ["next_at"],
        labels: ["source": "Flow file", "file": "File name"],
        offered: [
            "activate": ("active", [false]), "deactivate": ("active", [true]), "run": ("trigger", ["manual"]),
        ],
        leads: ["run": ("execution", "execution"), "test": ("execution", "execution")],
        part: { field, row in
            guard field == "input", let inputs = row["inputs"]?.array else { return nil }
            return Field.Part("manual", says: "Started by hand.", fields: inputs.compactMap(Noun.input))
        },
        blocks: { row, _ in
            Graph.blocks(row["graph"]) + [.source(row["source"]?.string ?? "", label: "The flow's file").titled("File")]
        })

    /// One input of a manual flow as a field of the form that starts it.
    private static func input(_ input: JSON) -> Field? {
        guard let name = input["name"]?.string else { return nil }
        let kind: Field.Kind =
            switch input["type"]?.string {
            case "int": .int(.min ... .max)
            case "bool": .bool
            default:
                input["sensitive"] == true ? .secret(most: Limits.textField.value) : .text(most: Limits.textField.value)
            }
        let says = input["says"]?.string ?? ""
        return input["required"] == true ? .required(name, kind, says) : .optional(name, kind, says)
    }

    private static func trigger(_ value: JSON) -> Cell {
        if let hook = value["hook"]?.string {
            return Cell(
                [.init(plain: "events through")] + Show.reference("hook").cell(.string(hook), of: nil, in: .null).parts)
        }
        guard let table = value["record"]?.string else { return .text(Show.named(value)) }
        return Cell([.init(code: table), .init(plain: value["when"]?.string ?? "")])
    }

    private static func aliases(_ value: JSON) -> Cell {
        Show.references("alias").cell(.array((value.object?.members ?? []).map(\.value)), of: nil, in: .null)
    }
}
