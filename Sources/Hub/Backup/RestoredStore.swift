import AuditTrail
import Core
import Flows
import Hooks
import Identity
import OAuthServer
import Storage
import Vault

/// What a store must forget when it comes back: nobody goes on with what was given or begun before the copy.
enum RestoredStore {
    private typealias Forget = @Sendable (_ cause: Cause, _ writer: any SQLWriter) throws -> Int

    /// What each feature does to its rows, in bounded transactions until it answers 0. One more is one more line.
    private static let all: [Forget] = [
        { cause, writer in try OAuthServer.endEveryToken(at: cause.now, in: writer) },
        { cause, writer in try OAuthServer.endEveryFamily(at: cause.now, in: writer) },
        { cause, writer in try OAuthServer.endEverySigningKey(at: cause.now, in: writer) },
        { _, writer in try OAuthServer.endEveryRegistrationToken(in: writer) },
        { _, writer in try OAuthServer.forgetEveryConsent(in: writer) },
        { cause, writer in try Identity.endEverySession(at: cause.now, in: writer) },
        { cause, writer in
            try Hooks.passOver(at: cause.now, in: writer)
            return 0
        },
        { cause, writer in try Flows.endWhatRan(by: cause, in: writer) },
        { _, writer in try Vault.endRotationsByItself(in: writer) },
    ]

    /// Ends a restore that `StoreSwap` carried out: forgets, records the event, takes the order away; nothing without
    /// an order. Killed between, it is done again; the event is there once.
    static func settle(_ database: any Database, _ folder: DataFolder, _ effects: Effects) async throws {
        guard let order = try RestoreOrder.given(folder) else { return }
        let cause = Cause(order.cause.actor, at: effects.now(), order.cause.correlation)
        let details = try details(order, folder)
        if try await !database.read({ try isRecorded(order, in: $0) }) {
            for forget in all {
                while try await database.write(.bookkeeping("what a restored store forgets"), { try forget(cause, $0) })
                    > 0
                {}
            }
            try await database.write(.change) { writer in
                try writer.record(
                    AuditEvent(.storeRestored, on: .init("store", id: order.id, name: order.copy), by: cause, details))
            }
        }
        try BackupFolder(of: folder).prune(keeping: order.aside)
        try RestoreOrder.clear(folder)
        try DiskFile.sync(folder: folder.path)
    }

    /// The name of what was put aside, and its checkpoint: the witness of what is no longer in the store.
    private static func details(_ order: RestoreOrder, _ folder: DataFolder) throws -> [AuditEvent.Key: String] {
        var details: [AuditEvent.Key: String] = [.backup: order.aside]
        let aside = "\(BackupFolder(of: folder).path)/\(order.aside)"
        if DiskFile.exists("\(aside)/\(BackupManifest.file)") {
            details[.checkpoint] = try BackupManifest.read(in: aside).checkpoint
        } else {
            // `StoreSwap` could not prove it, so nothing vouches for what was put aside.
            details[.reason] = "unproved"
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
