import Core
import Keys
import Storage

/// Something signed that counts once: a `jti` of whoever signed it, remembered as long as it could be accepted.
struct UsedOnce: Sendable, Equatable {
    /// Who is kept apart from whom.
    enum Purpose: String, Sendable {
        /// Assertions of a client, for itself and as a grant: one that was used for the one does not do for the other.
        case assertion
        /// Proofs of possession; the owner is the key's thumbprint.
        case proof
    }

    let purpose: Purpose
    let owner: String
    /// SHA-256 of the `jti`, however long it is.
    let hash: [UInt8]
    let until: Timestamp

    init(_ purpose: Purpose, of owner: String, id: String, until: Timestamp) {
        self.purpose = purpose
        self.owner = owner
        self.until = until
        hash = Hashing.sha256(Array(id.utf8))
    }

    /// Uses it up; false when that was done before. Of any number at once one gets true.
    func spend(at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO used_once (purpose, owner, hash, until) VALUES ($1, $2, $3, $4)
            ON CONFLICT (purpose, owner, hash) DO UPDATE SET until = excluded.until WHERE used_once.until <= $5
            """,
            [
                .text(purpose.rawValue), .text(owner), .blob(hash), .int(until.epochMilliseconds),
                .int(now.epochMilliseconds),
            ]) == 1
    }

    /// The same in a transaction of its own: what was accepted stays used up, whatever becomes of the request.
    func spend(at now: Timestamp, in database: any Database) async throws -> Bool {
        try await database.write(.bookkeeping("a signed proof was used")) { writer in
            try self.spend(at: now, in: writer)
        }
    }

    /// Deletes what no longer could be accepted, at most so many; returns how many.
    static func sweep(at now: Timestamp, most: Int, in writer: any SQLWriter) throws -> Int {
        try writer.run(
            """
            DELETE FROM used_once WHERE (purpose, owner, hash) IN (
                SELECT purpose, owner, hash FROM used_once WHERE until <= $1 ORDER BY until LIMIT $2)
            """, [.int(now.epochMilliseconds), .int(Int64(most))])
    }
}
