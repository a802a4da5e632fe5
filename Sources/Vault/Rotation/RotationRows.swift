import Core
import Storage

/// A row of `credential_rotation`: a rotation under way, or the number of a successor that was dropped.
struct Rotation: Sendable, Equatable {
    var machine: RotationMachine
    var testedAt: Timestamp?
    var switchedAt: Timestamp?
    /// When the secret that is not in use ends at the provider, as somebody stated it.
    var otherExpiresAt: Timestamp?
    /// The id of the key that is not in use, where it has another than the one in use; empty for none.
    var otherKeyID: String?
}

/// The table `credential_rotation`.
enum RotationRows {
    /// The rotation of a credential; an idle one where none is under way.
    static func find(_ credential: Credential, in reader: any SQLReader) throws -> Rotation {
        let idle = Rotation(machine: RotationMachine(inUse: credential.secretVersion))
        let row = try reader.row(
            """
            SELECT stage, other_version, newest_version, tested_at, switched_at, other_expires_at, other_key_id
            FROM credential_rotation
            WHERE credential_id = $1
            """, [.text(credential.id)])
        guard let row else { return idle }
        guard let stage = RotationMachine.Stage(rawValue: try row.text("stage")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "credential_rotation.stage is unknown")
        }
        return Rotation(
            machine: RotationMachine(
                stage: stage, inUse: credential.secretVersion, other: try row.optionalInt("other_version"),
                newest: try row.int("newest_version")),
            testedAt: try row.optionalMoment("tested_at"), switchedAt: try row.optionalMoment("switched_at"),
            otherExpiresAt: try row.optionalMoment("other_expires_at"),
            otherKeyID: try row.optionalText("other_key_id"))
    }

    static func keep(_ rotation: Rotation, of id: String, in writer: any SQLWriter) throws {
        try delete(id, in: writer)
        let machine = rotation.machine
        guard machine.other != nil || machine.newest > machine.inUse else { return }
        try writer.run(
            """
            INSERT INTO credential_rotation (credential_id, stage, other_version, newest_version, tested_at,
                switched_at, other_expires_at, other_key_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(id), .text(machine.stage.rawValue), .optional(machine.other), .int(machine.newest),
                .optional(rotation.testedAt?.epochMilliseconds), .optional(rotation.switchedAt?.epochMilliseconds),
                .optional(rotation.otherExpiresAt?.epochMilliseconds), .optional(rotation.otherKeyID),
            ])
    }

    static func delete(_ id: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM credential_rotation WHERE credential_id = $1", [.text(id)])
    }

    /// What was tested was tested with other settings.
    static func forgetTest(_ id: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE credential_rotation SET stage = 'added', tested_at = NULL WHERE credential_id = $1 AND stage = 'tested'
            """, [.text(id)])
    }

    /// Refuses a new secret while two are there: which of them it should replace, nobody said.
    static func refuseOpen(_ credential: Credential, in reader: any SQLReader) throws {
        guard try find(credential, in: reader).machine.stage != .idle else { return }
        throw HubError(
            .conflict, "rotation_open",
            "The secret of credential \(credential.name) is being rotated. Retire the old one, or drop the successor, "
                + "before you set another. Look: linchpin credential get \(credential.name)")
    }

    /// When the secret in use is too old; nil where nothing says how old it may become.
    static func due(_ credential: Credential, in reader: any SQLReader) throws -> Timestamp? {
        guard let days = credential.maxAgeDays else { return nil }
        return try reader.row(
            "SELECT created_at FROM secret WHERE id = $1 AND version = $2",
            [.text(credential.secretID), .int(credential.secretVersion)]
        ).map { Timestamp(epochMilliseconds: try $0.int("created_at")).adding(seconds: days * 86_400) }
    }
}

extension Vault {
    /// A successor beside the secret in use, and how old a secret may become.
    static let rotationMigration = Migration(
        "vault-006",
        [
            .addColumn(.int("max_age_days").optional, to: "credential"),
            .createTable(
                TableDefinition(
                    "credential_rotation",
                    [
                        .text("credential_id"), .text("stage"), .int("other_version").optional, .int("newest_version"),
                        .int("tested_at").optional, .int("switched_at").optional, .int("other_expires_at").optional,
                    ], primaryKey: ["credential_id"])),
        ])

    /// Two keys have two ids.
    static let rotationKeyMigration = Migration(
        "vault-014", [.addColumn(.text("other_key_id").optional, to: "credential_rotation")])
}
