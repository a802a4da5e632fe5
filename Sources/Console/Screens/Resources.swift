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
    private var fields: [Field] {
        get throws { try visit.operation("connection.choose-resources").fields.filter { $0.name != "preview" } }
    }

    func run(_ sent: JSONObject, isPreview: Bool) async throws -> JSON {
        var sent = sent
        sent["preview"] = .bool(isPreview)
        return try await visit.run("connection.choose-resources", id: id, sent)
    }

    /// - Parameter previewed: the lists whose effect the answer shows, which the next click stores; nil for none.
    func content(_ answer: JSON, previewed: String? = nil, problem: HubError? = nil) async throws -> Content {
        let isPreviewed = previewed != nil
        let row = try await Noun.connections.row(id, visit)
        var form = FormView(
            action: Noun.connections.page(id, "choose-resources"), csrf: visit.csrf,
            submit: isPreviewed ? "Choose these" : "Preview", cancel: Noun.connections.page(id, "grant"))
        form.hidden = previewed.map { [.init(name: "previewed", text: $0)] } ?? []
        let asked = try fields
        form.fields = try await Inputs(noun: .connections, visit: visit, row: nil, problem: problem).of(asked)
        form.problem = problem.map { .init($0, among: asked) }
        let kinds = answer["kinds"]?.texts ?? []
        let needed = Block.words(
            kinds.isEmpty
                ? "No enabled action needs a resource."
                : "The enabled actions need \(kinds.joined(separator: ", ")). Nothing happens at the provider by a choice: "
                    + "apply it, or follow the guide.")
        var content = Content(
            "Resources · \(Noun.connections.title(of: row))",
            says: try visit.operation("connection.choose-resources").says,
            (isPreviewed ? [changes(answer)] : []) + unreachable(answer) + [chosen(answer)]
                + [needed.titled("Change the choice"), .form(form)])
        content.crumbs = Noun.connections.crumbs(visit, (id, Noun.connections.title(of: row)))
        return content
    }

    func act() async throws -> Outcome {
        do {
            let sent = try FormReader(noun: .connections, visit: visit).whole(try fields)
            // Lists that were edited since are shown once more before they are stored.
            let lists = JSON.object(sent).text(sorted: true)
            let isPreview = visit.sent("previewed") != lists
            let answer = try await run(sent, isPreview: isPreview)
            guard isPreview else { return .done(Noun.connections.page(id, "grant")) }
            return .page(try await content(answer, previewed: lists), status: 200)
        } catch let error as HubError where error.isForThePerson {
            return .page(
                try await content(try await run([:], isPreview: true), problem: error), status: error.kind.status)
        }
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

    private func chosen(_ answer: JSON) -> Block {
        let columns = [
            Noun.Column("name", "Resource", .code), Noun.Column("kind"), Noun.Column("needed_by", "Reached by"),
        ]
        let table = TableView(
            "Resources", columns: columns, items: answer["resources"]?.array ?? [], empty: "Nothing is chosen yet.")
        return Block.table(table).titled("Chosen")
    }
}
