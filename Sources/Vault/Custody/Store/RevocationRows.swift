import AuditTrail
import Core
import Storage

/// A row of `outside_revocation`: a deleted credential's tokens, which are still to be given back to their provider.
struct PendingRevocation: Sendable {
    /// The credential as it was, as far as its secret and settings go.
    let credential: Credential
    let grantSecretID: String
    let generation: Int64
    let tries: Int64

    /// What the token set is sealed for.
    var place: SecretPlace {
        SecretPlace(owner: "grant:\(credential.id)", id: grantSecretID, version: generation)
    }
}

enum RevocationRows {
    /// `guarded`: whether a connection that goes by more than the plain way used the tokens and does no more.
    static let migration = Migration("vault-013", [.addColumn(.int("guarded").standard(0), to: "outside_grant")])

    /// Notes that a connection goes another way from now on, or with other credentials; `after` is nil for one that is
    /// deleted. When it went by more than the plain way, nothing knows that way afterwards, so the tokens that went by it
    /// are never given back plainly.
    static func leave(_ before: Connection, for after: Connection?, in writer: any SQLWriter) throws {
        let certificates = try before.credentialIDs.filter { try CredentialRows.find($0, in: writer).isCertificate }
        guard before.passage != .plain || !certificates.isEmpty else { return }
        var kept: Set<String> = []
        if let after, after.url == before.url, after.passage == before.passage {
            kept = Set(after.credentialIDs)
            if !kept.isSuperset(of: certificates) { kept = [] }
        }
        for id in before.credentialIDs where !kept.contains(id) {
            try writer.run("UPDATE outside_grant SET guarded = 1 WHERE credential_id = $1", [.text(id)])
        }
    }

    static func isGuarded(_ credentialID: String, in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT guarded FROM outside_grant WHERE credential_id = $1", [.text(credentialID)])?
            .bool("guarded") ?? false
    }

    /// Takes a credential's grant away and leaves its tokens to be given back; false when it has none, or when the way by
    /// which they went is gone: then an audit event says that the provider keeps them.
    static func begin(_ credential: Credential, by cause: Cause, in writer: any SQLWriter) throws -> Bool {
        guard let grant = try GrantRows.find(credential.id, in: writer) else { return false }
        let isGuarded = try isGuarded(credential.id, in: writer)
        try GrantRows.delete(credential.id, in: writer)
        guard grant.state.generation > 0, grant.state.word != .none else {
            try SecretRows.delete(grant.secretID, in: writer)
            return false
        }
        guard !isGuarded else {
            try SecretRows.delete(grant.secretID, in: writer)
            try writer.record(
                AuditEvent(
                    .grantNotRevoked, on: .init("credential", id: credential.id, name: credential.name), by: cause))
            return false
        }
        try writer.run(
            """
            INSERT INTO outside_revocation (credential_id, name, settings, settings_binding, kind, secret_id,
                secret_version, grant_secret_id, generation, tries, next_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)
            """,
            [
                .text(credential.id), .text(credential.name),
                .text(JSON.object(credential.settings).text(sorted: true)),
                credential.settingsBinding.map { .blob($0) } ?? .null, .text(credential.kind),
                .text(credential.secretID), .int(credential.secretVersion), .text(grant.secretID),
                .int(grant.state.generation), .int(cause.now.epochMilliseconds),
            ])
        return true
    }

    /// Those whose turn it is, the earliest first.
    static func due(at now: Timestamp, most: Int, in reader: any SQLReader) throws -> [PendingRevocation] {
        try reader.rows(
            """
            SELECT credential_id, name, settings, settings_binding, kind, secret_id, secret_version, grant_secret_id,
                generation, tries
            FROM outside_revocation WHERE next_at <= $1 ORDER BY next_at, credential_id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(most))]
        ).map { row in
            var credential = Credential(
                id: try row.text("credential_id"), name: try row.text("name"), application: "",
                kind: try row.text("kind"),
                isActive: false, secretID: try row.text("secret_id"), secretVersion: try row.int("secret_version"),
                expiresAt: nil, order: nil, appliesTo: [], createdAt: now, updatedAt: now,
                settings: try JSON.read(try row.text("settings")).object ?? JSONObject())
            if case .blob(let bytes) = try row.value("settings_binding") { credential.settingsBinding = bytes }
            return PendingRevocation(
                credential: credential, grantSecretID: try row.text("grant_secret_id"),
                generation: try row.int("generation"), tries: try row.int("tries"))
        }
    }

    /// Where connections lead that go by more than the plain way; nil if there are too many to tell.
    static func ways(in reader: any SQLReader) throws -> [String]? {
        let most = Limits.pageRows.value
        let urls = try reader.rows(
            """
            SELECT url FROM connection
            WHERE passage <> '' OR id IN (
                SELECT connection_id FROM connection_credential
                    JOIN credential ON credential.id = connection_credential.credential_id
                WHERE credential.kind = $1)
            ORDER BY name LIMIT $2
            """, [.text(SecretKind.clientCertificate.word), .int(Int64(most))]
        ).map { try $0.text("url") }
        return urls.count < most ? urls : nil
    }

    /// Claims one turn of it, so that of several hubs one asks; false for the others.
    static func claim(_ pending: PendingRevocation, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        let pause = Int64(60) << min(pending.tries, 8)
        return try writer.run(
            "UPDATE outside_revocation SET tries = tries + 1, next_at = $3 WHERE credential_id = $1 AND tries = $2",
            [
                .text(pending.credential.id), .int(pending.tries),
                .int(now.adding(seconds: pause).epochMilliseconds),
            ]) == 1
    }

    /// Forgets it, with all its secrets.
    static func end(_ pending: PendingRevocation, in writer: any SQLWriter) throws {
        try writer.run(
            "DELETE FROM outside_revocation WHERE credential_id = $1", [.text(pending.credential.id)])
        try SecretRows.delete(pending.credential.secretID, in: writer)
        try SecretRows.delete(pending.grantSecretID, in: writer)
    }
}
