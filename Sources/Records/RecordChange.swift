import AuditTrail
import Core
import Ports
import Storage

/// One change of one record: what the audit trail keeps of it (names of fields, never values) and what flows get.
struct RecordChange {
    enum Kind: String {
        case inserted
        case updated
        case deleted
    }

    /// A new id; whoever acts on the change does so once for it.
    let id: String
    let kind: Kind
    let table: RecordTable
    /// The whole record: as it is now, or as it was when it was deleted.
    let record: RecordRow
    /// The fields that were set or changed.
    let fields: [String]

    /// Records the event and leaves the message, in the transaction of the change.
    func leave(by cause: Cause, ledBy lineage: Lineage?, in writer: any SQLWriter) throws {
        guard case .text(let sysID) = try record.value(of: .sysID) else {
            throw rowDefect(RecordColumn.sysID.name, "is not text")
        }
        var details: [AuditEvent.Key: String] = [.table: table.name, .record: sysID]
        if !fields.isEmpty { details[.fields] = fields.joined(separator: ",") }
        try writer.record(
            AuditEvent(action, on: .init("record", id: sysID, name: table.name), by: cause, details))
        try Outbox.publish(.recordChange, try message(sysID, by: cause, lineage), in: writer)
    }

    private var action: AuditEvent.Action {
        switch kind {
        case .inserted: .recordCreated
        case .updated: .recordUpdated
        case .deleted: .recordDeleted
        }
    }

    /// `chain` names the flows that led to the change, so that none starts itself; `by` says who is behind the change,
    /// so that they cannot approve what it starts.
    private func message(_ sysID: String, by cause: Cause, _ lineage: Lineage?) throws -> JSON {
        let texts = { (texts: [String]) in JSON.array(texts.map { .string($0) }) }
        return [
            "change": .string(id), "table": .string(table.name), "sys_id": .string(sysID),
            "kind": .string(kind.rawValue), "record": try record.json,
            "correlation": .string(cause.correlation.text),
            "chain": texts(lineage?.chain ?? []), "by": texts(lineage?.origins ?? cause.actor.identities),
        ]
    }
}
