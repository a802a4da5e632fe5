import Core
import Ports

/// One step: a name that is unique in the file, and what it does.
struct Step: Sendable, Equatable {
    let name: String
    let line: Int
    let kind: Kind

    /// What a step does. One more kind is a case here, a reader, a check and a walk.
    indirect enum Kind: Sendable, Equatable {
        case action(ActionStep)
        case update(RecordUpdate)
        case wait(Wait)
        case approval(ApprovalStep)
        case flow(FlowStep)
        case forEach(ForEach)
        case parallel(Parallel)
    }

    /// The lists of steps inside it, each with its branch's name; none for a step that does something itself.
    var inside: [(branch: String?, steps: [Step])] {
        switch kind {
        case .forEach(let loop): [(nil, loop.steps)]
        case .parallel(let parallel): parallel.branches.map { ($0.name, $0.steps) }
        case .action, .update, .wait, .approval, .flow: []
        }
    }

    /// How it is tried again; nil where the file does not say.
    var retry: Retry? { if case .action(let action) = kind { action.retry } else { nil } }

    /// The seconds it may take from its first plan on, whatever happens meanwhile; nil for no bound of its own.
    var timeout: Int64? {
        switch kind {
        case .action(let action): action.timeout
        case .flow(let flow): flow.timeout
        case .approval(let approval): approval.expires
        case .update, .wait, .forEach, .parallel: nil
        }
    }
}

/// Runs one action through the alias of its spoke.
struct ActionStep: Sendable, Equatable {
    let action: ActionName
    let alias: String
    let with: [Argument]
    let most: Int?
    var retry: Retry?
    var timeout: Int64?
}

/// How often and after which delays a step is tried again when it did not happen.
struct Retry: Sendable, Equatable {
    /// How many further attempts there are.
    let times: Int
    /// Seconds before the first of them.
    let first: Int64
    /// What each further delay is multiplied by.
    let factor: Int64
    /// The longest delay, in seconds.
    let most: Int64

    /// The seconds before the attempt that follows the given one, without dice.
    func seconds(after attempt: Int) -> Int64 {
        var seconds = min(first, most)
        for _ in 1..<max(attempt, 1) where seconds < most { seconds = min(seconds * factor, most) }
        return seconds
    }

    /// The same in milliseconds: half of the delay, and a part of the other half that the dice decide, so that many
    /// executions that failed together do not come back together.
    ///
    /// - Parameter dice: any number; all of them are equally likely.
    func milliseconds(after attempt: Int, dice: UInt64) -> Int64 {
        let half = seconds(after: attempt) * 500
        return half + Int64(dice % UInt64(half + 1))
    }

    /// What a step has that says nothing: it is repeated only where its outcome is unknown.
    static let standard = Retry(times: 0, first: 2, factor: 2, most: 64)
}

/// Sets columns of one record.
struct RecordUpdate: Sendable, Equatable {
    let table: String
    let id: Operand
    let set: [Argument]
}

/// Goes on later.
enum Wait: Sendable, Equatable {
    case seconds(Int64)
    /// A moment that a value says.
    case until(Operand)
}

/// Asks a person, and goes on when they approve.
struct ApprovalStep: Sendable, Equatable {
    /// Who may decide.
    enum Decider: Sendable, Equatable {
        case role(String)
        case user(String)
    }
    /// What is asked, in a sentence.
    let says: String
    let decider: Decider
    /// Seconds until it counts as refused.
    let expires: Int64
    /// Values that the person sees.
    let show: [Argument]
    /// Names of the later steps whose calls it approves, each with the inputs that the person sees.
    var approves: [String] = []
    /// Seconds for which its word counts for them.
    var goodFor = Int64(Limits.approvalSeconds.value)
}

/// Starts another flow and waits for its end.
struct FlowStep: Sendable, Equatable {
    let flow: String
    let input: [Argument]
    let timeout: Int64?
}

/// Does its steps once for each item of a bounded list.
struct ForEach: Sendable, Equatable {
    let list: Reference
    let item: String
    let conditions: [Condition]
    let steps: [Step]
    let most: Int
    /// How many items are under way at once.
    var atOnce = 1
}

/// Does several lists of steps side by side.
struct Parallel: Sendable, Equatable {
    /// One of them.
    struct Branch: Sendable, Equatable {
        let name: String
        let line: Int
        let steps: [Step]
    }
    let branches: [Branch]
    /// How many branches are under way at once.
    let atOnce: Int
}

/// A name and the value it gets.
struct Argument: Sendable, Equatable {
    let name: String
    let line: Int
    let value: Operand
}

/// A value that is written in the file, a reference to one, or an object whose members are either.
enum Operand: Sendable, Equatable {
    case literal(JSON)
    case reference(Reference)
    case members([Argument])
}

/// `trigger.record.email`, `trigger.input.login`, `find.id`, `group.profile.name`: a root and the way from it.
struct Reference: Sendable, Equatable, CustomStringConvertible {
    let parts: [String]
    let line: Int
    var description: String { parts.joined(separator: ".") }
}
