import Core

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
    /// Seconds that an execution may take before its error branch; nil for `Limits.waitSeconds`.
    var timeout: Int64?

    /// One line of `uses`.
    struct Use: Sendable, Equatable {
        let spoke: String
        let alias: String
        let line: Int
    }

    /// Every step, those inside loops and branches and the error branch too.
    var allSteps: [Step] { Self.flat(steps) + Self.flat(onError) }

    /// The names of loops and parallel steps.
    var containers: Set<String> { Set(allSteps.filter { !$0.inside.isEmpty }.map(\.name)) }

    private static func flat(_ steps: [Step]) -> [Step] {
        steps.flatMap { step in [step] + flat(step.inside.flatMap(\.steps)) }
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
    /// The clock.
    case schedule(Schedule)
    /// An event that came through a hook and meets every condition.
    case hook(name: String, conditions: [Condition], line: Int)

    /// Which change of a record.
    enum Change: String, Sendable, CaseIterable { case inserted, updated, deleted }

    /// One input of a manual flow.
    struct Input: Sendable, Equatable {
        /// What it may hold.
        enum Kind: String, Sendable, CaseIterable { case text, int, bool }
        let name: String
        let kind: Kind
        let isRequired: Bool
        /// Its value is kept sealed, and goes into sensitive inputs only.
        var isSensitive = false
        let says: String
    }

    /// The names of the sensitive ones.
    static func sensitive(_ inputs: [Input]) -> Set<String> { Set(inputs.filter(\.isSensitive).map(\.name)) }
}
