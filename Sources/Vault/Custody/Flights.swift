import Synchronization

/// The requests for tokens that this hub has under way, one for each credential: whoever comes meanwhile joins.
///
/// A flight belongs to nobody who waits for it: a caller that gives up does not end it, because what comes back must be
/// stored. Each is bounded by the call's own deadline and by how often storing is tried, so none stays here for ever.
final class Flights: Sendable {
    enum End: Sendable {
        /// Something was settled; look again.
        case settled
        /// Another hub is at it, or there was nothing to do; look again a little later.
        case elsewhere
    }

    private let under = Mutex<[String: Task<End, any Error>]>([:])

    /// Joins the flight of a credential, or begins it.
    func join(_ credentialID: String, _ begin: @escaping @Sendable () async throws -> End) async throws -> End {
        let flight = under.withLock { under in
            if let known = under[credentialID] { return known }
            let begun = Task {
                defer { self.landed(credentialID) }
                return try await begin()
            }
            under[credentialID] = begun
            return begun
        }
        return try await flight.value
    }

    /// Waits for all that are under way.
    func drain() async {
        for flight in under.withLock({ Array($0.values) }) { _ = await flight.result }
    }

    private func landed(_ credentialID: String) { under.withLock { $0[credentialID] = nil } }
}
