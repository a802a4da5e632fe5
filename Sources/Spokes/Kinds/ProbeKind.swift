import Core
import Documents
import Ports

/// One read whose answer is yes or no; some of the provider's refusals are a no, not a failure.
struct ProbeKind: ActionKind {
    /// A refusal that means no: its status, and its error code, so that another system's 404 is no answer.
    struct No: Sendable, Equatable {
        let status: Int
        let code: String
    }

    static let word = "probe"
    static let isStream = false
    static let onlyReads = true
    /// The name of its one output.
    let output: String
    /// What a successful reply must say for a yes; nil when success alone is one.
    let yes: Equality?
    let no: [No]

    init(_ map: inout MapReader) throws(DocumentProblem) {
        output = try map.name("answer")
        yes = try map.members.contains { $0.key == "true_when" } ? Equality("true_when", &map) : nil
        no = try map.optionalNode("false_on") == nil ? [] : Self.refusals(&map)
        guard yes != nil || !no.isEmpty else {
            throw map.mustBe("answer", "decided by true_when, by false_on, or by both")
        }
    }

    var fields: [OutputMapping.Field] { [OutputMapping.Field(name: output, pointer: "", kind: .boolean)] }

    func run(_ run: ActionRun) async -> ActionOutcome {
        let answer = await run.answer(nil, { reply in yes == nil ? true : yes?.holds(for: reply) }) { status, code in
            no.contains(No(status: status, code: code)) ? false : nil
        }
        switch answer {
        case .ended(let outcome): return outcome
        case .reply(let isSo, _):
            var answer = JSONObject()
            answer[output] = .bool(isSo)
            return .done(.object(answer))
        }
    }

    private static func refusals(_ map: inout MapReader) throws(DocumentProblem) -> [No] {
        var found: [No] = []
        for node in try map.list("false_on") {
            var inner = try MapReader(node, file: map.file, what: "a refusal of \(map.what)")
            // 401 and 429 are about the caller, never an answer.
            let status = try inner.int("status", 400...499)
            guard status != 401, status != 429 else { throw inner.mustBe("status", "another one than 401 and 429") }
            found.append(No(status: Int(status), code: try inner.text("code")))
            try inner.end()
        }
        return found
    }
}
