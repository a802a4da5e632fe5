import Core
import Ports

extension Screen {
    /// Would a call pass, and why: the gatekeeper's own answer, as the way that live traffic would take.
    static let simulator = Screen(
        path: ["simulator"], title: "Simulator", group: .inbound, needs: ["decision.explain"],
        show: { visit in
            guard visit.asked("path") != nil else { return try await page(visit) }
            return try await answered(visit, Dictionary(visit.query.map { ($0.name, $0.value) }) { first, _ in first })
                .content
        },
        act: { visit in
            let (content, status) = try await answered(visit, nil)
            return .page(content, status: status)
        })

    /// The form, and under it what the operation says.
    ///
    /// - Parameter query: what a link asks; nil takes the form that was sent.
    private static func answered(
        _ visit: Visit, _ query: [String: String]?
    ) async throws -> (content: Content, status: Int) {
        do {
            let fields = try visit.operation("decision.explain").fields
            var sent = JSONObject()
            if let query {
                for field in fields where !field.isSecret && field.name != "scopes" {
                    sent[field.name] = query[field.name].map(JSON.string)
                }
            } else {
                sent = try FormReader(noun: .transactions, visit: visit).whole(fields)
            }
            let decision = try await visit.run("decision.explain", sent)
            return (try await page(visit, [verdict(decision), way(decision)]), 200)
        } catch let error as HubError where error.isForThePerson {
            return (try await page(visit, problem: error), error.kind.status)
        }
    }

    private static func verdict(_ decision: JSON) -> Block {
        let asIf = decision["as_if"]?.string.map { " As if \($0)." } ?? ""
        if decision["allowed"]?.bool == true { return .note(.good, "It would pass.\(asIf)") }
        return .note(.bad, "It would be refused: \(decision["says"]?.string ?? "")\(asIf)")
    }

    private static func way(_ decision: JSON) -> Block {
        Block.way(Station.simulated(decision)).titled("The way it would take")
    }

    private static func page(_ visit: Visit, _ answer: [Block] = [], problem: HubError? = nil) async throws -> Content {
        let operation = try visit.operation("decision.explain")
        var form = FormView(action: Path("simulator"), csrf: visit.csrf, submit: "Simulate")
        form.fields = try await Inputs(noun: .transactions, visit: visit, row: nil, problem: problem)
            .of(operation.fields)
        form.problem = problem.map { .init($0, among: operation.fields) }
        return Content(
            "Simulator", says: "Would a call pass, and why? The same function that judges live traffic answers.",
            answer + [.form(form)])
    }
}
