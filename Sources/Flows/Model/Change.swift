import Core

/// A record change as its message tells it.
struct Change: Sendable {
    let id: String
    let table: String
    let sysID: String
    let kind: String
    let record: JSON
    let correlation: CorrelationID
    /// Names of the flows that the message says led to it.
    let chain: [String]
    /// Who made it (`Actor.identities`).
    let by: [String]

    /// Nil for a message that is none; nothing can be started from it.
    init?(_ payload: JSON, spare: CorrelationID) {
        guard let id = payload["change"].flatMap(Scalar.text), !id.isEmpty, let table = payload["table"]?.string,
            let kind = payload["kind"]?.string, let record = payload["record"]?.object
        else { return nil }
        self.id = id
        self.table = table
        sysID = payload["sys_id"]?.string ?? record["sys_id"]?.string ?? ""
        self.kind = kind
        self.record = .object(record)
        correlation = payload["correlation"]?.string.flatMap(CorrelationID.init) ?? spare
        chain = payload["chain"]?.array?.compactMap(\.string) ?? []
        // A flow is nobody's identity: who is behind it stands in its execution.
        by = (payload["by"]?.array?.compactMap(\.string) ?? []).filter { !$0.hasPrefix("\(Actor.Kind.flow.rawValue):") }
    }
}
