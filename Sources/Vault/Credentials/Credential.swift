import Core
import Storage

/// A row of `credential`: everything about a credential but its secret.
struct Credential: Sendable, Equatable {
    let id: String
    var name: String
    var application: String
    let kind: String
    var isActive: Bool
    let secretID: String
    var secretVersion: Int64
    var expiresAt: Timestamp?
    /// The smaller, the earlier it is tried; nil comes last.
    var order: Int64?
    /// How many days old its secret may become; nil for any age.
    var maxAgeDays: Int64?
    /// The stable id of the connection through which the hub rotates it by itself; nil where a person does.
    var rotateThrough: String?
    /// Names of the hubs that may use it; empty for all.
    var appliesTo: [String]
    let createdAt: Timestamp
    var updatedAt: Timestamp
    /// What is set beside the secret; which members there are, its kind says.
    var settings = JSONObject()
    /// Ties the settings to the credential under the master key: whoever edits the row in the database, such as the
    /// address where tokens are got, cannot make it anew.
    var settingsBinding: [UInt8]?

    /// Whether the settings are as the hub wrote them.
    func isBound(_ envelope: Envelope) -> Bool {
        if settings.members.isEmpty { return true }
        return settingsBinding.map { ConstantTime.equal($0, binding(envelope)) } ?? false
    }

    func binding(_ envelope: Envelope) -> [UInt8] {
        envelope.bind(["credential settings", id, kind, JSON.object(settings).text(sorted: true)])
    }

    var changedOutside: HubError {
        HubError(
            .conflict, "credential_changed_outside",
            "The settings of credential \(name) were changed outside the hub, so its secret stays sealed. "
                + "Check them, then set \"settings\" again.")
    }

    /// What the secret of that version is sealed for.
    func place(version: Int64) -> SecretPlace {
        SecretPlace(owner: "credential:\(id)", id: secretID, version: version)
    }

    /// Why it may not be used now, and the next step; nil when it may.
    func refusal(at now: Timestamp) -> HubError? {
        if !isActive {
            return HubError(
                .conflict, "credential_inactive",
                "Credential \(name) is switched off. Set \"active\" to true, or give the connection another one.")
        }
        if let expiresAt, expiresAt <= now {
            return HubError(
                .conflict, "credential_expired",
                "Credential \(name) expired at \(expiresAt.rfc3339). Set a new secret and a new \"expires_at\".")
        }
        return nil
    }

    /// The row as replies and the history show it; the secret only by its version.
    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "application": .string(application), "kind": .string(kind),
            "active": .bool(isActive), "secret": .string("sealed, version \(secretVersion)"),
            "expires_at": expiresAt.map { .string($0.rfc3339) } ?? .null, "order": order.map { .int($0) } ?? .null,
            "max_age_days": maxAgeDays.map { .int($0) } ?? .null,
            "rotate_through": rotateThrough.map { .string($0) } ?? .null,
            "applies_to": .array(appliesTo.map { .string($0) }), "settings": .object(settings),
            "created_at": .string(createdAt.rfc3339), "updated_at": .string(updatedAt.rfc3339),
        ]
    }

    var row: ConfigRow { ConfigRow("credential", id: id, name: name, application: application) }
}

/// The table `credential`.
enum CredentialRows {
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Credential {
        guard
            let row = try reader.row(
                "SELECT * FROM credential WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1", [.text(idOrName)])
        else { throw Names.unknown("credential", idOrName) }
        return try Credential(row)
    }

    /// At most `Limits.pageRows`, by order, then by name, behind the one of that name.
    static func page(after name: String, in reader: any SQLReader) throws -> [Credential] {
        try reader.rows(
            """
            SELECT * FROM credential WHERE $1 = '' OR (COALESCE(sort_order, 9223372036854775807), name) >
                (SELECT COALESCE(sort_order, 9223372036854775807), name FROM credential WHERE name = $1)
            ORDER BY COALESCE(sort_order, 9223372036854775807), name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map(Credential.init)
    }

    /// False when the name is taken.
    static func insert(_ credential: Credential, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO credential (id, name, application, kind, active, secret_id, secret_version, expires_at,
                sort_order, applies_to, created_at, updated_at, settings, settings_binding, max_age_days,
                rotate_through)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(credential.id), .text(credential.name), .text(credential.application), .text(credential.kind),
                .bool(credential.isActive), .text(credential.secretID), .int(credential.secretVersion),
                .optional(credential.expiresAt?.epochMilliseconds), .optional(credential.order),
                .optional(credential.appliesToText), .int(credential.createdAt.epochMilliseconds),
                .int(credential.updatedAt.epochMilliseconds), .text(credential.settingsText),
                credential.settingsBinding.map { .blob($0) } ?? .null, .optional(credential.maxAgeDays),
                .optional(credential.rotateThrough),
            ]) == 1
    }

    /// False when the name is taken by another.
    static func update(_ credential: Credential, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            UPDATE credential SET name = $2, application = $3, active = $4, secret_version = $5, expires_at = $6,
                sort_order = $7, applies_to = $8, updated_at = $9, settings = $10, settings_binding = $11,
                max_age_days = $12, rotate_through = $13
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM credential other WHERE other.name = $2 AND other.id <> $1)
            """,
            [
                .text(credential.id), .text(credential.name), .text(credential.application),
                .bool(credential.isActive), .int(credential.secretVersion),
                .optional(credential.expiresAt?.epochMilliseconds), .optional(credential.order),
                .optional(credential.appliesToText), .int(credential.updatedAt.epochMilliseconds),
                .text(credential.settingsText), credential.settingsBinding.map { .blob($0) } ?? .null,
                .optional(credential.maxAgeDays), .optional(credential.rotateThrough),
            ]) == 1
    }
}

extension Credential {
    /// As it is kept: names of hubs hold no space.
    fileprivate var appliesToText: String? { appliesTo.isEmpty ? nil : appliesTo.joined(separator: " ") }

    fileprivate var settingsText: String {
        settings.members.isEmpty ? "" : JSON.object(settings).text(sorted: true)
    }

    init(_ row: SQLRow) throws {
        let text = try row.text("settings")
        settings = text.isEmpty ? JSONObject() : try JSON.read(text).object ?? JSONObject()
        if case .blob(let bytes) = try row.value("settings_binding") { settingsBinding = bytes }
        id = try row.text("id")
        name = try row.text("name")
        application = try row.text("application")
        kind = try row.text("kind")
        isActive = try row.bool("active")
        secretID = try row.text("secret_id")
        secretVersion = try row.int("secret_version")
        expiresAt = try row.optionalMoment("expires_at")
        order = try row.optionalInt("sort_order")
        maxAgeDays = try row.optionalInt("max_age_days")
        rotateThrough = try row.optionalText("rotate_through")
        appliesTo = try row.optionalText("applies_to")?.split(separator: " ").map(String.init) ?? []
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }
}
