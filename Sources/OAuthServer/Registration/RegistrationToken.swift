import Core
import Keys
import Storage

/// An initial access token (RFC 7591 §1.2): lets so many clients register until a moment, within these bounds.
struct RegistrationToken: Sendable {
    let id: String
    let name: String
    let hash: [UInt8]
    let application: String
    /// The application user of every client that it registers.
    let user: UserID
    /// What such a client may hold.
    let scopes: [String]
    let grants: Set<String>
    let usesLeft: Int64
    let madeAt: Timestamp
    let until: Timestamp

    func counts(at now: Timestamp) -> Bool { usesLeft > 0 && now < until }

    /// As administrators see it, and as the history keeps it; never the token.
    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "application": .string(application),
            "user": .string(user.rawValue), "scopes": .texts(scopes), "grants": .texts(grants.sorted()),
            "uses_left": .int(usesLeft), "made_at": .string(madeAt.rfc3339), "until": .string(until.rfc3339),
        ]
    }

    var configRow: ConfigRow { ConfigRow("registration-token", id: id, name: name, application: application) }
}

/// The table `registration_token`.
enum RegistrationTokenStore {
    /// False when its name is taken.
    static func insert(_ token: RegistrationToken, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO registration_token (id, name, hash, application, user_id, scopes, grants, uses_left, made_at, until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """,
            [
                .text(token.id), .text(token.name), .blob(token.hash), .text(token.application),
                .text(token.user.rawValue), .text(token.scopes.joined(separator: " ")),
                .text(token.grants.sorted().joined(separator: " ")), .int(token.usesLeft),
                .int(token.madeAt.epochMilliseconds), .int(token.until.epochMilliseconds),
            ]) == 1
    }

    static func find(_ hash: [UInt8], in reader: any SQLReader) throws -> RegistrationToken? {
        try reader.row(
            """
            SELECT id, name, hash, application, user_id, scopes, grants, uses_left, made_at, until
            FROM registration_token WHERE hash = $1
            """, [.blob(hash)]
        ).map(read)
    }

    static func get(_ idOrName: String, in reader: any SQLReader) throws -> RegistrationToken {
        let row = try reader.row(
            """
            SELECT id, name, hash, application, user_id, scopes, grants, uses_left, made_at, until
            FROM registration_token WHERE id = $1 OR name = $1 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1
            """, [.text(idOrName)])
        guard let row else {
            throw HubError(
                .notFound, "unknown_registration_token",
                "There is no registration token \"\(Shown.name(idOrName))\". See: linchpin registration-token list")
        }
        return try read(row)
    }

    static func page(after name: String, in reader: any SQLReader) throws -> [RegistrationToken] {
        try reader.rows(
            """
            SELECT id, name, hash, application, user_id, scopes, grants, uses_left, made_at, until
            FROM registration_token WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map(read)
    }

    /// Takes one use; false when there is none left or its time is over. Of any number at once only so many get true.
    static func use(_ id: String, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE registration_token SET uses_left = uses_left - 1 WHERE id = $1 AND uses_left > 0 AND until > $2",
            [.text(id), .int(now.epochMilliseconds)]) == 1
    }

    static func delete(_ id: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM registration_token WHERE id = $1", [.text(id)])
    }

    /// Deletes those that ended, at most so many; returns how many.
    static func sweep(endedBy end: Timestamp, most: Int, in writer: any SQLWriter) throws -> Int {
        try writer.run(
            """
            DELETE FROM registration_token WHERE id IN (
                SELECT id FROM registration_token WHERE until <= $1 ORDER BY until LIMIT $2)
            """, [.int(end.epochMilliseconds), .int(Int64(most))])
    }

    private static func read(_ row: SQLRow) throws -> RegistrationToken {
        RegistrationToken(
            id: try row.text("id"), name: try row.text("name"), hash: try row.blob("hash"),
            application: try row.text("application"), user: UserID(try row.text("user_id")),
            scopes: try row.text("scopes").split(separator: " ").map(String.init),
            grants: Set(try row.text("grants").split(separator: " ").map(String.init)),
            usesLeft: try row.int("uses_left"), madeAt: Timestamp(epochMilliseconds: try row.int("made_at")),
            until: Timestamp(epochMilliseconds: try row.int("until")))
    }
}
