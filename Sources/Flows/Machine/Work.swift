import Core
import Ports

/// What leaves a step: an action, or a record's new values.
enum Work: Sendable, Equatable {
    case action(ActionStep, input: JSONObject)
    case update(table: String, id: String, set: [String: String])
    /// Nothing leaves; the journal is not of this flow.
    case none

    /// The work of a step from the input that its journal keeps, so that a repetition sends the same.
    init(_ kind: Step.Kind, input: JSON) {
        switch kind {
        case .action(let step): self = .action(step, input: input.object ?? [:])
        case .update(let step):
            var set: [String: String] = [:]
            for member in input["set"]?.object?.members ?? [] { set[member.name] = member.value.string }
            self = .update(table: step.table, id: input["id"]?.string ?? "", set: set)
        case .wait, .approval, .flow, .forEach, .parallel: self = .none
        }
    }

    /// The input that the journal keeps for a step.
    static func input(of kind: Step.Kind, _ scope: Scope) throws(ValueProblem) -> JSON {
        var input = JSONObject()
        switch kind {
        case .action(let step): input = try scope.values(step.with)
        case .update(let step):
            var set = JSONObject()
            for argument in step.set { set[argument.name] = .string(try scope.text(argument.value)) }
            input["id"] = .string(try scope.text(step.id))
            input["set"] = .object(set)
        case .flow(let step):
            input["flow"] = .string(step.flow)
            input["input"] = .object(try scope.values(step.input))
        case .approval(let step):
            input["says"] = .string(step.says)
            input["show"] = .object(try scope.values(step.show))
        case .wait, .forEach, .parallel: break
        }
        if let problem = JournalValue.problem(.object(input)) {
            throw ValueProblem("input_too_large", "the input \(problem)")
        }
        return .object(input)
    }
}

/// A step that may leave, or whose outcome may be looked up.
struct Leaving: Sendable, Equatable {
    let entry: JournalEntry
    let step: Step
    /// Ask whether it happened, instead of sending it.
    let isLook: Bool

    var work: Work { Work(step.kind, input: entry.input) }
}
