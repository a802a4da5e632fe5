import Core
import Ports

/// The forms that make a row, act on one, and delete one. The page of an act is its confirmation.
struct FormPage: Sendable {
    let noun: Noun
    let visit: Visit

    // MARK: A new one

    func create(_ problem: HubError? = nil) async throws -> Content {
        let operation = try permitted("\(noun.name).create")
        guard let new = try await NewRow(noun: noun, visit: visit, operation: operation) else {
            return try await NewRow.choices(noun, visit, operation)
        }
        let members = Members(noun: noun, visit: visit, row: nil)
        if let (by, parts) = members.undecided(new.fields) {
            var content = Content(
                "New \(noun.one)", says: operation.says,
                [.tiles(Tile.choices(parts) { noun.page("new", query: [(name: by, value: $0)]) })])
            content.crumbs = noun.crumbs(visit)
            return content
        }
        var form = FormView(
            action: noun.page("new"), csrf: visit.csrf, submit: "Create \(noun.one)", cancel: noun.page)
        form.hidden = new.hidden
        try await fill(&form, new.fields, row: new.values, problem)
        let decided = (new.chosen ?? form.decide(new.fields, visit)).map { " · \(Words.spoken($0))" } ?? ""
        var content = Content("New \(noun.one)\(decided)", says: new.why ?? operation.says, new.start + [.form(form)])
        content.crumbs = noun.crumbs(visit)
        return content
    }

    func doCreate() async throws -> Outcome {
        let operation = try permitted("\(noun.name).create")
        guard let new = try await NewRow(noun: noun, visit: visit, operation: operation) else {
            return .page(try await create(), status: 400)
        }
        do {
            let sent = try FormReader(noun: noun, visit: visit).whole(new.fields, row: new.values)
            let row = try await visit.run(operation.name, new.whole(sent))
            if let key = noun.shownOnce["create"], let secret = row[key]?.string {
                return .page(madeSecret("create", noun.id(of: row), row, secret, key), status: 200)
            }
            return .done(noun.page(noun.id(of: row), query: [("done", "created")]))
        } catch let error as HubError where error.isForThePerson {
            return .page(try await create(error), status: error.kind.status)
        }
    }

    // MARK: An act on one

    /// - Parameter id: nil for an act that is about no one row.
    func act(_ verb: String, on id: String?, _ problem: HubError? = nil) async throws -> Content {
        let operation = try permitted("\(noun.name).\(verb)")
        var row: JSON?
        if let id { row = try await noun.row(id, visit) }
        let name = verb == "delete" ? "Delete \(noun.one)" : noun.label(verb)
        let title = row.map(noun.title(of:)) ?? noun.title
        var form = FormView(
            action: place(verb, id), csrf: visit.csrf, submit: name, cancel: id.map { noun.page($0) } ?? noun.page)
        form.weight = Self.isEnding(verb) ? "danger" : "main"
        try await fill(&form, operation.fields, row: row, problem)
        var content = Content("\(name) · \(title)", says: operation.says, [.form(form)])
        content.crumbs = noun.crumbs(visit, id.map { ($0, title) })
        return content
    }

    private func place(_ verb: String, _ id: String?) -> Path { id.map { noun.page($0, verb) } ?? noun.page(verb) }

    func doAct(_ verb: String, on id: String?) async throws -> Outcome {
        let operation = try permitted("\(noun.name).\(verb)")
        do {
            var row: JSON?
            if let id, verb != "delete" { row = try await noun.row(id, visit) }
            let sent = try FormReader(noun: noun, visit: visit).whole(operation.fields, row: row)
            let answer = try await visit.run(operation.name, id: id ?? "", sent)
            guard let id else { return .page(answered(verb, answer), status: 200) }
            return done(verb, id, answer)
        } catch let error as HubError where error.isForThePerson {
            return .page(try await act(verb, on: id, error), status: error.kind.status)
        }
    }

    private func done(_ verb: String, _ id: String, _ answer: JSON) -> Outcome {
        if let key = noun.shownOnce[verb], let secret = answer[key]?.string {
            return .page(madeSecret(verb, id, answer, secret, key), status: 200)
        }
        if let (other, key) = noun.leads[verb], let noun = Nouns.named(other), let id = answer[key]?.string {
            return .done(noun.page(id))
        }
        if verb == "delete" { return .done(noun.page) }
        return .done(noun.page(id, query: [("done", "acted")]))
    }

    /// What an act on no one row answered.
    private func answered(_ verb: String, _ answer: JSON) -> Content {
        let facts = (answer.object?.members ?? []).map { member in
            Fact(name: Words.label(member.name), value: Show.plain.cell(member.value, of: noun, in: answer))
        }
        var content = Content(
            "\(noun.label(verb)) · \(noun.title)",
            acts: [Link("Again", noun.page(verb)), Link("Done", noun.page, weight: "main")], [.facts(facts)])
        content.crumbs = noun.crumbs(visit)
        return content
    }

    /// The one page that answers a form itself: loaded again, it would have nothing to show.
    private func madeSecret(_ verb: String, _ id: String, _ answer: JSON, _ secret: String, _ key: String) -> Content {
        let facts = (answer.object?.members ?? []).filter { $0.name != key && $0.value != .null && $0.name != "id" }
            .map { Fact(name: noun.label($0.name), value: Show.code.cell($0.value, of: nil, in: answer)) }
        var content = Content(
            Words.label(key), acts: [Link("Done", noun.page(id), weight: "main")],
            [
                .secret(secret, "It is shown this once; the hub keeps only its hash. Give it to the application now."),
                .facts(facts),
            ])
        content.crumbs = noun.crumbs(visit, (id, answer[noun.name]?.string ?? answer[noun.nameKey]?.string ?? id))
        return content
    }

    // MARK: Both

    private func permitted(_ name: String) throws -> Operation {
        let operation = try visit.operation(name)
        guard visit.may(name) else { throw Visit.notPermitted(operation) }
        // Already where the form is shown, so that nobody fills one in vain.
        try operation.requireFreshProof(of: visit.principal, at: visit.now)
        return operation
    }

    private func fill(_ form: inout FormView, _ fields: [Field], row: JSON?, _ problem: HubError?) async throws {
        form.ask(try await Inputs(noun: noun, visit: visit, row: row, problem: problem).of(fields))
        form.problem = problem.map {
            FormView.Problem($0, among: Members(noun: noun, visit: visit, row: row).flat(fields))
        }
    }

    /// Whether an act takes something away.
    private static func isEnding(_ verb: String) -> Bool {
        ["delete", "remove", "revoke", "disable", "deactivate", "release", "cancel"].contains { verb.hasPrefix($0) }
    }
}

extension FormView {
    /// Lets the word that other fields follow from stand unseen in the form: another one would take another form.
    ///
    /// - Returns: the word; nil where nothing follows from one.
    mutating func decide(_ all: [Field], _ visit: Visit) -> String? {
        for field in all {
            guard case .parts(let by, _) = field.kind, let word = visit.sent(by) ?? visit.asked(by) else { continue }
            hidden.append(.init(name: by, text: word))
            fields.removeAll { $0.name == by }
            return word
        }
        return nil
    }
}

extension Tile {
    /// What can be chosen, one page each.
    static func choices(_ parts: [Field.Part], at page: (String) -> Path) -> [Tile] {
        parts.map { Tile(name: Words.label($0.word), path: page($0.word), sentence: $0.says, value: Cell([])) }
    }
}

extension FormView.Problem {
    init(_ error: HubError, among fields: [Field]) {
        self.init(sentence: error.message, field: error.field(among: fields).map { .init(id: "f-" + $0.name) })
    }
}

extension HubError {
    /// Whether the form is shown again with it and with what was typed: the person can do something about it, or try
    /// again later.
    var isForThePerson: Bool {
        switch kind {
        case .invalid, .conflict, .tooLarge, .upstream, .timeout, .unavailable, .tooManyRequests: true
        case .notFound: reason != "no_such_page"
        case .forbidden: ["admin_needed", "credential_new_host", "credential_admin_needed"].contains(reason)
        case .unauthenticated, .methodNotAllowed, .headerTooLarge, .tooSlow, .unsupportedMediaType, .internal: false
        }
    }
}
