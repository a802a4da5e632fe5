import AuditTrail
public import Core
import Storage
import Synchronization

/// Records refused administrative calls in the audit trail: once a minute for each caller, operation and reason, so that
/// nobody can fill the trail by asking again. The transaction log has every single one.
public final class RefusalAudit: Sendable {
    private struct Kind: Hashable {
        let actor: String
        let operation: String
        let reason: String
    }

    private let database: any Database
    private let recent = Mutex<[Kind: Timestamp]>([:])

    init(database: any Database) { self.database = database }

    /// Records that a proved caller was refused an operation.
    public func refused(_ operation: String, reason: String, by cause: Cause) async throws {
        let kind = Kind(actor: cause.actor.id, operation: operation, reason: reason)
        let isNew = recent.withLock { recent in
            if let last = recent[kind], cause.now.milliseconds(since: last) < 60_000 { return false }
            // Bounded: while it is full, further kinds are in the transaction log only.
            if recent.count >= Limits.refusalKinds.value {
                recent = recent.filter { cause.now.milliseconds(since: $0.value) < 60_000 }
                guard recent.count < Limits.refusalKinds.value else { return false }
            }
            recent[kind] = cause.now
            return true
        }
        guard isNew else { return }
        let event = AuditEvent(
            .operationRefused, on: .init("operation", id: operation, name: operation), by: cause,
            [.operation: operation, .reason: reason])
        try await database.write(.change) { writer in try writer.record(event) }
    }
}
