import Core
import Ports

extension Screen {
    /// The least grant of a connection: what is to be given at the provider, what that reaches beyond, and how to do it.
    static let grant = Screen(
        path: ["connections", "*", "grant"], title: "Least grant", needs: ["connection.get", "connection.grant"],
        show: { visit in
            try await GrantPage(
                visit: visit, picked: nil, isForFlows: visit.asked("for") == "flows", template: visit.asked("template")
            ).content()
        },
        act: { visit in
            let page = GrantPage(visit: visit, picked: visit.allSent("actions"), isForFlows: false, template: nil)
            return .page(try await page.content(), status: 200)
        })
}

private struct GrantPage: Sendable {
    let visit: Visit
    /// Actions that a person ticked here; nil while nobody did.
    let picked: [String]?
    let isForFlows: Bool
    /// The kind of client that the guide is for; nil for the usual one.
    let template: String?

    private var connection: String { visit.segments[1] }
    private func here(_ query: [(name: String, value: String)] = []) -> Path {
        Noun.connections.page(connection, "grant", query: query)
    }

    func content() async throws -> Content {
        let row = try await visit.run("connection.get", id: connection)
        let name = row["name"]?.string ?? connection
        var sent: JSONObject = ["for": isForFlows ? "flows" : "enabled"]
        if let picked { sent["actions"] = .array(picked.map { .string($0) }) }
        sent["template"] = template.map { .string($0) }
        let grant = try await visit.run("connection.grant", id: connection, sent)
        var content = Content(
            "Least grant of \(name)",
            says:
                "What the provider must give for these actions, and nothing more. Linchpin refuses all other actions.",
            [tabs] + needs(grant) + [reach(grant)])
        content.crumbs = Noun.connections.crumbs(visit, (connection, name))
        content.blocks.insert(contentsOf: notes(grant), at: 1)
        content.blocks += setUp(grant) + [try await choice(row, grant)]
        return content
    }

    private var tabs: Block {
        let sides: [Rail.Item] = [
            .init(name: "For what it enables", path: here(), isCurrent: !isForFlows && picked == nil),
            .init(
                name: "For what flows run",
                path: here([(name: "for", value: "flows")]),
                isCurrent: isForFlows && picked == nil),
        ]
        return .tabs(sides, label: "Which actions")
    }

    /// What does not fit together, with what mends it.
    private func notes(_ grant: JSON) -> [Block] {
        let lacking = (grant["missing"]?.array ?? []).map { item -> Block in
            let action = Show.line(item["name"] ?? .null)
            let flows = Self.names(item["flows"])
            let mend = Link("Enable action", Noun.connections.page(connection, "enable-action"))
            return .note(
                .bad, "\(flows) runs \(action), which is not among these actions: that step is refused.",
                visit.may("connection.enable-action") ? mend : nil)
        }
        let beyond = unreached(grant)
        let unused = grant["unused"]?.array ?? []
        guard !unused.isEmpty, picked == nil, !isForFlows else { return lacking + beyond }
        return lacking + beyond + [.note(.warn, "Enabled, and run by no active flow: \(Self.names(.array(unused))).")]
    }

    /// Actions for which nothing is chosen that they could reach.
    private func unreached(_ grant: JSON) -> [Block] {
        let names = (grant["unreachable"]?.array ?? []).compactMap { $0["name"]?.string }
        guard !names.isEmpty else { return [] }
        let link = Link("Choose resources", Noun.connections.page(connection, "choose-resources"))
        return [
            .note(
                .warn,
                "Nothing is chosen for the resource set that these actions could reach: "
                    + "\(names.joined(separator: ", ")).",
                visit.may("connection.choose-resources") ? link : nil)
        ]
    }

    private static func names(_ list: JSON?) -> String {
        (list?.array ?? []).compactMap(\.string).joined(separator: ", ")
    }

    /// What is to be given, with the actions that need it.
    private func needs(_ grant: JSON) -> [Block] {
        let name = Noun.Column("name", "Name", .code)
        let by = Noun.Column("needed_by", "Needed by")
        let known = [Noun.Column("basis", "Known", .spoken), by, Noun.Column("source", "Source")]
        let parts: [(key: String, title: String, columns: [Noun.Column])] = [
            ("scopes", "OAuth scopes", [name, by]),
            ("permissions", "Permissions of a custom role", [name] + known),
            ("standard_roles", "Standard roles, where no permission does it", [name] + known),
            ("resources", "In the resource set", [name, by]),
            ("members", "Chosen for the resource set", [name, Noun.Column("kind"), by]),
        ]
        return parts.compactMap { part in
            let items = grant[part.key]?.array ?? []
            guard !items.isEmpty else { return nil }
            return Block.table(TableView(part.title, columns: part.columns, items: items)).titled(part.title)
        }
    }

    private func reach(_ grant: JSON) -> Block {
        let reach = grant["residual_reach"] ?? .null
        let says = reach["says"]?.string ?? ""
        let isNothing = reach["actions"] == [] && reach["operations"] == 0 && reach["unbounded"] != true
        return Block.note(isNothing ? .good : .warn, says).titled("Beyond these actions")
    }

    private func setUp(_ grant: JSON) -> [Block] {
        let setUp = grant["set_up"] ?? .null
        let steps = (setUp["steps"]?.array ?? []).enumerated().map { number, step in
            Guide.Step(
                sentence: step["says"]?.string ?? "",
                copies: (step["copy"]?.array ?? []).enumerated().map { place, copy in
                    Guide.Copy(
                        id: "copy-\(number)-\(place)", label: copy["label"]?.string ?? "",
                        text: copy["text"]?.string ?? "")
                })
        }
        guard !steps.isEmpty else { return [] }
        let apply = Link("Apply through the API", Noun.connections.page(connection, "apply"), weight: "main")
        let links = grant["can_apply"] == true && visit.may("connection.apply") ? [apply] : []
        let others = (grant["templates"]?.texts ?? []).filter { $0 != grant["template"]?.string }.map { other in
            Link("As a \(other.replacing("-", with: " "))", here([(name: "template", value: other)]), weight: "")
        }
        var blocks = [Block.made("guide", Guide(steps: steps)).titled("Set it up", others + links)]
        if let terraform = setUp["terraform"]?.string {
            blocks.append(.source(terraform, label: "Terraform").folded("The same as Terraform"))
        }
        return blocks
    }

    /// Other actions to try, without changing anything.
    private func choice(_ row: JSON, _ grant: JSON) async throws -> Block {
        let fields = try visit.operation("connection.grant").fields.filter { $0.name == "actions" }
        var form = FormView(action: here(), csrf: visit.csrf, submit: "Work it out", weight: "")
        var shown = row.object ?? [:]
        shown["actions"] = grant["actions"] ?? []
        form.fields = try await Inputs(noun: .connections, visit: visit, row: .object(shown), problem: nil).of(fields)
        return Block.form(form).folded("Try other actions; nothing is changed by it")
    }
}

/// Steps for a person, with what is to be copied in each.
private struct Guide: Sendable {
    struct Step: Sendable {
        let sentence: String
        let copies: [Copy]
    }
    struct Copy: Sendable {
        let id: String
        let label: String
        let text: String
    }

    let steps: [Step]
}
