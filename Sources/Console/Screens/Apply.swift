import Core
import Ports

extension Screen {
    /// The least grant set up at the provider: a plan, then that very plan, each with an administrator's token.
    static let apply = Screen(
        path: ["connections", "*", "apply"], title: "Apply", needs: ["connection.apply"],
        show: { visit in try await ApplyPage(visit: visit).content() },
        act: { visit in try await ApplyPage(visit: visit).act() })
}

private struct ApplyPage: Sendable {
    let visit: Visit

    private var id: String { visit.segments[1] }
    private var fields: [Field] {
        get throws { try visit.operation("connection.apply").fields.filter { $0.name != "plan" } }
    }

    /// - Parameters:
    ///   - answer: what is shown above the form.
    ///   - plan: what the form carries out; nil for one that shows a plan first.
    func content(_ answer: [Block] = [], plan: String? = nil, problem: HubError? = nil) async throws -> Content {
        let row = try await Noun.connections.row(id, visit)
        var form = FormView(
            action: Noun.connections.page(id, "apply"), csrf: visit.csrf,
            submit: plan == nil ? "Show the plan" : "Apply this plan", cancel: Noun.connections.page(id, "grant"))
        form.hidden = plan.map { [.init(name: "plan", text: $0)] } ?? []
        let asked = try fields
        form.fields = try await Inputs(
            noun: .connections, visit: visit, row: ["trust_implied_scopes": true], problem: problem
        ).of(asked)
        form.problem = problem.map { .init($0, among: asked) }
        let says = Block.words(
            "An administrator's token goes to \(row["url"]?.string ?? "the provider") alone, is used for this one run, "
                + "and is kept nowhere. So it is asked for twice: for the plan, and to carry it out.")
        var content = Content(
            "Apply · \(Noun.connections.title(of: row))", says: try visit.operation("connection.apply").says,
            answer + [says.titled(plan == nil ? "Show the plan" : "Apply this plan"), .form(form)])
        content.crumbs = Noun.connections.crumbs(visit, (id, Noun.connections.title(of: row)))
        return content
    }

    func act() async throws -> Outcome {
        do {
            var sent = try FormReader(noun: .connections, visit: visit).whole(try fields)
            if let plan = visit.sent("plan"), !plan.isEmpty { sent["plan"] = .string(plan) }
            let answer = try await visit.run("connection.apply", id: id, sent)
            let isApplied = answer["applied"]?.bool == true
            let plan = isApplied || answer["changes"] == 0 ? nil : answer["plan"]?.string
            return .page(try await content([note(answer), steps(answer)], plan: plan), status: 200)
        } catch let error as HubError where error.isForThePerson {
            return .page(try await content(problem: error), status: error.kind.status)
        }
    }

    private func note(_ answer: JSON) -> Block {
        let changes = answer["changes"]?.int ?? 0
        let steps = "\(changes) \(changes == 1 ? "step" : "steps")"
        guard answer["applied"]?.bool == true else {
            if answer["plan"] == .null {
                return .note(.bad, answer["next"]?.string ?? "")
            }
            return changes == 0
                ? .note(.good, "Nothing is to be changed: all of it is there.")
                : .note(.plain, "This would make or change something in \(steps). Nothing has been done yet.")
        }
        let next = answer["next"]?.string ?? ""
        return answer["complete"]?.bool == true
            ? .note(.good, "Done: \(steps) changed something. \(next)") : .note(.bad, "Not complete. \(next)")
    }

    private static let states: [String: Tone] = [
        "there": .plain, "create": .good, "change": .good, "differs": .bad, "done": .good, "failed": .bad,
        "not_reached": .warn,
    ]

    private func steps(_ answer: JSON) -> Block {
        let items = (answer["steps"]?.array ?? []).map { step -> JSON in
            let parts = [
                ("adds", "Adds "), ("removes", "Takes away "), ("left", "Too much and left: "),
                ("differs", "Differs at "),
            ]
            var details = parts.compactMap { key, word in
                step[key]?.texts.flatMap { $0.isEmpty ? nil : "\(word)\($0.joined(separator: ", "))." }
            }
            if let problem = step["problem"]?.string { details.append(problem) }
            return [
                "says": step["says"] ?? .null, "state": step["state"] ?? .null,
                "details": .string(details.joined(separator: " ")),
            ]
        }
        let columns = [
            Noun.Column("says", "Step", .sentence), Noun.Column("state", nil, .word(Self.states)),
            Noun.Column("details", nil, .sentence),
        ]
        return Block.table(TableView("Steps", columns: columns, items: items)).titled("Steps")
    }
}
