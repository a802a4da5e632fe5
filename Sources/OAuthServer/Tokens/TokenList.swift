import Core
import Storage

/// A number and how a token's hash begins: as an id with its slot, as a place in the list with the moment of
/// the end. It names a token and cannot stand for it: no way leads back from a hash, and this is less than half of one.
struct TokenMark: Sendable, Equatable {
    private static let length = 12

    let number: Int64
    let start: [UInt8]

    init(_ number: Int64, _ hash: [UInt8]) {
        self.number = number
        start = Array(hash.prefix(Self.length))
    }

    /// Reads what `text` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0], radix: 16), number >= 0,
            let start = Hex.decode(String(parts[1])), start.count == Self.length
        else { return nil }
        self.init(number, start)
    }

    var text: String { "\(String(number, radix: 16))-\(Hex.encode(start))" }
    /// The highest hash that begins so.
    var end: [UInt8] { start + [UInt8](repeating: 0xFF, count: 32 - Self.length) }
}

/// Whose tokens or refresh families an administrator asks for.
enum TokenSelection: Sendable {
    case all
    case client(ClientID)
    /// Those for a user; of one client alone where it is named.
    case user(UserID, ClientID?)

    /// - Parameter client: an id or a name; throws `HubError` of kind `notFound` for one that nothing has.
    init(_ user: UserID?, client: String?, in reader: any SQLReader) throws {
        let client = try client.map { try ClientStore.get($0, in: reader).id }
        self = user.map { .user($0, client) } ?? client.map { .client($0) } ?? .all
    }
}

extension TokenStore {
    /// Where a token's row is.
    struct Place: Sendable {
        let token: TokenPlace
        let expiresAt: Int64

        fileprivate init(_ row: SQLRow) throws {
            token = TokenPlace(slot: try row.int("slot"), hash: try row.blob("hash"))
            expiresAt = try row.int("expires_at")
        }
    }

    // Each has an index that leads with what it asks for, so none walks through the table.
    static let listed: SQL = """
        SELECT slot, hash, expires_at FROM token
        WHERE expires_at > $1 AND expires_at <= $2 AND (expires_at < $2 OR hash < $3)
        ORDER BY expires_at DESC, hash DESC LIMIT $4
        """
    static let listedByClient: SQL = """
        SELECT slot, hash, expires_at FROM token
        WHERE expires_at > $1 AND expires_at <= $2 AND (expires_at < $2 OR hash < $3) AND client_ref = $5
        ORDER BY expires_at DESC, hash DESC LIMIT $4
        """
    static let listedByUser: SQL = """
        SELECT slot, hash, expires_at FROM token
        WHERE expires_at > $1 AND expires_at <= $2 AND (expires_at < $2 OR hash < $3) AND user_id = $5
            AND (CAST($6 AS TEXT) IS NULL OR client_ref = $6)
        ORDER BY expires_at DESC, hash DESC LIMIT $4
        """

    /// The places of tokens that have not ended, behind that one; those that live longest first.
    static func page(
        _ selection: TokenSelection, after mark: TokenMark?, at now: Timestamp, in reader: any SQLReader
    ) throws -> [Place] {
        let values: [SQLValue] = [
            .int(now.epochMilliseconds), .int(mark?.number ?? .max), .blob(mark?.start ?? []),
            .int(Int64(Limits.pageRows.value)),
        ]
        let rows =
            switch selection {
            case .all: try reader.rows(listed, values)
            case .client(let client): try reader.rows(listedByClient, values + [.text(client.rawValue)])
            case .user(let user, let client):
                try reader.rows(listedByUser, values + [.text(user.rawValue), .optional(client?.rawValue)])
            }
        return try rows.map(Place.init)
    }

    /// The token of that id; nil when there is none.
    static func place(of id: TokenMark, in reader: any SQLReader) throws -> Place? {
        try reader.row(
            """
            SELECT slot, hash, expires_at FROM token WHERE slot = $1 AND hash >= $2 AND hash <= $3
            ORDER BY hash LIMIT 1
            """, [.int(id.number), .blob(id.start), .blob(id.end)]
        ).map(Place.init)
    }

    /// Ends all tokens for a user, whichever client has them, what renews them, and codes on their way.
    ///
    /// One statement each, whatever there is: as many rows as the user has tokens that live.
    /// - Returns: how many tokens ended.
    static func endAll(of user: UserID, at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        _ = try FamilyStore.endAll(
            by: user, before: Timestamp(epochMilliseconds: now.epochMilliseconds + 1), at: now, in: writer)
        return try writer.run(
            "UPDATE token SET revoked_at = $2 WHERE user_id = $1 AND expires_at > $2 AND revoked_at IS NULL",
            [.text(user.rawValue), .int(now.epochMilliseconds)])
    }

    // What is bound by a certificate carries it; whoever is found is read whole.
    static let bearersEndingFirst: SQL = """
        SELECT slot, hash FROM (
            SELECT slot, hash, jkt, carried, epoch, revoked_at FROM token WHERE client_ref = $1 AND expires_at > $2
            ORDER BY expires_at LIMIT $3
        ) AS looked WHERE jkt IS NULL AND carried NOT LIKE '%"certificate":%' AND revoked_at IS NULL
            AND epoch = (SELECT epoch FROM client WHERE id = $1)
        LIMIT $4
        """
    static let bearersEndingLast: SQL = """
        SELECT slot, hash FROM (
            SELECT slot, hash, jkt, carried, epoch, revoked_at FROM token WHERE client_ref = $1 AND expires_at > $2
            ORDER BY expires_at DESC LIMIT $3
        ) AS looked WHERE jkt IS NULL AND carried NOT LIKE '%"certificate":%' AND revoked_at IS NULL
            AND epoch = (SELECT epoch FROM client WHERE id = $1)
        LIMIT $4
        """

    /// Whether a token of the client works that is bound to no key, among `Limits.bearersLookedAt` from each end: once all
    /// new ones are bound, older ones end first or last, as lifetimes grew or fell.
    static func hasBearerTokens(_ client: ClientID, at now: Timestamp, in reader: any SQLReader) throws -> Bool {
        let values: [SQLValue] = [
            .text(client.rawValue), .int(now.epochMilliseconds), .int(Int64(Limits.bearersLookedAt.value)),
            .int(Int64(Limits.pageRows.value)),
        ]
        return try [bearersEndingFirst, bearersEndingLast].contains { sql in
            try reader.rows(sql, values).contains { row in
                let place = TokenPlace(slot: try row.int("slot"), hash: try row.blob("hash"))
                guard let found = try OAuthServer.find(place, in: reader) else { return false }
                return found.stands && !found.isBound
            }
        }
    }
}

extension FoundToken {
    /// Whether a key or a certificate must be shown with it.
    var isBound: Bool { boundTo != nil || carried.certificate != nil }

    /// As it is listed; the name of the user is the directory's.
    func json(_ token: TokenPlace, userName: String?) -> JSON {
        [
            "id": .string(TokenMark(token.slot, token.hash).text), "client": .string(clientName),
            "user": .string(userName ?? user.rawValue), "scopes": .texts(tokenScopes.sorted()),
            "from": .string(
                carried.subject != nil ? "exchange" : family != nil ? "consent" : isAsserted ? "assertion" : "client"),
            "bound": .bool(isBound), "issued_at": .string(issuedAt.rfc3339),
            "expires_at": .string(expiresAt.rfc3339), "state": .string(isRevoked ? "revoked" : "active"),
        ]
    }
}
