import Core
import Ports

extension Screen {
    /// From a credential to an alias that flows use, step by step; each step is the operation that its own page runs.
    static let connect = Screen(
        path: ["spokes", "*", "connect"], title: "Connect", needs: ["connection.create", "alias.create"],
        show: { visit in try await ConnectPage(visit).content() },
        act: { visit in try await ConnectPage(visit).act() })
}

/// The steps of connecting a spoke. Where one stands is in the query: what was chosen or made so far.
struct ConnectPage: Sendable {
    private enum Step: Int, CaseIterable {
        case credential, connection, alias, flows
        var name: String { "\(rawValue + 1). \(Words.label("\(self)"))" }
    }

    private let visit: Visit
    private let spoke: String

    init(_ visit: Visit) {
        self.visit = visit
        spoke = visit.segments[1]
    }

    private var step: Step {
        if visit.asked("alias") != nil { return .flows }
        if visit.asked("connection") != nil { return .alias }
        return visit.asked("credential") == nil ? .credential : .connection
    }

    private func place(_ name: String, _ value: String) -> Path {
        let kept = visit.query.filter { ["credential", "connection"].contains($0.name) && $0.name != name }
        return Path(["spokes", spoke, "connect"], query: kept + [(name: name, value: value)])
    }

    func content(_ problem: HubError? = nil) async throws -> Content {
        let row = try await visit.run("spoke.get", id: spoke)
        guard Noun.isActive(row) else {
            throw HubError(
                .conflict, "spoke_inactive",
                "Spoke \(Shown.name(spoke)) is not activated. Activate it, then connect it.")
        }
        let steps = Step.allCases.map {
            Progress(name: $0.name, isDone: $0.rawValue < step.rawValue, isCurrent: $0 == step)
        }
        var content = Content("Connect \(row["title"]?.string ?? spoke)", [.progress(steps)])
        content.crumbs = Noun.spokes.crumbs(visit, (spoke, row["title"]?.string ?? spoke))
        switch step {
        case .credential: content.blocks += try await credential(row, problem)
        case .connection: content.blocks += try await connection(problem)
        case .alias: content.blocks += try await alias(problem)
        case .flows: content.blocks += try await flows()
        }
        return content
    }

    func act() async throws -> Outcome {
        do {
            switch visit.sent("step") {
            case "choose":
                let chosen = visit.sent("credential") ?? ""
                guard !chosen.isEmpty else {
                    throw HubError(
                        .invalid, "missing_field", "\"credential\" is missing. Choose one, or seal a new one.")
                }
                return .done(place("credential", chosen))
            case "credential": return try await made("credential", Self.credentialFields)
            case "connection": return try await made("connection", Self.connectionFields)
            default: return try await made("alias", Self.aliasFields)
            }
        } catch let error as HubError where error.isForThePerson {
            return .page(try await content(error), status: error.kind.status)
        }
    }

    private static let kindsWithoutSettings: Set = ["api_key"]
    private static let credentialFields = ["name", "kind", "secret", "expires_at"]
    private static let connectionFields = ["name", "spoke", "url", "credential", "actions", "allow_loopback_http"]
    private static let aliasFields = ["name", "connection"]

    private func made(_ noun: String, _ names: [String]) async throws -> Outcome {
        let fields = try fields("\(noun).create", names)
        let reader = FormReader(noun: try Nouns.named(noun).found(), visit: visit)
        var sent = try reader.whole(fields)
        // What was settled before stands in the address and not in the form.
        if noun == "connection" {
            sent["spoke"] = .string(spoke)
            sent["credential"] = visit.asked("credential").map(JSON.string)
        }
        if noun == "alias" { sent["connection"] = visit.asked("connection").map(JSON.string) }
        let row = try await visit.run("\(noun).create", sent)
        return .done(place(noun, row["name"]?.string ?? ""))
    }

    private func fields(_ operation: String, _ names: [String]) throws -> [Field] {
        try visit.operation(operation).fields.filter { names.contains($0.name) }
    }

    private func form(
        _ noun: Noun, _ fields: [Field], _ step: String, _ submit: String, _ problem: HubError?
    ) async throws -> FormView {
        let here = Path(visit.segments, query: visit.query)
        var form = FormView(action: here, csrf: visit.csrf, submit: submit, cancel: Path("spokes", spoke))
        form.hidden = [.init(name: "step", text: step)]
        // A row with the spoke alone: the fields are empty, and the actions to choose from are the spoke's.
        let row: JSON = ["spoke": .string(spoke), "active": true]
        form.fields = try await Inputs(noun: noun, visit: visit, row: row, problem: problem).of(fields)
        form.problem = problem.map { .init($0, among: fields) }
        return form
    }

    // MARK: The steps

    private func credential(_ row: JSON, _ problem: HubError?) async throws -> [Block] {
        let kinds = (row["credential_kinds"]?.array ?? []).compactMap(\.string)
        var blocks: [Block] = []
        if visit.may("credential.list"), let chosen = try await chooser(kinds) { blocks.append(chosen) }
        guard visit.may("credential.create") else {
            blocks.append(
                .note(
                    .plain,
                    "Sealing a new credential takes the role credential_admin. Ask who has it, then choose it here.")
            )
            return blocks
        }
        // A kind with settings of its own is sealed on its own page.
        let quick = kinds.filter(Self.kindsWithoutSettings.contains)
        if quick.count < kinds.count {
            let others = kinds.filter { !quick.contains($0) }.map(Words.spoken).joined(separator: ", ")
            blocks.append(
                .note(
                    .plain,
                    "A credential of another kind (\(others)) is sealed on its own page. Then come back and use it.",
                    Link("New credential", Noun.credentials.page("new"))))
        }
        guard !quick.isEmpty else { return blocks }
        var form = try await form(
            .credentials, try fields("credential.create", Self.credentialFields), "credential", "Seal and go on",
            visit.sent("step") == "credential" ? problem : nil)
        for place in form.fields.indices where form.fields[place].name == "kind" {
            form.fields[place].options.removeAll { !$0.value.isEmpty && !quick.contains($0.value) }
        }
        return blocks + [Block.form(form).titled("Seal a new credential")]
    }

    /// Nil when there is nothing to choose from.
    private func chooser(_ kinds: [String]) async throws -> Block? {
        let fitting = try await visit.items("credential.list").filter { kinds.contains($0["kind"]?.string ?? "") }
        guard !fitting.isEmpty else { return nil }
        var input = Input(.choice, "credential", "Credential")
        input.options = fitting.enumerated().map { number, item in
            let name = item["name"]?.string ?? ""
            return .init(id: "", value: name, shown: name, isChosen: number == 0)
        }
        var form = FormView(
            action: Path("spokes", spoke, "connect"), csrf: visit.csrf, submit: "Use this one", weight: "")
        form.hidden = [.init(name: "step", text: "choose")]
        form.fields = [input]
        return Block.form(form).titled("Use a credential that is sealed already")
    }

    private func connection(_ problem: HubError?) async throws -> [Block] {
        let names = ["name", "url", "actions", "allow_loopback_http"]
        let form = try await form(
            .connections, try fields("connection.create", names), "connection", "Connect and go on", problem)
        return [
            .words(
                "With the credential \(visit.asked("credential") ?? ""). Tick what flows may do; all else is refused."),
            .form(form),
        ]
    }

    private func alias(_ problem: HubError?) async throws -> [Block] {
        let connection = visit.asked("connection") ?? ""
        let form = try await form(.aliases, try fields("alias.create", ["name"]), "alias", "Name it and go on", problem)
        var blocks: [Block] = [
            .words(
                "Flows name the alias, never the connection, so it can lead elsewhere without a change to a flow."),
            Block.form(form).titled("A new alias for \(connection)"),
        ]
        let others = try await visit.items("alias.list").filter { Show.named($0["spoke"] ?? "") == spoke }
        if !others.isEmpty {
            let columns = Noun.aliases.columns.filter { ["name", "connection"].contains($0.key) }
            let table = TableView(
                "Aliases", columns: columns, items: Array(others.prefix(Self.aliasesShown)), of: .aliases
            ) { alias in
                let name = alias["name"]?.string ?? ""
                if Show.named(alias["connection"] ?? "") == connection { return [Link("Use it", place("alias", name))] }
                let add = Noun.aliases.page(name, "add-connection", query: [("connection", connection)])
                return [Link("Let it lead to \(connection) too", add)]
            }
            blocks.append(Block.table(table).titled("Or use one that is there"))
        }
        return blocks
    }

    private func flows() async throws -> [Block] {
        let alias = visit.asked("alias") ?? ""
        let row = try await visit.run("alias.get", id: alias)
        let connection = Show.named(row["connection"] ?? "")
        var blocks: [Block] = [
            .note(
                .good, "Connected. Alias \(alias) leads to \(connection), and only the actions that it enables pass.",
                Link("Change them", Noun.connections.page(connection))),
            .words("A flow calls through it when its file names the alias:"),
            .source("uses: { \(spoke): \(alias) }", label: "The line of a flow's file"),
        ]
        if visit.may("flow.list") {
            let table = TableView(
                "Flows that use it", columns: Noun.flows.columns, items: try await using(alias), of: .flows,
                empty: "No flow uses \(alias) yet. New flow makes the first.")
            let add = visit.may("flow.create") ? [Link("New flow", Noun.flows.page("new"))] : []
            blocks.append(Block.table(table).titled("Flows that use it", add))
        }
        return blocks
    }

    private static let (aliasesShown, flowsLookedAt) = (20, 50)

    private func using(_ alias: String) async throws -> [JSON] {
        var found: [JSON] = []
        for flow in try await visit.items("flow.list").prefix(Self.flowsLookedAt) {
            let whole = try await visit.run("flow.get", id: flow["name"]?.string ?? "")
            if whole["uses"]?[spoke]?.string == alias { found.append(flow) }
        }
        return found
    }
}
