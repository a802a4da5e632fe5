import AuditTrail
import Core
import Keys

/// A key that signs tokens, without its private half: its moments are set ahead, and its state follows from the time.
///
/// Nothing has to happen at a moment for the state to change, so all hubs agree, and a hub that slept finds it right.
struct TokenKey: Sendable, Equatable {
    /// Where a key is in its life.
    enum State: String, Sendable, CaseIterable {
        /// Others can fetch it; it signs nothing yet.
        case published
        /// It signs: one of each algorithm.
        case active
        /// It signs no more, and still verifies.
        case retired
        /// It is no longer published, and what it signed counts no more.
        case removed
    }

    /// `kid`: the thumbprint of the public half (RFC 7638 §3).
    let id: String
    let algorithm: JWSAlgorithm
    /// Counts up for each algorithm.
    let number: Int64
    let publishedAt: Timestamp
    let activeFrom: Timestamp
    /// When its successor takes over; nil while it has none.
    let retiredAt: Timestamp?
    let removedAt: Timestamp?
    /// Whether its private half is still kept.
    let isSealed: Bool

    func state(at now: Timestamp) -> State {
        if let removedAt, removedAt <= now { return .removed }
        if let retiredAt, retiredAt <= now { return .retired }
        return activeFrom <= now ? .active : .published
    }

    var target: AuditEvent.Target {
        AuditEvent.Target("signing_key", id: id, name: "\(algorithm.rawValue) \(number)")
    }

    /// As administrators see it.
    func json(at now: Timestamp) -> JSON {
        [
            "id": .string(id), "algorithm": .string(algorithm.rawValue), "state": .string(state(at: now).rawValue),
            "published_at": .string(publishedAt.rfc3339), "active_from": .string(activeFrom.rfc3339),
            "retired_at": retiredAt.map { .string($0.rfc3339) } ?? .null,
            "removed_at": removedAt.map { .string($0.rfc3339) } ?? .null,
        ]
    }
}
