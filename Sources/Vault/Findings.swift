public import Core
public import Storage

// What a doctor asks of the vault.
extension Vault {
    /// Active credentials that end before a moment or have ended, the earliest first, at most one page.
    public static func credentials(
        endingBefore moment: Timestamp, in reader: any SQLReader
    ) throws -> [(name: String, at: Timestamp)] {
        try reader.rows(
            """
            SELECT name, expires_at FROM credential WHERE active = 1 AND expires_at < $1
            ORDER BY expires_at, name LIMIT $2
            """, [.int(moment.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), Timestamp(epochMilliseconds: try $0.int("expires_at"))) }
    }

    /// Active credentials whose secret is older than it may become, the longest overdue first, at most one page.
    public static func overdueRotations(
        at now: Timestamp, in reader: any SQLReader
    ) throws -> [(name: String, due: Timestamp, isByItself: Bool)] {
        try reader.rows(
            """
            SELECT credential.name AS name, secret.created_at + max_age_days * 86400000 AS due,
                CASE WHEN rotate_through IS NULL THEN 0 ELSE 1 END AS by_itself
            FROM credential
            JOIN secret ON secret.id = credential.secret_id AND secret.version = credential.secret_version
            WHERE active = 1 AND max_age_days IS NOT NULL AND secret.created_at + max_age_days * 86400000 <= $1
            ORDER BY secret.created_at + max_age_days * 86400000, credential.name LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), Timestamp(epochMilliseconds: try $0.int("due")), try $0.bool("by_itself")) }
    }

    /// Active credentials whose rotation by itself failed at its last try, by name, at most one page.
    public static func failedRotations(in reader: any SQLReader) throws -> [(name: String, reason: String)] {
        try reader.rows(
            """
            SELECT name, reason FROM provider_rotation JOIN credential ON credential.id = credential_id
            WHERE active = 1 AND reason IS NOT NULL ORDER BY name LIMIT $1
            """, [.int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), try $0.text("reason")) }
    }

    /// Names of the connections that may speak plain HTTP to this machine, at most one page.
    public static func plainConnections(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT name FROM connection WHERE allow_loopback_http = 1 ORDER BY name LIMIT $1",
            [.int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
    }

    /// Connections that have an active key beside an active OAuth credential, by name, at most one page.
    public static func keysBesideOAuth(in reader: any SQLReader) throws -> [(connection: String, key: String)] {
        try reader.rows(
            """
            SELECT connection.name AS name, MIN(credential.name) AS key_name
            FROM connection
            JOIN connection_credential ON connection_credential.connection_id = connection.id
            JOIN credential ON credential.id = connection_credential.credential_id
            WHERE credential.active = 1 AND credential.kind NOT IN ('oauth', 'client_certificate') AND EXISTS (
                SELECT 1 FROM connection_credential AS beside
                JOIN credential AS narrow ON narrow.id = beside.credential_id
                WHERE beside.connection_id = connection.id AND narrow.active = 1 AND narrow.kind = 'oauth')
            GROUP BY connection.name ORDER BY connection.name LIMIT $1
            """, [.int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), try $0.text("key_name")) }
    }

    /// Active credentials whose refresh token ends before a moment or has ended, the earliest first, at most one page.
    public static func refreshTokens(
        endingBefore moment: Timestamp, in reader: any SQLReader
    ) throws -> [(name: String, at: Timestamp)] {
        try reader.rows(
            """
            SELECT name, refresh_end FROM outside_grant JOIN credential ON credential.id = credential_id
            WHERE active = 1 AND has_refresh_token = 1 AND refresh_end < $1 ORDER BY refresh_end, name LIMIT $2
            """, [.int(moment.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), Timestamp(epochMilliseconds: try $0.int("refresh_end"))) }
    }

    /// Outside grants that a person must see to: the credential's name and why; at most one page.
    public static func troubledGrants(in reader: any SQLReader) throws -> [(name: String, reason: String)] {
        try reader.rows(
            """
            SELECT name, state, refusal FROM outside_grant JOIN credential ON credential.id = credential_id
            WHERE active = 1 AND (state IN ('in_doubt', 'dead') OR refusal IS NOT NULL) ORDER BY name LIMIT $1
            """, [.int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), try $0.optionalText("refusal") ?? $0.text("state")) }
    }
}
