import Core
import Storage

/// What an update changes; nil leaves it as it is.
struct ClientChange: Sendable {
    var name: String?
    var user: UserID?
    var scopes: [String]?
    var tokenSeconds: Int64?
    var isActive: Bool?
    /// From what is there now.
    var settings: @Sendable (ClientSettings) throws -> ClientSettings = { $0 }
}

extension ClientStore {
    /// Stores a new client; false when its name is taken.
    static func insert(_ client: Client, in writer: any SQLWriter) throws -> Bool {
        let inserted = try writer.run(
            """
            INSERT INTO client (id, client_id, name, application, active, user_id, token_seconds, epoch, created_at,
                updated_at, settings)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8, $9) ON CONFLICT DO NOTHING
            """,
            [
                .text(client.id.rawValue), .text(client.publicID), .text(client.name), .text(client.application),
                .bool(client.isActive), .text(client.user.rawValue), .int(client.tokenSeconds),
                .int(client.createdAt.epochMilliseconds), .text(client.settings.stored),
            ])
        guard inserted == 1 else { return false }
        try put(client.scopes, of: client.id, in: writer)
        return true
    }

    /// Deletes a client with everything of it, and keeps its history.
    static func delete(_ client: Client, by cause: Cause, in writer: any SQLWriter) throws {
        let id = SQLValue.text(client.id.rawValue)
        try writer.run("DELETE FROM client_secret WHERE client_ref = $1", [id])
        try writer.run("DELETE FROM client_scope WHERE client_ref = $1", [id])
        try ClientRegistrationStore.forget(client.id, in: writer)
        try writer.run("DELETE FROM client_document WHERE client_ref = $1", [id])
        try writer.run("DELETE FROM authorization_code WHERE client_ref = $1", [id])
        try writer.run("DELETE FROM refresh_family WHERE client_ref = $1", [id])
        try writer.run("DELETE FROM pushed_request WHERE client_ref = $1", [id])
        try DeviceStore.forget(client.id, in: writer)
        try ConsentStore.forget(client.id, in: writer)
        // Its tokens find no client any more; their rows leave when they end.
        try writer.run("DELETE FROM client WHERE id = $1", [id])
        try writer.changed(client.configRow, before: client.history, after: nil, by: cause)
    }

    /// Changes a client, as this transaction read it, and keeps its history; returns it as it is now.
    static func apply(
        _ change: ClientChange, to before: Client, by cause: Cause, in writer: any SQLWriter
    ) throws -> Client {
        var after = before
        after.name = change.name ?? before.name
        after.user = change.user ?? before.user
        after.tokenSeconds = change.tokenSeconds ?? before.tokenSeconds
        after.isActive = change.isActive ?? before.isActive
        after.settings = try change.settings(before.settings)
        // Later than before, whatever the clock says: `epoch(of:using:at:in:)` tells by it that nothing has changed.
        after.updatedAt = max(cause.now, Timestamp(epochMilliseconds: before.updatedAt.epochMilliseconds + 1))
        let changed = try writer.run(
            """
            UPDATE client SET name = $2, user_id = $3, token_seconds = $4, active = $5, updated_at = $6,
                settings = $7
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM client o WHERE o.name = $2 AND o.id <> $1)
            """,
            [
                .text(before.id.rawValue), .text(after.name), .text(after.user.rawValue), .int(after.tokenSeconds),
                .bool(after.isActive), .int(after.updatedAt.epochMilliseconds), .text(after.settings.stored),
            ])
        guard changed == 1 else { throw OAuthServer.nameTaken(after.name) }
        if let scopes = change.scopes {
            after.scopes = scopes
            try put(scopes, of: before.id, in: writer)
        }
        // People allowed it for where answers went then: a new address is asked for anew.
        if !Set(after.settings.redirectURIs).isSubset(of: before.settings.redirectURIs) {
            try ConsentStore.forget(before.id, in: writer)
        }
        try writer.changed(after.configRow, before: before.history, after: after.history, by: cause)
        return after
    }
}
