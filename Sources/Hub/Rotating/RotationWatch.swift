import Core
import Storage
import Vault

/// Rotates what is soon too old, by itself: the credentials that name a connection for it. A hub that fails at one says
/// so as its finding and comes back later, longer each time.
struct RotationWatch: Sendable {
    let parts: Parts

    /// One turn: how many credentials it saw to.
    @discardableResult func tick() async throws -> Int {
        let now = parts.effects.now()
        let most = Limits.rotationsAtOnce.value
        let due = try await parts.database.read { [vault = parts.vault] reader in
            try vault.rotationsDue(at: now, most: most, in: reader)
        }
        for id in due { try await see(to: id) }
        return due.count
    }

    private func see(to id: String) async throws {
        let cause = Cause(.hub, at: parts.effects.now(), .new(parts.effects))
        do {
            _ = try await SecretRotation(parts: parts).run(.init(credential: id), cause)
        } catch let error as HubError {
            // Gone meanwhile, or another hub is at it.
            if error.kind == .notFound || error.reason == "rotation_running" { return }
            let failed = Cause(.hub, at: parts.effects.now(), cause.correlation)
            try await parts.vault.rotationFailed(of: id, reason: error.reason, says: error.message, failed)
            // An inner fault is for the loop to say, too.
            if error.kind == .internal { throw error }
        }
    }
}
