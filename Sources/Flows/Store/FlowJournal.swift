import Core
public import Ports
public import Storage

/// The journal of executions, for those who must know what became of a step.
public struct FlowJournal: StepJournal {
    private let database: any Database

    /// The journal in a store.
    public init(database: any Database) { self.database = database }

    /// What became of a step, named `execution/path`; that of its latest attempt.
    public func standing(of step: String) async throws -> StepStanding {
        let parts = step.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return .lost }
        return try await database.read { reader in
            let row = try reader.row(
                """
                SELECT e.state AS execution, s.state AS step, s.output FROM execution e
                JOIN execution_step s ON s.execution_id = e.id
                WHERE e.id = $1 AND s.path = $2 ORDER BY s.attempt DESC LIMIT 1
                """, [.text(parts[0]), .text(parts[1])])
            guard let row else { return .lost }
            if try row.text("step") == StepState.done.rawValue {
                return try JSON.read(try row.text("output"))["items"] == nil ? .lost : .taken
            }
            let ended: [ExecutionState] = [.done, .failed, .cancelled]
            return ended.map(\.rawValue).contains(try row.text("execution")) ? .lost : .open
        }
    }
}
