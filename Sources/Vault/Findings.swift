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
    ) throws -> [(name: String, due: Timestamp)] {
        try reader.rows(
            """
            SELECT credential.name AS name, secret.created_at + max_age_days * 86400000 AS due FROM credential
            JOIN secret ON secret.id = credential.secret_id AND secret.version = credential.secret_version
            WHERE active = 1 AND max_age_days IS NOT NULL AND secret.created_at + max_age_days * 86400000 <= $1
            ORDER BY secret.created_at + max_age_days * 86400000, credential.name LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map { (try $0.text("name"), Timestamp(epochMilliseconds: try $0.int("due"))) }
    }

    /// Names of the connections that may speak plain HTTP to this machine, at most one page.
    public static func plainConnections(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT name FROM connection WHERE allow_loopback_http = 1 ORDER BY name LIMIT $1",
            [.int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
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
