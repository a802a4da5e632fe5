import AuditTrail
import Core
import Flows
import Identity
import OAuthServer
import Storage

/// What a store must forget when it comes back: nobody goes on with what was given or begun before the copy.
enum RestoredStore {
    private typealias Forget = @Sendable (_ cause: Cause, _ writer: any SQLWriter) throws -> Void

    /// What each feature does to its rows. One more is one more line.
    private static let all: [Forget] = [
        { cause, writer in _ = try OAuthServer.endEveryToken(at: cause.now, in: writer) },
        { cause, writer in _ = try Identity.endEverySession(at: cause.now, in: writer) },
        { cause, writer in _ = try Flows.endWhatRan(by: cause, in: writer) },
    ]

    /// Ends a restore that `StoreSwap` carried out: forgets, records the event, takes the order away; nothing without
    /// an order. Killed between, it is done again; the event is there once.
    static func settle(_ database: any Database, _ folder: DataFolder, _ effects: Effects) async throws {
        guard let order = try RestoreOrder.given(folder) else { return }
        let cause = Cause(order.cause.actor, at: effects.now(), order.cause.correlation)
        let details = details(order, folder)
        try await database.write(.bookkeeping("a restore; its event is recorded once")) { writer in
            guard try !isRecorded(order, in: writer) else { return }
            for forget in all { try forget(cause, writer) }
            try writer.record(
                AuditEvent(.storeRestored, on: .init("store", id: order.id, name: order.copy), by: cause, details))
        }
        try RestoreOrder.clear(folder)
        try DiskFile.sync(folder: folder.path)
    }

    /// The name of what was put aside, and its checkpoint: the witness of what is no longer in the store.
    private static func details(_ order: RestoreOrder, _ folder: DataFolder) -> [AuditEvent.Key: String] {
        var details: [AuditEvent.Key: String] = [.backup: order.aside]
        do {
            let aside = try BackupManifest.read(in: "\(BackupFolder(of: folder).path)/\(order.aside)")
            details[.checkpoint] = aside.checkpoint
        } catch {
            // What was put aside is damaged: it has no manifest, and nothing vouches for it.
            details[.reason] = "damaged"
        }
        return details
    }

    private static func isRecorded(_ order: RestoreOrder, in reader: any SQLReader) throws -> Bool {
        try reader.row(
            "SELECT n FROM audit_chain WHERE target_id = $1 ORDER BY n LIMIT 1", [.text(order.id)]) != nil
            || reader.row(
                "SELECT seq FROM audit_pending WHERE event LIKE $1 ORDER BY seq LIMIT 1",
                [.text("%\"id\":\"\(order.id)\"%")]) != nil
    }
}
