import AuditTrail
import Core
public import Storage

/// A person's yes to a client, as it is remembered: not asked again for these scopes until it ends or is withdrawn.
struct GivenConsent: Sendable, Equatable {
    let id: String
    let client: ClientID
    let clientName: String
    let user: UserID
    /// At this hub, whatever the details.
    let scopes: [String]
    let further: [FurtherConsent]
    let at: Timestamp
    let until: Timestamp

    /// As it is listed; the person's name is the directory's.
    func json(userName: String?) -> JSON {
        [
            "id": .string(id), "user": .string(userName ?? user.rawValue), "client": .string(clientName),
            "scopes": .texts(scopes), "further": .array(further.map(\.json)), "given_at": .string(at.rfc3339),
            "until": .string(until.rfc3339),
        ]
    }
}

/// The statements about given consents.
enum ConsentStore {
    /// What the person has allowed the client and still counts.
    private static func allowed(
        by user: UserID, for client: ClientID, at now: Timestamp, in reader: any SQLReader
    ) throws -> (scopes: [String], further: [FurtherConsent]) {
        let row = try reader.row(
            "SELECT scopes, further FROM consent_given WHERE user_id = $1 AND client_ref = $2 AND until > $3",
            [.text(user.rawValue), .text(client.rawValue), .int(now.epochMilliseconds)])
        return try row.map { (try names($0), try FurtherConsent.read($0.text("further"))) } ?? ([], [])
    }

    /// Whether the person has allowed the client all of it before.
    static func covers(
        _ scopes: [String], _ carried: Carried, of user: UserID, for client: ClientID, at now: Timestamp,
        in reader: any SQLReader
    ) throws -> Bool {
        let (atHub, further) = try allowed(by: user, for: client, at: now, in: reader)
        // Details take away from what the scopes allow here; another resource server may allow anything by them.
        if carried.resources.isEmpty, scopes.allSatisfy(atHub.contains) { return true }
        return further.contains { $0.isAbout(carried) && scopes.allSatisfy($0.scopes.contains) }
    }

    /// Keeps a yes beside what the person allowed this client before.
    ///
    /// One that is bound by details or is for others counts for the same details and others alone.
    static func give(
        _ scopes: [String], _ carried: Carried = Carried(), to client: Client, id: String, by user: UserID,
        at now: Timestamp, in writer: any SQLWriter
    ) throws {
        var (atHub, further) = try allowed(by: user, for: client.id, at: now, in: writer)
        if carried.resources.isEmpty, carried.details.isEmpty {
            atHub = Set(atHub).union(scopes).sorted()
        } else {
            further = FurtherConsent.adding(scopes, carried, to: further)
        }
        try writer.run(
            """
            INSERT INTO consent_given (id, client_ref, user_id, scopes, given_at, until, further)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (user_id, client_ref) DO UPDATE
            SET scopes = excluded.scopes, given_at = excluded.given_at, until = excluded.until,
                further = excluded.further
            """,
            [
                .text(id), .text(client.id.rawValue), .text(user.rawValue), .text(atHub.joined(separator: " ")),
                .int(now.epochMilliseconds), .int(now.adding(days: Limits.consentDays.value).epochMilliseconds),
                .text(FurtherConsent.stored(further)),
            ])
    }

    private static func names(_ row: SQLRow) throws -> [String] {
        try row.text("scopes").split(separator: " ").map(String.init)
    }

    /// Those that count, behind that id; of one person or client where they are named.
    static func page(
        after id: String, user: UserID?, client: ClientID?, at now: Timestamp, in reader: any SQLReader
    ) throws -> [GivenConsent] {
        try reader.rows(
            """
            SELECT g.id AS id, g.client_ref AS client_ref, c.name AS client_name, g.user_id AS user_id,
                g.scopes AS scopes, g.given_at AS given_at, g.until AS until, g.further AS further
            FROM consent_given g JOIN client c ON c.id = g.client_ref
            WHERE g.id > $1 AND g.until > $2 AND (CAST($3 AS TEXT) IS NULL OR g.user_id = $3)
                AND (CAST($4 AS TEXT) IS NULL OR g.client_ref = $4)
            ORDER BY g.id LIMIT $5
            """,
            [
                .text(id), .int(now.epochMilliseconds), .optional(user?.rawValue), .optional(client?.rawValue),
                .int(Int64(Limits.pageRows.value)),
            ]
        ).map { row in
            GivenConsent(
                id: try row.text("id"), client: ClientID(try row.text("client_ref")),
                clientName: try row.text("client_name"), user: UserID(try row.text("user_id")),
                scopes: try names(row), further: try FurtherConsent.read(row.text("further")),
                at: Timestamp(epochMilliseconds: try row.int("given_at")),
                until: Timestamp(epochMilliseconds: try row.int("until")))
        }
    }

    /// Who gave it, by stable id; nil when it is not there.
    static func user(of id: String, in reader: any SQLReader) throws -> String? {
        try reader.row("SELECT user_id FROM consent_given WHERE id = $1", [.text(id)])?.text("user_id")
    }

    /// Ends one, of anybody or of that person alone; nil when there is none. Of two at the same moment one gets it.
    static func withdraw(
        _ id: String, of user: UserID?, in writer: any SQLWriter
    ) throws -> (client: ClientID, user: UserID, scopes: String)? {
        let ended = try writer.returning(
            """
            DELETE FROM consent_given WHERE id = $1 AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)
            RETURNING client_ref, user_id, scopes, further
            """, [.text(id), .optional(user?.rawValue)])
        return try ended.first.map { row in
            let scopes = try FurtherConsent.read(row.text("further")).reduce(Set(try names(row))) {
                $0.union($1.scopes)
            }
            return (
                ClientID(try row.text("client_ref")), UserID(try row.text("user_id")),
                scopes.sorted().joined(separator: " ")
            )
        }
    }

    /// All of a client that is deleted.
    static func forget(_ client: ClientID, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM consent_given WHERE client_ref = $1", [.text(client.rawValue)])
    }
}

extension OAuthServer {
    /// Forgets every consent: what was withdrawn since a copy of the store was made must not come back with it.
    ///
    /// - Returns: how many there were.
    public static func forgetEveryConsent(in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM consent_given", [])
    }
}
