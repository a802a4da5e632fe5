import Core

/// A record change as its message tells it.
struct Change: Sendable {
    let id: String
    let table: String
    let sysID: String
    let kind: String
    let record: JSON
    let correlation: CorrelationID
    /// Names of all flows that led to it.
    let chain: [String]
    /// The people and clients behind it (`Actor.identities`).
    let by: [String]

    /// Nil for a message that lacks anything: who is behind a change is never guessed.
    init?(_ payload: JSON) {
        guard let id = payload["change"].flatMap(Scalar.text), !id.isEmpty, let table = payload["table"]?.string,
            let sysID = payload["sys_id"]?.string, let kind = payload["kind"]?.string,
            let record = payload["record"]?.object,
            let correlation = payload["correlation"]?.string.flatMap(CorrelationID.init),
            let chain = payload["chain"]?.texts, let by = payload["by"]?.texts,
            // A flow is nobody's identity: a message that names one does not say who is behind the flow.
            !by.contains(where: { $0.hasPrefix("\(Actor.Kind.flow.rawValue):") })
        else { return nil }
        self.id = id
        self.table = table
        self.sysID = sysID
        self.kind = kind
        self.record = .object(record)
        self.correlation = correlation
        self.chain = chain
        self.by = by
    }
}
