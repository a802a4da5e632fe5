import Core
import Storage

/// The table `secret`. A superseded version is deleted in the transaction that supersedes it: nothing reads it again. Two
/// stand side by side while a secret is rotated.
enum SecretRows {
    static func insert(_ sealed: SealedSecret, at now: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO secret (id, version, ciphertext, wrapped_key, key_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(sealed.id), .int(sealed.version), .blob(sealed.ciphertext), .blob(sealed.wrappedKey),
                .text(sealed.keyID), .int(now.epochMilliseconds),
            ])
    }

    static func supersede(_ sealed: SealedSecret, at now: Timestamp, in writer: any SQLWriter) throws {
        try delete(sealed.id, in: writer)
        try insert(sealed, at: now, in: writer)
    }

    static func delete(_ id: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM secret WHERE id = $1", [.text(id)])
    }

    /// One of several versions.
    static func delete(_ id: String, version: Int64, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM secret WHERE id = $1 AND version = $2", [.text(id), .int(version)])
    }

    static func find(_ id: String, version: Int64, in reader: any SQLReader) throws -> SealedSecret {
        guard
            let row = try reader.row(
                "SELECT ciphertext, wrapped_key, key_id FROM secret WHERE id = $1 AND version = $2",
                [.text(id), .int(version)])
        else {
            throw HubError(
                .conflict, "secret_missing",
                "A sealed secret is missing: its row was deleted outside the hub. Set the secret again.",
                detail: "secret \(id), version \(version)")
        }
        return SealedSecret(
            id: id, version: version, ciphertext: try row.blob("ciphertext"), wrappedKey: try row.blob("wrapped_key"),
            keyID: try row.text("key_id"))
    }
}
