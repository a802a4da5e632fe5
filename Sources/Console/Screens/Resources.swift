import Core
import Ports

extension Screen {
    /// What the resource set of a connection shall hold: shown, previewed, changed.
    static let resources = Screen(
        path: ["connections", "*", "choose-resources"], title: "Resources", needs: ["connection.choose-resources"],
        show: { visit in
            let page = ResourcesPage(visit: visit)
            return try await page.content(try await page.run([:], isPreview: true))
        },
        act: { visit in try await ResourcesPage(visit: visit).act() })
}

private struct ResourcesPage: Sendable {
    let visit: Visit

    private var id: String { visit.segments[1] }
    private var lists: [Field] {
        get throws { try visit.operation("connection.choose-resources").fields.filter { Self.ofLists($0.name) } }
    }
    /// What a preview is asked beside the lists.
    private var looking: [Field] {
        get throws {
            try visit.operation("connection.choose-resources").fields.filter {
                !Self.ofLists($0.name) && $0.name != "preview"
            }
        }
    }

    private static func ofLists(_ name: String) -> Bool { ["add", "remove", "undo"].contains(name) }

    /// What the form that was sent came to.
    struct Seen {
        /// The lists whose effect the answer shows, which the next click stores; nil for none.
        var previewed: String?
        var problem: HubError?
        /// What a search found; nil for none.
        var found: JSON?
    }

    func run(_ sent: JSONObject, isPreview: Bool) async throws -> JSON {
        var sent = sent
        sent["preview"] = .bool(isPreview)
        return try await visit.run("connection.choose-resources", id: id, sent)
    }

    func content(_ answer: JSON, _ seen: Seen = Seen()) async throws -> Content {
        let isPreviewed = seen.previewed != nil
        let row = try await Noun.connections.row(id, visit)
        var form = FormView(
            action: Noun.connections.page(id, "choose-resources"), csrf: visit.csrf,
            submit: isPreviewed ? "Choose these" : "Preview", cancel: Noun.connections.page(id, "grant"))
        form.hidden = seen.previewed.map { [.init(name: "previewed", text: $0)] } ?? []
        let search = ResourceSearchFields(visit: visit, searchable: answer["searchable"]?.array ?? [])
        if search.isPossible { form.other = .init(name: "search", label: "Search") }
        let asked = try lists + looking
        var inputs = try await Inputs(noun: .connections, visit: visit, row: ["names": true], problem: seen.problem)
            .of(asked)
        // Ticked boxes and lines become lines.
        for place in inputs.indices where !visit.form.isEmpty && ["add", "remove"].contains(inputs[place].name) {
            inputs[place].text = visit.allSent(inputs[place].name).joined(separator: "\n")
        }
        let token = inputs.firstIndex { $0.name == "administrator_token" }
        if let token { inputs[token].isRare = !search.needsToken && seen.problem?.reason != "search_scope_lacking" }
        form.ask(search.inputs(found: seen.found) + inputs)
        form.problem = seen.problem.map { .init($0, among: asked) }
        let kinds = answer["kinds"]?.texts ?? []
        let needed = Block.words(
            kinds.isEmpty
                ? "No enabled action needs a resource."
                : "The enabled actions need \(kinds.joined(separator: ", ")). Nothing happens at the provider by a choice: "
                    + "apply it, or follow the guide.")
        var content = Content(
            "Resources · \(Noun.connections.title(of: row))",
            says: try visit.operation("connection.choose-resources").says,
            (seen.found.map { [search.note($0)] } ?? []) + (isPreviewed ? [changes(answer)] : [])
                + notThere(answer) + unreachable(answer) + [chosen(answer)]
                + [needed.titled("Change the choice"), .form(form)])
        content.crumbs = Noun.connections.crumbs(visit, (id, Noun.connections.title(of: row)))
        return content
    }

    func act() async throws -> Outcome {
        do {
            if let found = try await search() {
                return .page(try await content(try await run([:], isPreview: true), Seen(found: found)), status: 200)
            }
            let reader = FormReader(noun: .connections, visit: visit)
            var sent = try reader.whole(try lists)
            // Lists that were edited since are shown once more before they are stored.
            let lists = JSON.object(sent).text(sorted: true)
            guard visit.sent("previewed") != lists else {
                _ = try await run(sent, isPreview: false)
                return .done(Noun.connections.page(id, "grant"))
            }
            for member in try reader.whole(try looking).members { sent[member.name] = member.value }
            let answer = try await run(sent, isPreview: true)
            return .page(try await content(answer, Seen(previewed: lists)), status: 200)
        } catch let error as HubError where error.isForThePerson {
            return .page(
                try await content(try await run([:], isPreview: true), Seen(problem: error)),
                status: error.kind.status)
        }
    }

    /// What is found, if something is searched: by the button, or by Return behind what was typed.
    private func search() async throws -> JSON? {
        guard visit.sent("search") != nil || visit.sent("query")?.isEmpty == false else { return nil }
        let fields = try visit.operation("connection.find-resources").fields
        let sent = try FormReader(noun: .connections, visit: visit).whole(fields)
        guard sent["query"] != nil else {
            throw HubError(.invalid, "query_empty", "\"query\" is empty. Type the beginning of a name.")
        }
        return try await visit.run("connection.find-resources", id: id, sent)
    }

    private func changes(_ answer: JSON) -> Block {
        let parts = [("added", "Would be added: "), ("removed", "Would be taken out: ")].compactMap { key, word in
            answer[key]?.texts.flatMap { $0.isEmpty ? nil : "\(word)\($0.joined(separator: ", "))." }
        }
        return .note(.plain, parts.isEmpty ? "Nothing would change." : parts.joined(separator: " "))
    }

    private func unreachable(_ answer: JSON) -> [Block] {
        (answer["unreachable"]?.array ?? []).map { item in
            .note(
                .warn,
                "\(item["name"]?.string ?? "-") would reach nothing: choose some of "
                    + "\((item["kinds"]?.texts ?? []).joined(separator: ", ")).")
        }
    }

    /// What the provider does not know, and what it could not be asked.
    private func notThere(_ answer: JSON) -> [Block] {
        (answer["resources"]?.array ?? []).compactMap { item in
            guard let says = item["says"]?.string else { return nil }
            let name = item["name"]?.string ?? "-"
            return item["standing"] == "missing"
                ? .note(.bad, "\(name) is not there: \(says)") : .note(.warn, "\(name) could not be looked up: \(says)")
        }
    }

    private func chosen(_ answer: JSON) -> Block {
        let items = answer["resources"]?.array ?? []
        var columns = [
            Noun.Column("name", "Resource", .code), Noun.Column("kind"), Noun.Column("needed_by", "Reached by"),
        ]
        if items.contains(where: { $0["standing"] != nil }) {
            columns.insert(Noun.Column("title", "Name there"), at: 1)
        }
        let table = TableView("Resources", columns: columns, items: items, empty: "Nothing is chosen yet.")
        return Block.table(table).titled("Chosen")
    }
}

/// The fields by which a form searches at the provider, and what was found as boxes to tick.
private struct ResourceSearchFields: Sendable {
    let visit: Visit
    let searchable: [JSON]

    var isPossible: Bool { !searchable.isEmpty && visit.may("connection.find-resources") }
    /// Whether a search of some type takes more than the connection's own credential.
    var needsToken: Bool { searchable.contains { $0["needs_administrator_token"] == true } }

    func inputs(found: JSON?) -> [Input] {
        guard isPossible else { return [] }
        var type = Input(.choice, "type", "Search in")
        type.options = searchable.enumerated().map { number, item in
            let word = item["type"]?.string ?? ""
            let takes = item["needs_administrator_token"] == true ? " · takes an administrator's token" : ""
            return .init(
                id: "\(type.id)-\(number)", value: word, shown: Words.label(word) + takes,
                isChosen: visit.sent("type") == word)
        }
        var query = Input(.line, "query", "Beginning of a name")
        query.most = String(Limits.nameField.value)
        // What was found stands below; only a search that failed is there to be corrected.
        query.text = found == nil ? visit.sent("query") ?? "" : ""
        query.hint = "Searched at the provider. Tick what is found, then preview."
        query.describedBy = "\(query.id)-hint"
        return [type, query] + boxes(found)
    }

    private func boxes(_ found: JSON?) -> [Input] {
        let items = found?["items"]?.array ?? []
        guard !items.isEmpty else { return [] }
        var boxes = Input(.checks, "add", "Found").numbered(1)
        boxes.hasMany = items.count > 8
        boxes.options = items.enumerated().map { number, item in
            .init(
                id: "\(boxes.id)-\(number)", value: item["resource"]?.string ?? "", shown: item["name"]?.string ?? "-",
                says: item["resource"]?.string, isChosen: false)
        }
        return [boxes]
    }

    func note(_ found: JSON) -> Block {
        let count = found["items"]?.array?.count ?? 0
        guard count > 0 else {
            return .note(.warn, "Nothing of this name is there, as far as the token reaches that was asked with.")
        }
        let more = found["may_have_more"] == true ? " There may be more: type more of the name." : ""
        return .note(.plain, "Found \(count). Tick what is to be added, then preview.\(more)")
    }
}
