import Documents
import Ports

/// One request, one reply.
struct RequestKind: ActionKind {
    static let word = "request"
    static let isStream = false
    static let onlyReads = false
    let output: OutputMapping

    init(output: OutputMapping) { self.output = output }

    init(_ map: inout MapReader) throws(DocumentProblem) {
        output = try OutputMapping(&map)
    }

    var fields: [OutputMapping.Field] { output.fields }

    func run(_ run: ActionRun) async -> ActionOutcome {
        switch await run.answer(nil, output.pick) {
        case .ended(let outcome): outcome
        case .reply(let picked, _): .done(picked)
        }
    }
}
