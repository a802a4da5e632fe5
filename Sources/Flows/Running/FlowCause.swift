import AuditTrail
import Core
import Storage

/// What starts flows and comes as a message: a record change, an event through a hook. One more is one more type.
protocol FlowCause: Sendable {
    /// Where its messages wait.
    static var topic: Outbox.Topic { get }
    /// The order in which messages that wait together are acted on.
    static func order(_ messages: [Outbox.Message]) -> [Outbox.Message]

    /// Nil for a message that lacks anything.
    init?(_ payload: JSON)

    /// What it is known by: each flow starts from it once.
    var id: String { get }
    /// Names of all flows that led to it; none of them starts from it.
    var chain: [String] { get }
    /// Who is behind it (`Actor.identities`).
    var by: [String] { get }
    var correlation: CorrelationID { get }
    /// In words, for lists of executions.
    var startedBy: String { get }
    /// What steps refer to as `trigger`.
    var trigger: JSON { get }
    /// What the audit trail says of it.
    var details: [AuditEvent.Key: String] { get }
    /// The active flows that it starts.
    func flows(in reader: any SQLReader) throws -> [FlowRow]
}

extension Change: FlowCause {
    static let topic = Outbox.Topic.recordChange
    static func order(_ messages: [Outbox.Message]) -> [Outbox.Message] { messages }

    var startedBy: String { "\(table) \(kind)" }
    var trigger: JSON { ["record": record] }
    var details: [AuditEvent.Key: String] { [.table: table, .record: sysID] }

    func flows(in reader: any SQLReader) throws -> [FlowRow] { try FlowStore.flows(for: self, in: reader) }
}
