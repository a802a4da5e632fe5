import Core
import Ports

extension Screen {
    /// The clean-up and validation list of a connection, each check with its evidence.
    static let proof = Screen(
        path: ["connections", "*", "verify"], title: "Verify", needs: ["connection.verify"],
        show: { visit in try await ProofPage(visit, "verify").content() },
        act: { visit in try await ProofPage(visit, "verify").act(ProofPage.verified) })

    /// What a connection's scopes are in four columns, and what changed at the provider.
    static let drift = Screen(
        path: ["connections", "*", "drift"], title: "Drift", needs: ["connection.drift"],
        show: { visit in
            let page = ProofPage(visit, "drift")
            let last = try await visit.run("connection.drift", id: visit.segments[1], ["look": false])
            return try await page.content(DriftBlocks.of(last))
        },
        act: { visit in try await ProofPage(visit, "drift").act(DriftBlocks.of) })
}

/// A form that asks the hub to look, and under it what it saw.
struct ProofPage: Sendable {
    private let visit: Visit
    private let verb: String
    private let id: String

    init(_ visit: Visit, _ verb: String) {
        self.visit = visit
        self.verb = verb
        id = visit.segments[1]
    }

    /// - Parameter answer: what is shown above the form.
    func content(_ answer: [Block] = [], problem: HubError? = nil) async throws -> Content {
        let row = try await Noun.connections.row(id, visit)
        let operation = try visit.operation("connection.\(verb)")
        let fields = operation.fields.filter { $0.name != "look" }
        var form = FormView(
            action: Noun.connections.page(id, verb), csrf: visit.csrf,
            submit: verb == "verify" ? "Verify now" : "Look now", cancel: Noun.connections.page(id))
        form.fields = try await Inputs(noun: .connections, visit: visit, row: problem == nil ? ["refresh": true] : nil)
            .of(fields)
        form.problem = problem.map { .init($0, among: fields) }
        let says = Block.words(
            "An administrator's token goes to \(row["url"]?.string ?? "the provider") alone, is used for this one run, "
                + "and is kept nowhere. Without one, what this connection's own grant cannot read is not readable.")
        var content = Content(
            "\(Words.label(verb)) · \(Noun.connections.title(of: row))", says: operation.says,
            answer + [says.titled(verb == "verify" ? "Verify" : "Look"), .form(form)])
        content.crumbs = Noun.connections.crumbs(visit, (id, Noun.connections.title(of: row)))
        return content
    }

    func act(_ blocks: (JSON) -> [Block]) async throws -> Outcome {
        do {
            let fields = try visit.operation("connection.\(verb)").fields.filter { $0.name != "look" }
            let sent = try FormReader(noun: .connections, visit: visit).whole(fields)
            let answer = try await visit.run("connection.\(verb)", id: id, sent)
            return .page(try await content(blocks(answer)), status: 200)
        } catch let error as HubError where error.isForThePerson {
            return .page(try await content(problem: error), status: error.kind.status)
        }
    }

    private static let verdicts: [String: Tone] = [
        "proved": .good, "refuted": .bad, "not_readable": .warn, "does_not_apply": .plain,
    ]

    /// The checks as a table, what each names, and the report to keep.
    static func verified(_ answer: JSON) -> [Block] {
        let checks = answer["checks"]?.array ?? []
        let several = (answer["credentials"]?.array?.count ?? 0) > 1
        let columns =
            (several ? [Noun.Column("credential", "Credential", .code)] : []) + [
                Noun.Column("claim", "Check", .sentence), Noun.Column("verdict", nil, .word(verdicts)),
                Noun.Column("evidence", nil, .sentence), Noun.Column("next", "Next step", .sentence),
            ]
        let named = checks.flatMap { check in
            (check["items"]?.array ?? []).map { item -> JSON in
                [
                    "about": check["claim"] ?? .null, "says": item["says"] ?? .null, "next": item["next"] ?? .null,
                ]
            }
        }
        var blocks = [
            summary(answer), Block.table(TableView("Checks", columns: columns, items: checks)).titled("Checks"),
        ]
        if !named.isEmpty {
            let table = TableView(
                "What the checks name",
                columns: [
                    Noun.Column("says", "Named", .sentence), Noun.Column("about", "In the check", .sentence),
                    Noun.Column("next", "How it is removed", .sentence),
                ], items: named)
            blocks.append(Block.table(table).titled("What the checks name"))
        }
        return blocks + [
            .source(
                answer.text(sorted: true), label: "The signed report, for linchpin report verify"
            )
            .folded("The signed report")
        ]
    }

    private static func summary(_ answer: JSON) -> Block {
        let counts =
            "\(answer["proved"]?.int ?? 0) proved, \(answer["refuted"]?.int ?? 0) refuted, "
            + "\(answer["not_readable"]?.int ?? 0) not readable."
        switch answer["verdict"]?.string {
        case "proved": return .note(.good, "Everything is proved: \(counts)")
        case "refuted": return .note(.bad, "Something is refuted: \(counts)")
        default: return .note(.warn, "Nothing is refuted, and not everything can be read: \(counts)")
        }
    }
}

/// Drift as blocks of a page.
enum DriftBlocks {
    private static let cells: [String: Tone] = ["yes": .good, "implied": .good, "no": .plain, "not_readable": .warn]

    static func of(_ answer: JSON) -> [Block] {
        guard answer["checked_at"] != .null, let scopes = answer["columns"]?["scopes"]?.array else {
            return [.note(.plain, "The hub has not looked yet. It looks at each OAuth connection four times an hour.")]
        }
        if let says = answer["says"]?.string { return [changes(answer), .note(.plain, says)] }
        let columns = [
            Noun.Column("scope", nil, .code), Noun.Column("needed_by_flows", "Needed by flows", .word(cells)),
            Noun.Column("configured_here", "Configured here", .word(cells)),
            Noun.Column("granted_at_the_provider", "Granted at the provider", .word(cells)),
            Noun.Column("carried_by_the_token", "Carried by the token", .word(cells)),
        ]
        var table = TableView("Scopes", columns: columns, items: scopes, empty: "There is no scope in any column.")
        table.foot = answer["checked_at"]?.string.flatMap(Moment.init).map { "Seen at \($0.shown) UTC" }
        let unread = (answer["columns"]?["not_readable"]?.object?.members ?? []).map { column in
            Block.note(.warn, "\(Words.label(column.name)) is not readable. \(column.value.string ?? "")")
        }
        let others = answer["columns"]?["not_read"]?.texts ?? []
        let rest =
            others.isEmpty
            ? [] : [Block.note(.warn, "Not read: \(others.map { Words.spoken($0) }.joined(separator: ", ")).")]
        return [changes(answer)] + [Block.table(table).titled("Scopes in four columns")] + unread + rest
    }

    /// What changed at the provider, each with its next step.
    private static func changes(_ answer: JSON) -> Block {
        let found = (answer["changes"]?.array ?? []).map { change in
            Finding(
                tone: change["passes"] == true ? .plain : .warn, word: Words.spoken(change["code"]?.string ?? "change"),
                sentence: [change["says"]?.string, change["next"]?.string].compactMap(\.self).joined(separator: " "))
        }
        return .findings(found, empty: "Nothing changed that can be read.")
    }

    /// Who acts for the service account, while somebody does.
    static func setUp(_ answer: JSON) -> [Block] {
        guard let setUp = answer["set_up"], setUp.object != nil, setUp["ended_at"] == .null else { return [] }
        let until = setUp["until"]?.string.flatMap(Moment.init)?.shown ?? "-"
        return [
            .note(
                .warn,
                "Set-up session: \(setUp["acting"]?.string ?? "-") acts for \(setUp["account"]?.string ?? "-") with the role "
                    + "\(setUp["role"]?.string ?? "-") until \(until) UTC. Then the role goes and the account is for web "
                    + "services only.")
        ]
    }
}
