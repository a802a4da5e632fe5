public import AuditTrail
import Core
public import Keys
public import Storage

/// Reads and proves the audit chain of a store; the hub need not run.
public struct AuditLog: Sendable {
    /// What a verification found.
    public struct Verification: Sendable, Equatable {
        /// Whether the chain holds.
        public let verdict: ChainVerdict
        /// Events that are recorded and not chained yet.
        public let pending: Int64
        /// The newest checkpoint; copy its text and keep it elsewhere as a witness. Nil before the first event, and
        /// for a chain that does not hold: nobody shall vouch for that.
        public let checkpoint: Checkpoint?
        /// The public key that this hub signs checkpoints and reports with; nil where it is not known.
        public var key: [UInt8]?

        /// `intact, chained to 41, 0 pending`
        public var says: String {
            switch verdict {
            case .intact: "\(verdict), \(pending) pending"
            case .broken: "\(verdict)"
            }
        }
    }

    let database: any Database
    private let own: VerifyingKey?

    /// The log of one store.
    ///
    /// - Parameter own: the key that signs this store's checkpoints, where it is known from elsewhere. Without one the
    ///   keys that the store itself names count: whoever can write the store can then put another key there and sign
    ///   a chain of his own, which only a witness shows.
    public init(database: any Database, own: VerifyingKey? = nil) {
        self.database = database
        self.own = own
    }

    /// The newest checkpoint as it stands, unproved; nil before the first event.
    public func newest() async throws -> Checkpoint? {
        try await database.read { try AuditChain.newestCheckpoint(.head, in: $0) }
    }

    /// Judges the whole chain page by page; memory stays the same however long it is.
    ///
    /// - Parameter witness: a checkpoint that was kept outside the store. Without one, a chain that was cut off
    ///   together with its checkpoints cannot be told from a shorter one.
    /// - Throws: what the store throws. A chain that does not hold is a verdict, not an error.
    public func verify(witness: Checkpoint? = nil) async throws -> Verification {
        let (keys, truncation) = try await database.read { reader in
            (
                try own.map { [$0] } ?? AuditChain.keys(in: reader),
                try AuditChain.newestCheckpoint(.truncation, in: reader)
            )
        }
        var verifier = ChainVerifier(keys: keys, truncation: truncation, witness: witness)
        var after: Int64 = .min
        while true {
            let last = after
            let page = try await database.read { try Page(after: last, in: $0) }
            for link in page.links { verifier.take(link, page.checkpoints[link.n] ?? []) }
            guard let end = page.links.last, page.links.count == Page.size, !verifier.isBroken else {
                let verdict = verifier.finish(newest: page.newest)
                return Verification(
                    verdict: verdict, pending: page.pending, checkpoint: verdict.isIntact ? page.newest : nil,
                    key: own?.publicKey)
            }
            after = end.n
        }
    }

    /// Links and the checkpoints about them, from one snapshot.
    private struct Page: Sendable {
        static let size = Limits.auditBatch.value

        let links: [ChainLink]
        let checkpoints: [Int64: [Checkpoint]]
        let newest: Checkpoint?
        let pending: Int64

        init(after: Int64, in reader: any SQLReader) throws {
            links = try reader.rows(
                "SELECT n, hash, event FROM audit_chain WHERE n > $1 ORDER BY n LIMIT $2",
                [.int(after), .int(Int64(Self.size))]
            ).map { ChainLink(n: try $0.int("n"), hash: try $0.blob("hash"), event: try $0.text("event")) }
            let found = try reader.rows(
                """
                SELECT n, kind, hash, at, key_id, signature FROM audit_checkpoint
                WHERE n > $1 AND n <= $2 ORDER BY n, kind LIMIT $3
                """, [.int(after), .int(links.last?.n ?? after), .int(Int64(2 * Self.size))])
            checkpoints = Dictionary(grouping: try found.compactMap(AuditChain.checkpoint), by: \.n)
            newest = try AuditChain.newestCheckpoint(.head, in: reader)
            pending = try AuditChain.pending(in: reader)
        }
    }
}
