import Core
public import Storage

/// The table `provider_rotation`; no row for a credential of which nothing is under way.
enum ProviderRotationRows {
    static func find(_ credentialID: String, in reader: any SQLReader) throws -> ProviderRotation {
        let row = try reader.row(
            """
            SELECT phase, began_at, old_id, old_version, new_id, new_version, overlap_seconds, failures, next_at,
                reason, says
            FROM provider_rotation WHERE credential_id = $1
            """, [.text(credentialID)])
        guard let row else { return ProviderRotation() }
        guard let phase = ProviderRotation.Phase(rawValue: try row.text("phase")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "provider_rotation.phase is unknown")
        }
        let says = try row.optionalText("says") ?? ""
        return ProviderRotation(
            phase: phase, beganAt: try row.optionalMoment("began_at"), oldID: try row.optionalText("old_id"),
            oldVersion: try row.optionalInt("old_version"), newID: try row.optionalText("new_id"),
            newVersion: try row.optionalInt("new_version"), overlapSeconds: try row.int("overlap_seconds"),
            failures: try row.int("failures"), nextAt: try row.optionalMoment("next_at"),
            failure: try row.optionalText("reason").map { .init(reason: $0, says: says) })
    }

    static func keep(_ rotation: ProviderRotation, of credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO provider_rotation (credential_id, phase, began_at, old_id, old_version, new_id, new_version,
                overlap_seconds, failures, next_at, reason, says)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (credential_id) DO UPDATE SET
                phase = excluded.phase, began_at = excluded.began_at, old_id = excluded.old_id,
                old_version = excluded.old_version, new_id = excluded.new_id, new_version = excluded.new_version,
                overlap_seconds = excluded.overlap_seconds, failures = excluded.failures,
                next_at = excluded.next_at, reason = excluded.reason, says = excluded.says
            """,
            [
                .text(credentialID), .text(rotation.phase.rawValue),
                .optional(rotation.beganAt?.epochMilliseconds), .optional(rotation.oldID),
                .optional(rotation.oldVersion), .optional(rotation.newID), .optional(rotation.newVersion),
                .int(rotation.overlapSeconds), .int(rotation.failures),
                .optional(rotation.nextAt?.epochMilliseconds), .optional(rotation.failure?.reason),
                .optional(rotation.failure?.says),
            ])
    }

    static func delete(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM provider_rotation WHERE credential_id = $1", [.text(credentialID)])
    }

    /// Somebody went back to the old secret.
    static func noteBack(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE provider_rotation SET phase = 'back' WHERE credential_id = $1 AND phase = 'open'",
            [.text(credentialID)])
    }

    /// Ids of switched-on credentials that are rotated by themselves and whose turn it is, the longest waiting first:
    /// what is under way, and what is soon too old.
    static func due(at now: Timestamp, on hub: String, most: Int, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            """
            SELECT credential.id AS id, COALESCE(provider_rotation.next_at, 0) AS due_at FROM credential
            JOIN secret ON secret.id = credential.secret_id AND secret.version = credential.secret_version
            LEFT JOIN provider_rotation ON provider_rotation.credential_id = credential.id
            WHERE credential.active = 1 AND credential.rotate_through IS NOT NULL
                AND (credential.applies_to IS NULL OR credential.applies_to LIKE $4)
                AND COALESCE(provider_rotation.next_at, 0) <= $1
                AND (COALESCE(provider_rotation.phase, 'idle') <> 'idle'
                    OR (credential.max_age_days IS NOT NULL AND secret.created_at
                        + CASE WHEN credential.max_age_days > 2 * $2 THEN (credential.max_age_days - $2) * 86400000
                            ELSE credential.max_age_days * 43200000 END <= $1))
            ORDER BY due_at, credential.id LIMIT $3
            """,
            [
                .int(now.epochMilliseconds), .int(Int64(Limits.rotationLeadDays.value)), .int(Int64(most)),
                .text("%\(hub)%"),
            ]
        ).map { try $0.text("id") }
    }

    /// Nothing is rotated by itself any more, and what was under way is given up; how many rows that changed.
    static func endAll(in writer: any SQLWriter) throws -> Int {
        try writer.run("UPDATE credential SET rotate_through = NULL WHERE rotate_through IS NOT NULL", [])
            + writer.run("DELETE FROM provider_rotation", [])
    }

    /// Nothing of it is under way, and why it could not be begun is over: another secret is in use.
    static func clearIdle(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            "DELETE FROM provider_rotation WHERE credential_id = $1 AND phase = 'idle'", [.text(credentialID)])
    }

    /// The name of the connection through which a credential is rotated; nil where a person does it.
    static func connection(of credential: Credential, in reader: any SQLReader) throws -> String? {
        guard let id = credential.rotateThrough else { return nil }
        return try reader.row("SELECT name FROM connection WHERE id = $1", [.text(id)]).map { try $0.text("name") }
    }

    /// The name of a credential that is rotated through that connection; nil where none is.
    static func user(ofConnection id: String, in reader: any SQLReader) throws -> String? {
        try reader.row("SELECT name FROM credential WHERE rotate_through = $1 ORDER BY name LIMIT 1", [.text(id)])
            .map { try $0.text("name") }
    }
}

extension Vault {
    /// Of a store that comes back from a copy: the original may still be there, and both would rotate the same secrets.
    /// Somebody names the connections again.
    public static func endRotationsByItself(in writer: any SQLWriter) throws -> Int {
        try ProviderRotationRows.endAll(in: writer)
    }

    /// Rotation at the provider: through which connection, and how far it is there.
    static let providerRotationMigration = Migration(
        "vault-009",
        [
            .addColumn(.text("rotate_through").optional, to: "credential"),
            .createTable(
                TableDefinition(
                    "provider_rotation",
                    [
                        .text("credential_id"), .text("phase"), .int("began_at").optional, .text("old_id").optional,
                        .int("old_version").optional, .text("new_id").optional, .int("new_version").optional,
                        .int("overlap_seconds"), .int("failures"), .int("next_at").optional,
                        .text("reason").optional, .text("says").optional,
                    ], primaryKey: ["credential_id"])),
        ])
}
