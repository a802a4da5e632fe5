import AuditTrail
import Core
import Keys
import Storage

/// The rows of the chain.
enum AuditChain {
    static func someWait(in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT seq FROM audit_pending ORDER BY seq LIMIT 1", []) != nil
    }

    static func pending(in reader: any SQLReader) throws -> Int64 {
        try reader.row("SELECT count(*) AS pending FROM audit_pending", [])?.int("pending") ?? 0
    }

    /// Takes away the oldest events that wait, at most one batch; their texts, the oldest first.
    ///
    /// Up to a number, and not one by one: what is committed late below it is taken the next time. RETURNING has no order.
    static func take(in writer: any SQLWriter) throws -> [String] {
        try writer.returning(
            """
            DELETE FROM audit_pending WHERE seq <= (
                SELECT MAX(seq) FROM (SELECT seq FROM audit_pending ORDER BY seq LIMIT $1) AS oldest)
            RETURNING seq, event
            """, [.int(Int64(Limits.auditBatch.value))]
        ).map { (seq: try $0.int("seq"), text: try $0.text("event")) }.sorted { $0.seq < $1.seq }.map(\.text)
    }

    static func insert(_ link: ChainLink, in writer: any SQLWriter) throws {
        let event = readable(link.event)
        try writer.run(
            """
            INSERT INTO audit_chain (n, hash, event, action, target_id, target_name, correlation)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .int(link.n), .blob(link.hash), .text(link.event), .text(event["action"]?.string ?? ""),
                .text(event["target"]?["id"]?.string ?? ""), .text(event["target"]?["name"]?.string ?? ""),
                .text(event["correlation"]?.string ?? ""),
            ])
    }

    /// An event that somebody made unreadable while it waited is chained as it is; it must not stop all others.
    private static func readable(_ text: String) -> JSON {
        do { return try JSON.read(text) } catch { return .null }
    }

    static func insert(_ checkpoint: Checkpoint, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO audit_checkpoint (n, kind, hash, at, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .int(checkpoint.n), .text(checkpoint.kind.rawValue), .blob(checkpoint.hash),
                .int(checkpoint.at.epochMilliseconds), .text(checkpoint.keyID), .blob(checkpoint.signature),
            ])
    }

    /// The chain's end, after a look at whether the last checkpoint agrees. The full proof is `AuditLog.verify`.
    ///
    /// - Parameter key: the only key whose checkpoint counts; nil takes the checkpoint at its word.
    static func soundHead(signedBy key: VerifyingKey?, in reader: any SQLReader) throws -> ChainHead {
        let last = try reader.row("SELECT n, hash FROM audit_chain ORDER BY n DESC LIMIT 1", [])
        let head = try last.map { ChainHead(n: try $0.int("n"), hash: try $0.blob("hash")) } ?? .genesis
        let checkpoint = try newestCheckpoint(.head, in: reader)
        let signed = checkpoint?.head ?? .genesis
        // Signing on behind somebody else's checkpoint would vouch for a chain that was made anew.
        let isGenuine = key.flatMap { key in checkpoint.map { $0.isSigned(by: key) } } ?? true
        guard head == signed, isGenuine else {
            throw HubError(
                .internal, "audit_chain_damaged",
                "The audit chain does not end where its last checkpoint says. Run: linchpin audit verify",
                detail: "chain ends at \(head.n), checkpoint at \(signed.n)")
        }
        return head
    }

    static func newestCheckpoint(_ kind: Checkpoint.Kind, in reader: any SQLReader) throws -> Checkpoint? {
        try reader.row(
            """
            SELECT n, kind, hash, at, key_id, signature FROM audit_checkpoint
            WHERE kind = $1 ORDER BY n DESC LIMIT 1
            """, [.text(kind.rawValue)]
        ).flatMap(checkpoint)
    }

    static func checkpoint(_ row: SQLRow) throws -> Checkpoint? {
        guard let kind = Checkpoint.Kind(rawValue: try row.text("kind")) else { return nil }
        return Checkpoint(
            kind: kind, n: try row.int("n"), hash: try row.blob("hash"),
            at: Timestamp(epochMilliseconds: try row.int("at")), keyID: try row.text("key_id"),
            signature: try row.blob("signature"))
    }

    static func keys(in reader: any SQLReader) throws -> [VerifyingKey] {
        try reader.rows(
            "SELECT public_key FROM audit_key ORDER BY created_at, key_id LIMIT $1",
            [.int(Int64(Limits.pageRows.value))]
        ).map { try VerifyingKey(try $0.blob("public_key")) }
    }
}
