import Documents
import Ports

/// One request, one reply.
struct RequestKind: ActionKind {
    static let word = "request"
    static let isStream = false
    let output: OutputMapping

    init(_ map: inout MapReader) throws(DocumentProblem) {
        output = try OutputMapping(&map)
    }

    var outputs: [String] { output.fields.map(\.name) }

    func run(_ run: ActionRun) async -> ActionOutcome {
        switch await run.answer(nil) {
        case .ended(let outcome): return outcome
        case .reply(let json, _):
            guard let picked = output.pick(from: json) else { return run.unreadable("reply_unexpected") }
            return .done(picked)
        }
    }
}
