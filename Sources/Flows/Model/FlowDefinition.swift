import Core
import Ports

/// One flow as its file states it: when it starts, which aliases it uses, what it does in which order.
struct FlowDefinition: Sendable, Equatable {
    /// The unique name.
    let name: String
    /// The title, as pages show it.
    let title: String
    /// What starts it.
    let trigger: Trigger
    /// Spoke name to alias, in the file's order.
    let uses: [Use]
    /// What it does.
    let steps: [Step]
    /// What it does once when a step failed or was refused.
    let onError: [Step]

    /// One line of `uses`.
    struct Use: Sendable, Equatable {
        let spoke: String
        let alias: String
        let line: Int
    }

    /// The alias for a spoke; nil when `uses` does not name it.
    func alias(of spoke: String) -> String? { uses.first { $0.spoke == spoke }?.alias }
}

/// What starts a flow.
enum Trigger: Sendable, Equatable {
    /// A change of one table that meets every condition.
    case record(table: String, when: Change, conditions: [Condition])
    /// A person or an application that asks for it.
    case manual(inputs: [Input])

    /// Which change of a record.
    enum Change: String, Sendable, CaseIterable { case inserted, updated, deleted }

    /// One input of a manual flow.
    struct Input: Sendable, Equatable {
        /// What it may hold.
        enum Kind: String, Sendable, CaseIterable { case text, int, bool }
        let name: String
        let kind: Kind
        let isRequired: Bool
        let says: String
    }
}

/// One step: a name that is unique in the file, and what it does.
struct Step: Sendable, Equatable {
    let name: String
    let line: Int
    let kind: Kind

    indirect enum Kind: Sendable, Equatable {
        case action(ActionStep)
        case forEach(ForEach)
        case update(RecordUpdate)
    }
}

/// Runs one action through the alias of its spoke.
struct ActionStep: Sendable, Equatable {
    let action: ActionName
    let alias: String
    let with: [Argument]
    let most: Int?
}

/// Does its steps once for each item of a bounded list.
struct ForEach: Sendable, Equatable {
    let list: Reference
    let item: String
    let conditions: [Condition]
    let steps: [Step]
    let most: Int
}

/// Sets columns of one record.
struct RecordUpdate: Sendable, Equatable {
    let table: String
    let id: Operand
    let set: [Argument]
}

/// A name and the value it gets.
struct Argument: Sendable, Equatable {
    let name: String
    let line: Int
    let value: Operand
}

/// A value that is written in the file, or a reference to one.
enum Operand: Sendable, Equatable {
    case literal(JSON)
    case reference(Reference)
}

/// `trigger.record.email`, `trigger.input.login`, `find.id`, `group.profile.name`: a root and the way from it.
struct Reference: Sendable, Equatable, CustomStringConvertible {
    let parts: [String]
    let line: Int
    var description: String { parts.joined(separator: ".") }
}
