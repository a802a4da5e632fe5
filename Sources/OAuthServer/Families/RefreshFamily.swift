import AuditTrail
import Core
import Storage

/// A row of `refresh_family`: what somebody allowed a client once, and how often that was renewed.
struct RefreshFamily: Sendable, Equatable {
    let id: String
    let client: ClientID
    let user: UserID
    let scopes: [String]
    /// The client's at the time; all its tokens are revoked by a later one.
    let epoch: Int64
    /// The number of the newest refresh token; 0 where there is none.
    let generation: Int64
    let renewedAt: Timestamp
    let endsAt: Timestamp
    let endedAt: Timestamp?
    /// The thumbprint of the key without which nothing is renewed (RFC 9449 §5); nil where there is none.
    let boundTo: String?
    var carried = Carried()
    /// The grant type that began it; empty where that is not known any more.
    var grantType = ""

    /// The refresh token that it begins with; nil where there is none.
    var first: RefreshToken? { generation > 0 ? RefreshToken(family: id, generation: generation) : nil }

    /// What has become of it.
    enum State: String, Sendable {
        case active
        /// By itself, or at its time.
        case ended
        /// With all tokens of its client.
        case revoked
        /// It was not renewed for too long.
        case idle
    }

    /// - Parameters:
    ///   - current: the client's epoch now; all its tokens of an earlier one are revoked.
    ///   - idleSeconds: how long the client may wait between two renewals.
    func state(epoch current: Int64, idleSeconds: Int64, at now: Timestamp) -> State {
        if endedAt != nil || now >= endsAt { return .ended }
        if epoch != current { return .revoked }
        return generation > 0 && now >= renewedAt.adding(seconds: idleSeconds) ? .idle : .active
    }

    /// What presenting a refresh token means.
    enum Meaning: Sendable, Equatable {
        /// It is the newest one: the next takes its place.
        case renew
        /// It is the one before, and the answer with the newest may have been lost: the same answer again.
        case again
        /// It was replaced, and whoever has the newest one has used it, or long enough had it: one of the two stole it.
        case stolen
        case ended
    }

    /// RFC 9700 §4.14.2: rotation with reuse detection; pure.
    ///
    /// The one before counts until the newest is used, which is when a further one takes its place; of a public client
    /// for `Limits.refreshRetrySeconds`, since nothing but the token proves who sends it.
    func meaning(of token: RefreshToken, for client: Client, at now: Timestamp) -> Meaning {
        let state = state(epoch: client.epoch, idleSeconds: client.settings.idleSeconds, at: now)
        guard state == .active else { return .ended }
        if token.generation == generation { return .renew }
        guard token.generation == generation - 1 else { return .stolen }
        let retry = renewedAt.adding(seconds: Int64(Limits.refreshRetrySeconds.value))
        return client.settings.isPublic && now > retry ? .stolen : .again
    }
}

extension RefreshFamily {
    init(_ row: SQLRow) throws {
        self.init(
            id: try row.text("id"), client: ClientID(try row.text("client_ref")),
            user: UserID(try row.text("user_id")),
            scopes: try row.text("scopes").split(separator: " ").map(String.init),
            epoch: try row.int("epoch"), generation: try row.int("generation"),
            renewedAt: Timestamp(epochMilliseconds: try row.int("renewed_at")),
            endsAt: Timestamp(epochMilliseconds: try row.int("ends_at")),
            endedAt: try row.optionalMoment("ended_at"), boundTo: try row.optionalText("jkt"),
            carried: try Carried(stored: row.text("carried")), grantType: try row.text("grant_type"))
    }
}

/// The table `refresh_family`.
enum FamilyStore {
    static func find(_ id: String, in reader: any SQLReader) throws -> RefreshFamily? {
        try reader.row(
            """
            SELECT id, client_ref, user_id, scopes, epoch, generation, renewed_at, ends_at, ended_at, jkt,
                carried, grant_type
            FROM refresh_family WHERE id = $1
            """, [.text(id)]
        ).map(RefreshFamily.init)
    }

    static func begin(_ family: RefreshFamily, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO refresh_family (id, client_ref, user_id, scopes, epoch, generation, issued_at, renewed_at,
                ends_at, jkt, carried, grant_type)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11)
            """,
            [
                .text(family.id), .text(family.client.rawValue), .text(family.user.rawValue),
                .text(family.scopes.joined(separator: " ")), .int(family.epoch), .int(family.generation),
                .int(family.renewedAt.epochMilliseconds), .int(family.endsAt.epochMilliseconds),
                .optional(family.boundTo), .text(family.carried.stored), .text(family.grantType),
            ])
        try ClientSessions.note(family.carried, family.client, family.user, at: family.renewedAt, in: writer)
    }

    /// Makes the next token the newest; false when another request did, or the family ended.
    static func renew(_ token: RefreshToken, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            UPDATE refresh_family SET generation = generation + 1, renewed_at = $3
            WHERE id = $1 AND generation = $2 AND ended_at IS NULL
            """, [.text(token.family), .int(token.generation), .int(now.epochMilliseconds)]) == 1
    }

    /// Ends a family with all its tokens, by one row however many there are; false when it has ended before.
    static func end(_ id: String, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        let count = try writer.run(
            "UPDATE refresh_family SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
            [.text(id), .int(now.epochMilliseconds)])
        guard count == 1 else { return false }
        try writer.announce(subject(id), at: now)
        return true
    }

    /// Ends all that a person allowed a client, codes on their way too.
    static func endAll(of client: ClientID, by user: UserID, at now: Timestamp, in writer: any SQLWriter) throws {
        let ended = try writer.returning(
            """
            UPDATE refresh_family SET ended_at = $3 WHERE client_ref = $1 AND user_id = $2 AND ended_at IS NULL
            RETURNING id
            """, [.text(client.rawValue), .text(user.rawValue), .int(now.epochMilliseconds)])
        for row in ended { try writer.announce(subject(try row.text("id")), at: now) }
        try writer.run(
            "DELETE FROM authorization_code WHERE client_ref = $1 AND user_id = $2 AND family IS NULL",
            [.text(client.rawValue), .text(user.rawValue)])
        try DeviceStore.forget(client, of: user, in: writer)
    }

    /// Ends all that a person allowed in sign-ins before a moment, codes and devices on their way too; false where there was
    /// nothing. Whoever calls it records an event about the person.
    static func endAll(
        by user: UserID, before moment: Timestamp, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        let values: [SQLValue] = [.text(user.rawValue), .int(moment.epochMilliseconds)]
        let codes = try writer.run(
            "DELETE FROM authorization_code WHERE user_id = $1 AND family IS NULL AND signed_in_at < $2", values)
        let families = try writer.run(
            """
            UPDATE refresh_family SET ended_at = $3 WHERE user_id = $1 AND ended_at IS NULL AND (issued_at < $2
                OR id IN (SELECT family FROM authorization_code WHERE user_id = $1 AND signed_in_at < $2))
            """, values + [.int(now.epochMilliseconds)])
        // By when the device began: what was allowed to it since is asked for anew.
        let devices = try writer.run(
            "DELETE FROM device_authorization WHERE user_id = $1 AND family IS NULL AND expires_at < $2",
            [
                .text(user.rawValue),
                .int(moment.adding(seconds: Int64(Limits.deviceSeconds.value)).epochMilliseconds),
            ])
        return codes + devices + families > 0
    }

    /// Ends those of a user that a grant type began; false where there was none. Whoever calls it records an event about the
    /// person.
    static func endAll(
        by user: UserID, begunBy type: GrantType, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            "UPDATE refresh_family SET ended_at = $3 WHERE user_id = $1 AND ended_at IS NULL AND grant_type = $2",
            [.text(user.rawValue), .text(type.name), .int(now.epochMilliseconds)]) > 0
    }

    /// What a token of the family rests on.
    static func subject(_ id: String) -> EpochSubject { .row("family", id: id) }

    static func event(_ reason: String, _ client: Client, _ user: String, by cause: Cause) -> AuditEvent {
        AuditEvent(.tokenRevoked, on: client.target, by: cause, [.user: user, .reason: reason])
    }
}
