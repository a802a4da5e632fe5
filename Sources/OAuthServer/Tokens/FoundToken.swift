public import Core
public import Storage

/// An issued token and its client as they are now. Whether it counts is for `Access` to decide.
public struct FoundToken: Sendable, Equatable {
    /// The client's stable id.
    public let client: ClientID
    /// The public identifier that the application sends.
    public let clientPublicID: String
    /// The client's name.
    public let clientName: String
    /// Whether the client is on.
    public let clientIsActive: Bool
    /// The scopes the client holds now.
    public let clientScopes: Set<String>
    /// The one the token was issued for: the application user, whom the client named, or who allowed it.
    public let user: UserID
    /// What a person allowed, if it came of that; nil where nobody was asked.
    public let family: String?
    /// Whether the client named the user by an assertion, or by another client's own token.
    public let isAsserted: Bool
    /// The scopes the token was issued with, less what the one it came of has lost.
    public let tokenScopes: Set<String>
    /// When it was issued.
    public let issuedAt: Timestamp
    /// When it ends.
    public let expiresAt: Timestamp
    /// Whether it was revoked: by itself, with all of its client or of its family, because the client has another user, or
    /// may not act for users any more, or with the token that it came of.
    public let isRevoked: Bool
    /// The thumbprint of the key that it is bound to (RFC 9449 §6); nil for a bearer token.
    public let boundTo: String?
    /// What it carries beside user and scopes.
    public let carried: Carried
    /// What all of this rests on, but for the user's own facts.
    public let restsOn: [EpochSubject]
    let place: TokenPlace
    /// How many exchanges it came of (RFC 8693 §2).
    let exchanges: Int

    /// Whether it stands for the client itself and for no user who was asked or named.
    var isOfClient: Bool { family == nil && !isAsserted }
    /// `sub`. RFC 9068 §2.2 (SHOULD): without a resource owner it names the client.
    var subject: String { isOfClient ? clientPublicID : user.rawValue }
    /// What it may use now.
    var scopes: Set<String> { tokenScopes.intersection(clientScopes) }
    /// Whether nobody has ended it; it may be over all the same.
    var stands: Bool { clientIsActive && !isRevoked }
}

/// A client without a token: what `explain` asks about.
public struct ClientFacts: Sendable, Equatable {
    /// The client's stable id.
    public let id: ClientID
    /// The public identifier that the application sends.
    public let clientID: String
    /// The name.
    public let name: String
    /// Whether it is on.
    public let isActive: Bool
    /// The application user.
    public let user: UserID
    /// The scopes it holds.
    public let scopes: Set<String>
    /// How many seconds its tokens live.
    public let tokenSeconds: Int64
    /// Whether it gets tokens of its own, without a person.
    public let actsForItself: Bool
    /// Whether it gets tokens for people.
    public let actsForPeople: Bool
    /// Whether each of its new tokens is bound to a key that it proves (RFC 9449 §5.2).
    public let bindsToKey: Bool
    /// Whether each of its new tokens is bound to its certificate (RFC 8705 §3.4).
    public let bindsToCertificate: Bool
}

extension OAuthServer {
    /// Finds a presented token on a snapshot; nil when it is none of ours or its client is gone.
    ///
    /// A text that cannot be one of ours, or that claims to be of a later time, never reaches the store.
    public static func find(presented: String, at now: Timestamp, in reader: any SQLReader) throws -> FoundToken? {
        guard let token = AccessToken(presented), token.isPossible(at: now) else { return nil }
        // RFC 9068 §4 (MUST): the signature of a JWT. Its issuer and audience are what this server wrote, because the
        // row is found by the hash of the whole text.
        if let jwt = token.jwt, try !SigningKeys.signed(jwt, at: now, in: reader) { return nil }
        return try find(token.place, in: reader)
    }

    /// The token of a row. One that came of another counts as that one does.
    static func find(_ place: TokenPlace, in reader: any SQLReader) throws -> FoundToken? {
        let row = try reader.row(
            """
            SELECT c.id AS id, c.client_id AS public_id, c.name AS name, c.active AS active, c.epoch AS client_epoch, c.user_id AS client_user,
                c.settings AS settings, t.asserted AS asserted, t.jkt AS jkt,
                t.epoch AS epoch, t.user_id AS user_id, t.scopes AS scopes, t.issued_at AS issued_at,
                t.expires_at AS expires_at, t.revoked_at AS revoked_at, t.family AS family, f.id AS known_family,
                f.ended_at AS ended_at, t.carried AS carried
            FROM token t JOIN client c ON c.id = t.client_ref LEFT JOIN refresh_family f ON f.id = t.family
            WHERE t.slot = $1 AND t.hash = $2
            """, [.int(place.slot), .blob(place.hash)])
        guard let row else { return nil }
        let client = ClientID(try row.text("id"))
        let isOfAnotherTime = try row.int("epoch") != row.int("client_epoch")
        let family = try row.optionalText("family")
        let isAsserted = try row.bool("asserted")
        let carried = try Carried(stored: row.text("carried"))
        let subject = try carried.subject.flatMap { try find($0, in: reader) }
        var scopes = Set(try row.text("scopes").split(separator: " ").map(String.init))
        if let subject { scopes.formIntersection(subject.scopes) }
        // What came of another token goes with it, what a person allowed with the family, a token for a user whom the
        // client named with the leave to name users, a client's own with its user.
        let isOrphan =
            if carried.subject != nil {
                // One of another client's takes the leave to exchange those, too.
                try subject?.stands != true
                    || subject?.client != client
                        && ClientSettings(stored: row.text("settings")).exchanges != .all
            } else if family != nil {
                try row.optionalText("known_family") == nil || row.optionalInt("ended_at") != nil
            } else if isAsserted {
                try !ClientSettings(stored: row.text("settings")).actsForUsers
            } else {
                try row.text("user_id") != row.text("client_user")
            }
        return FoundToken(
            client: client, clientPublicID: try row.text("public_id"), clientName: try row.text("name"),
            clientIsActive: try row.bool("active"),
            clientScopes: Set(try ClientStore.scopes(of: client, in: reader)), user: UserID(try row.text("user_id")),
            family: family, isAsserted: isAsserted, tokenScopes: scopes,
            issuedAt: Timestamp(epochMilliseconds: try row.int("issued_at")),
            expiresAt: Timestamp(epochMilliseconds: try row.int("expires_at")),
            isRevoked: try row.optionalInt("revoked_at") != nil || isOfAnotherTime || isOrphan,
            boundTo: try row.optionalText("jkt"), carried: carried,
            restsOn: [.token(place.hash), .row("client", id: client.rawValue)]
                + (family.map { [FamilyStore.subject($0)] } ?? []) + (subject?.restsOn ?? []),
            place: place, exchanges: subject.map { $0.exchanges + 1 } ?? 0)
    }

    /// The client of that id, public id or name; nil if there is none.
    public static func clientFacts(_ idOrName: String, in reader: any SQLReader) throws -> ClientFacts? {
        try ClientStore.find(idOrName, in: reader).map { client in
            let settings = client.settings
            var ofPeople = settings.grants.subtracting([GrantType.clientCredentials, .refreshToken].map(\.name))
            if !settings.actsForUsers { ofPeople.remove(GrantType.jwtBearer.name) }
            return ClientFacts(
                id: client.id, clientID: client.publicID, name: client.name, isActive: client.isActive,
                user: client.user, scopes: Set(client.scopes), tokenSeconds: client.tokenSeconds,
                actsForItself: !settings.grants.isDisjoint(
                    with: [GrantType.clientCredentials, .jwtBearer].map(\.name)),
                actsForPeople: !ofPeople.isEmpty, bindsToKey: settings.requiresDPoP,
                bindsToCertificate: settings.tls.bindsTokens)
        }
    }

    /// The first client, by name, that holds the auth scope of this name; nil if none does.
    public static func clientName(holding scope: String, in reader: any SQLReader) throws -> String? {
        try reader.row(
            """
            SELECT c.name AS name FROM client_scope s JOIN client c ON c.id = s.client_ref
            WHERE s.scope = $1 ORDER BY c.name LIMIT 1
            """, [.text(scope)])?.text("name")
    }

    /// Names of the active clients that may leave the proof key out, at most one page.
    public static func clientsWithoutPKCE(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT name FROM client WHERE active = 1 AND settings LIKE $1 ORDER BY name LIMIT $2",
            [.text("%\"without_pkce\":true%"), .int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
    }

    /// Names of the active clients that get tokens only by a certificate of theirs, at most one page.
    public static func clientsWithCertificates(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            """
            SELECT name FROM client WHERE active = 1
                AND (settings LIKE $1 OR settings LIKE $2 OR settings LIKE $3) ORDER BY name LIMIT $4
            """,
            [
                .text("%\"tls_client_auth_%"), .text("%\"tls_certificates\":%"),
                .text("%\"tls_client_certificate_bound_access_tokens\":true%"), .int(Int64(Limits.pageRows.value)),
            ]
        ).map { try $0.text("name") }
    }

    /// Names of the active clients that have a grant type which nobody should use, at most one page.
    public static func clientsWithLegacyGrants(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT name FROM client WHERE active = 1 AND (settings LIKE $1 OR settings LIKE $2) ORDER BY name LIMIT $3",
            [GrantType.password, .implicit].map { .text("%\"\($0.name)\"%") }
                + [.int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
    }

    /// Names of the active clients whose tokens may do whatever their user may, at most one page.
    public static func clientsWithWholeAccounts(in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            """
            SELECT c.name AS name FROM client_scope s JOIN client c ON c.id = s.client_ref
            WHERE s.scope = $1 AND c.active = 1 ORDER BY c.name LIMIT $2
            """, [.text(ScopeName.userAccount), .int(Int64(Limits.pageRows.value))]
        ).map { try $0.text("name") }
    }

    /// The first client, by name, whose application user this is; nil if none's is.
    public static func clientName(actingAs user: UserID, in reader: any SQLReader) throws -> String? {
        try reader.row(
            "SELECT name FROM client WHERE user_id = $1 ORDER BY name LIMIT 1", [.text(user.rawValue)])?.text("name")
    }

    /// Deletes tokens that ended more than `Limits.expiredTokenSeconds` ago, codes, families, pushed requests, and notes of
    /// what counts once, at most so many of each; returns the most that went of one.
    ///
    /// Call it again while it returns `most`.
    public func sweep(at now: Timestamp, most: Int) async throws -> Int {
        let end = now.adding(seconds: -Int64(Limits.expiredTokenSeconds.value))
        // A family is asked for as long as a token of it may live.
        let past = end.adding(seconds: -Int64(Limits.clientTokenSeconds.value))
        let unseen = now.adding(days: -Limits.clientDocumentDays.value)
        let cause = Cause(.hub, at: now, .new(effects))
        return try await database.write(.bookkeeping("ended tokens leave")) { writer in
            try [
                UsedOnce.sweep(at: now, most: most, in: writer),
                ClientSessions.sweep(at: now, most: most, in: writer),
                PushedStore.sweep(at: now, most: most, in: writer),
                ClientDocumentStore.sweep(before: unseen, most: most, by: cause, in: writer),
                RegistrationTokenStore.sweep(endedBy: end, most: most, in: writer),
                writer.run(
                    """
                    DELETE FROM token WHERE (slot, hash) IN (
                        SELECT slot, hash FROM token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                    """, [.int(end.epochMilliseconds), .int(Int64(most))]),
                writer.run(
                    """
                    DELETE FROM authorization_code WHERE hash IN (
                        SELECT hash FROM authorization_code WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                    """, [.int(past.epochMilliseconds), .int(Int64(most))]),
                writer.run(
                    """
                    DELETE FROM device_authorization WHERE device_hash IN (
                        SELECT device_hash FROM device_authorization WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
                    """, [.int(end.epochMilliseconds), .int(Int64(most))]),
                writer.run(
                    """
                    DELETE FROM refresh_family WHERE id IN (
                        SELECT id FROM refresh_family WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)
                    """, [.int(past.epochMilliseconds), .int(Int64(most))]),
                writer.run(
                    """
                    DELETE FROM consent_given WHERE id IN (
                        SELECT id FROM consent_given WHERE until <= $1 ORDER BY until LIMIT $2)
                    """, [.int(now.epochMilliseconds), .int(Int64(most))]),
            ].max() ?? 0
        }
    }
}
