import Core
import Ports
import Storage

/// The statements about clients, their secrets and their scopes.
enum ClientStore {
    /// The client of that id, public id or name; an id comes before a name.
    static func find(_ reference: String, in reader: any SQLReader) throws -> Client? {
        let rows = try reader.rows(
            """
            SELECT id, client_id, name, application, active, user_id, token_seconds, epoch, created_at, updated_at,
                settings
            FROM client WHERE id = $1 OR client_id = $1 OR name = $1
            ORDER BY CASE WHEN id = $1 THEN 0 WHEN client_id = $1 THEN 1 ELSE 2 END LIMIT 1
            """, [.text(reference)])
        return try rows.first.map { try client($0, in: reader) }
    }

    /// The same, or an error that says how to find it.
    static func get(_ reference: String, in reader: any SQLReader) throws -> Client {
        guard let client = try find(reference, in: reader) else {
            throw HubError(
                .notFound, "unknown_client",
                "There is no client \"\(Shown.name(reference))\". See: linchpin client list")
        }
        return client
    }

    /// The client that presents this public id; nil if there is none.
    static func presented(_ publicID: String, in reader: any SQLReader) throws -> Client? {
        try reader.row(
            """
            SELECT id, client_id, name, application, active, user_id, token_seconds, epoch, created_at, updated_at,
                settings
            FROM client WHERE client_id = $1
            """, [.text(publicID)]
        ).map { try client($0, in: reader) }
    }

    /// The epoch of an active client that nobody has changed since it was read, and whose secret, if it used one, still
    /// counts; nil where either is not so.
    static func epoch(
        of client: Client, using secret: ClientSecret?, at now: Timestamp, in reader: any SQLReader
    ) throws -> Int64? {
        try reader.row(
            """
            SELECT epoch FROM client WHERE id = $1 AND active = 1 AND updated_at = $2
                AND (CAST($3 AS TEXT) IS NULL OR EXISTS (
                    SELECT 1 FROM client_secret s WHERE s.id = $3 AND s.client_ref = $1
                        AND (s.until IS NULL OR s.until > $4)))
            """,
            [
                .text(client.id.rawValue), .int(client.updatedAt.epochMilliseconds), .optional(secret?.id),
                .int(now.epochMilliseconds),
            ])?.int("epoch")
    }

    /// The clients in the order of their names, behind that one.
    static func page(after name: String, in reader: any SQLReader) throws -> [Client] {
        try reader.rows(
            """
            SELECT id, client_id, name, application, active, user_id, token_seconds, epoch, created_at, updated_at,
                settings
            FROM client WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map { try client($0, in: reader) }
    }

    /// The scopes a client holds, in byte order.
    static func scopes(of client: ClientID, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT scope FROM client_scope WHERE client_ref = $1 ORDER BY scope LIMIT $2",
            [.text(client.rawValue), .int(Int64(Limits.clientScopes.value))]
        ).map { try $0.text("scope") }
    }

    /// Puts the scopes in the place of those that were there.
    static func put(_ scopes: [String], of client: ClientID, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM client_scope WHERE client_ref = $1", [.text(client.rawValue)])
        for scope in scopes {
            try writer.run(
                "INSERT INTO client_scope (client_ref, scope) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [.text(client.rawValue), .text(scope)])
        }
    }

    private static func client(_ row: SQLRow, in reader: any SQLReader) throws -> Client {
        let id = ClientID(try row.text("id"))
        return Client(
            id: id, publicID: try row.text("client_id"), name: try row.text("name"),
            application: try row.text("application"), isActive: try row.bool("active"),
            user: UserID(try row.text("user_id")), tokenSeconds: try row.int("token_seconds"),
            epoch: try row.int("epoch"), createdAt: Timestamp(epochMilliseconds: try row.int("created_at")),
            updatedAt: Timestamp(epochMilliseconds: try row.int("updated_at")),
            scopes: try scopes(of: id, in: reader), secrets: try secrets(of: id, in: reader),
            settings: try ClientSettings(stored: try row.text("settings")))
    }

    private static func secrets(of client: ClientID, in reader: any SQLReader) throws -> [ClientSecret] {
        try reader.rows(
            """
            SELECT id, hash, created_at, until, last_used_at FROM client_secret
            WHERE client_ref = $1 ORDER BY created_at, id LIMIT $2
            """, [.text(client.rawValue), .int(Int64(Limits.clientSecrets.value))]
        ).map { row in
            ClientSecret(
                id: try row.text("id"), hash: try row.blob("hash"),
                createdAt: Timestamp(epochMilliseconds: try row.int("created_at")),
                until: try row.optionalMoment("until"), lastUsedAt: try row.optionalMoment("last_used_at"))
        }
    }
}
