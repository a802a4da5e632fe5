public import Core
public import Ports
public import Storage

/// What flows may do to records.
public protocol RecordChanging: Sendable {
    /// What sets columns of one record inside somebody's transaction; audited, and the lineage goes along with its record
    /// change.
    func change(
        table: String, sysID: String, set: [String: String], by cause: Cause, ledBy lineage: Lineage
    ) -> @Sendable (any SQLWriter) throws -> Void
}

/// The outcome of a step that changes a record, and the change, to be committed together.
struct LocalStep: Sendable {
    typealias Change = @Sendable (any SQLWriter) throws -> Void

    let outcome: JournalEntry
    let change: Change

    /// Why a change cannot be made; nothing was committed.
    struct Refused: Error {
        let reason: String
        let says: String
    }

    /// Writes both. A failure of the store itself is thrown as it is: then the step is tried again.
    func write(of id: ExecutionID, at now: Timestamp, in writer: any SQLWriter) throws {
        guard try JournalRows.write(outcome, of: id, at: now, in: writer) else { throw JournalMoved() }
        do {
            try change(writer)
        } catch let error as HubError where ![.unavailable, .timeout, .internal].contains(error.kind) {
            throw Refused(reason: error.reason, says: error.message)
        }
    }
}
