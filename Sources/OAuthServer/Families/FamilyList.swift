import Core
import Storage

/// A place in the list of refresh families.
struct FamilyMark: Sendable, Equatable {
    let endsAt: Int64
    let id: String

    init(_ endsAt: Int64, _ id: String) { (self.endsAt, self.id) = (endsAt, id) }

    /// Reads what `text` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let endsAt = Int64(parts[0], radix: 16), endsAt >= 0 else { return nil }
        self.init(endsAt, String(parts[1]))
    }

    var text: String { "\(String(endsAt, radix: 16))-\(id)" }
}

/// A refresh family with what of its client says whether it goes on.
struct ListedFamily: Sendable {
    let family: RefreshFamily
    let issuedAt: Timestamp
    let clientName: String
    /// All tokens of an earlier one are revoked.
    let clientEpoch: Int64
    let idleSeconds: Int64

    /// As it is listed; the name of the user is the directory's.
    func json(userName: String?, at now: Timestamp) -> JSON {
        let state = family.state(epoch: clientEpoch, idleSeconds: idleSeconds, at: now)
        return [
            "id": .string(family.id), "client": .string(clientName),
            "user": .string(userName ?? family.user.rawValue), "scopes": .texts(family.scopes),
            "resources": .texts(family.carried.resources),
            "grant_type": family.grantType.isEmpty ? .null : .string(family.grantType),
            "renews": .bool(family.generation > 0), "renewals": .int(max(0, family.generation - 1)),
            "bound": .bool(family.boundTo != nil || family.carried.certificate != nil),
            "issued_at": .string(issuedAt.rfc3339), "last_used_at": .string(family.renewedAt.rfc3339),
            "ends_at": .string(family.endsAt.rfc3339), "state": .string(state.rawValue),
        ]
    }
}

extension FamilyStore {
    // Each has an index that leads with what it asks for. Ordered by ended_at too, though it is NULL throughout: so both
    // databases see that the index has the order.
    static let pageOfAll: SQL = """
        SELECT id, ends_at FROM refresh_family
        WHERE ended_at IS NULL AND ends_at > $1 AND ends_at <= $2 AND (ends_at < $2 OR id < $3)
        ORDER BY ended_at DESC, ends_at DESC, id DESC LIMIT $4
        """
    static let pageOfClient: SQL = """
        SELECT id, ends_at FROM refresh_family
        WHERE ended_at IS NULL AND ends_at > $1 AND ends_at <= $2 AND (ends_at < $2 OR id < $3) AND client_ref = $5
        ORDER BY ended_at DESC, ends_at DESC, id DESC LIMIT $4
        """
    static let pageOfUser: SQL = """
        SELECT id, ends_at FROM refresh_family
        WHERE ended_at IS NULL AND ends_at > $1 AND ends_at <= $2 AND (ends_at < $2 OR id < $3) AND user_id = $5
            AND (CAST($6 AS TEXT) IS NULL OR client_ref = $6)
        ORDER BY ended_at DESC, ends_at DESC, id DESC LIMIT $4
        """

    /// The places of families that have not ended, behind that one; those that go on longest first.
    static func page(
        _ selection: TokenSelection, after mark: FamilyMark?, at now: Timestamp, in reader: any SQLReader
    ) throws -> [FamilyMark] {
        let values: [SQLValue] = [
            .int(now.epochMilliseconds), .int(mark?.endsAt ?? .max), .text(mark?.id ?? ""),
            .int(Int64(Limits.pageRows.value)),
        ]
        let rows =
            switch selection {
            case .all: try reader.rows(pageOfAll, values)
            case .client(let client): try reader.rows(pageOfClient, values + [.text(client.rawValue)])
            case .user(let user, let client):
                try reader.rows(pageOfUser, values + [.text(user.rawValue), .optional(client?.rawValue)])
            }
        return try rows.map { FamilyMark(try $0.int("ends_at"), try $0.text("id")) }
    }

    /// The family of that id as it is listed; nil where it is not there, or its client is gone.
    static func listed(_ id: String, in reader: any SQLReader) throws -> ListedFamily? {
        try reader.row(
            """
            SELECT f.id AS id, f.client_ref AS client_ref, f.user_id AS user_id, f.scopes AS scopes, f.epoch AS epoch,
                f.generation AS generation, f.renewed_at AS renewed_at, f.ends_at AS ends_at, f.ended_at AS ended_at,
                f.jkt AS jkt, f.carried AS carried, f.grant_type AS grant_type, f.issued_at AS issued_at,
                c.name AS client_name, c.epoch AS client_epoch, c.settings AS settings
            FROM refresh_family f JOIN client c ON c.id = f.client_ref WHERE f.id = $1
            """, [.text(id)]
        ).map { row in
            ListedFamily(
                family: try RefreshFamily(row), issuedAt: Timestamp(epochMilliseconds: try row.int("issued_at")),
                clientName: try row.text("client_name"), clientEpoch: try row.int("client_epoch"),
                idleSeconds: try ClientSettings(stored: row.text("settings")).idleSeconds)
        }
    }
}
