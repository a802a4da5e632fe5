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
        let kept = visit.query.filter { ["credential", "connection", "alias"].contains($0.name) && $0.name != name }
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
        case .flows: content.blocks += try await flows(problem)
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
            case "scopes": return try await askForLeast()
            default: return try await made("alias", Self.aliasFields)
            }
        } catch let error as HubError where error.isForThePerson {
            return .page(try await content(error), status: error.kind.status)
        }
    }

    private static let credentialFields = ["name", "kind", "settings", "secret", "expires_at"]
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

    /// - Parameter row: what the fields hold already, beside the spoke, whose actions can be chosen.
    private func form(
        _ noun: Noun, _ fields: [Field], _ step: String, _ submit: String, _ problem: HubError?, row: JSONObject = [:]
    ) async throws -> FormView {
        let here = Path(visit.segments, query: visit.query)
        var form = FormView(action: here, csrf: visit.csrf, submit: submit, cancel: Path("spokes", spoke))
        form.hidden = [.init(name: "step", text: step)]
        var row = row
        row["spoke"] = .string(spoke)
        row["active"] = true
        let inputs = Inputs(noun: noun, visit: visit, row: .object(row), problem: problem)
        form.ask(try await inputs.of(fields))
        form.problem = problem.map {
            .init($0, among: Members(noun: noun, visit: visit, row: .object(row)).flat(fields))
        }
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
        let title = "Seal a new credential"
        let fields = try fields("credential.create", Self.credentialFields)
        guard let kind = visit.sent("kind") ?? visit.asked("kind") ?? (kinds.count == 1 ? kinds[0] : nil) else {
            let parts = fields.compactMap(\.parts).joined().filter { kinds.contains($0.word) }
            return blocks + [Block.tiles(Tile.choices(Array(parts)) { place("kind", $0) }).titled(title)]
        }
        // What a person would have to look up, and this page knows.
        let known: JSON = kind == "oauth" ? ["spoke": .string(spoke)] : [:]
        var form = try await form(
            .credentials, fields, "credential", "Seal and go on", visit.sent("step") == "credential" ? problem : nil,
            row: ["kind": .string(kind), "settings": known])
        form.hidden.append(.init(name: "kind", text: kind))
        form.fields.removeAll { $0.name == "kind" }
        return blocks + [Block.form(form).titled("\(title): \(Words.spoken(kind))")]
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
        // By OAuth the address has been given already.
        let settings = visit.may("credential.list") ? try await credential?["settings"]?.object : nil
        let form = try await form(
            .connections, try fields("connection.create", names), "connection", "Connect and go on", problem,
            row: settings ?? [:])
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

    private func flows(_ problem: HubError?) async throws -> [Block] {
        let alias = visit.asked("alias") ?? ""
        let row = try await visit.run("alias.get", id: alias)
        let connection = Show.named(row["connection"] ?? "")
        var blocks: [Block] = [
            .note(
                .good, "Connected. Alias \(alias) leads to \(connection), and only the actions that it enables pass.",
                Link("Change them", Noun.connections.page(connection)))
        ]
        blocks += try await tokens(of: connection, problem)
        blocks += [
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

/// The last step by OAuth: the client asks for exactly what the actions need, and the account consents once.
extension ConnectPage {
    /// The credential that the address names; nil where it names none, or one that is not there.
    private var credential: JSON? {
        get async throws {
            guard let name = visit.asked("credential") else { return nil }
            return try await visit.items("credential.list").first { $0["name"]?.string == name }
        }
    }

    /// What is left to do for a token; empty where keys are sent.
    private func tokens(of connection: String, _ problem: HubError?) async throws -> [Block] {
        guard visit.may("connection.get"), visit.may("credential.get"), visit.may("credential.grant") else { return [] }
        var blocks: [Block] = []
        for item in try await visit.run("connection.get", id: connection)["credentials"]?.array ?? []
        where item["kind"] == "oauth" {
            let name = Show.named(item)
            let row = try await visit.run("credential.get", id: name)
            guard row["settings"]?["grant"]?.string ?? "authorization_code" == "authorization_code" else { continue }
            let least = try await least(of: connection)
            let asked = row["settings"]?["scopes"]?.texts ?? []
            if Set(asked) != Set(least) {
                blocks.append(scopes(name, asked, least, problem))
            } else if try await visit.run("credential.grant", id: name)["state"] != "held" {
                blocks.append(
                    .note(
                        .warn, "One step is left: the account has to consent once, and the token comes into custody.",
                        Link("Configure and get OAuth token", Noun.credentials.page(name, "authorize"))))
            }
        }
        return blocks
    }

    private func least(of connection: String) async throws -> [String] {
        let grant = try await visit.run("connection.grant", id: connection)
        return (grant["scopes"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    private func scopes(_ name: String, _ asked: [String], _ least: [String], _ problem: HubError?) -> Block {
        var form = FormView(
            action: Path(visit.segments, query: visit.query), csrf: visit.csrf, submit: "Ask for exactly these")
        form.hidden = [.init(name: "step", text: "scopes"), .init(name: "credential", text: name)]
        form.problem = problem.map { .init(sentence: $0.message) }
        let now = asked.isEmpty ? "no scope" : asked.joined(separator: " ")
        return Block.form(form).titled(
            "The actions need \(least.joined(separator: " ")). Credential \(name) asks for \(now).")
    }

    /// The scopes of the credential become those that its connection's actions need.
    private func askForLeast() async throws -> Outcome {
        let name = visit.sent("credential") ?? ""
        let row = try await visit.run("alias.get", id: visit.asked("alias") ?? "")
        let least = try await least(of: Show.named(row["connection"] ?? ""))
        _ = try await visit.run(
            "credential.update", id: name, ["settings": ["scopes": .array(least.map { .string($0) })]])
        return .done(Path(visit.segments, query: visit.query))
    }
}
