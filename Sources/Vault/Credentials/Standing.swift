import Core
import Storage

/// A credential of a connection, and whether it may be used at a moment, on a hub.
struct Standing: Sendable {
    let credential: Credential
    /// Why it may not be used, and the next step; nil when it may.
    let refusal: HubError?
    /// When that changes by itself; nil for never.
    let changesAt: Timestamp?

    init(_ credential: Credential, restsUntil: Timestamp?, on hub: String, at now: Timestamp) {
        self.credential = credential
        refusal =
            credential.refusal(at: now) ?? Self.elsewhere(credential, hub) ?? Self.resting(credential, restsUntil, now)
        changesAt = [credential.expiresAt, restsUntil].compactMap { $0 }.filter { now < $0 }.min()
    }

    /// The credentials of a connection as they are tried: smallest order first; equal ones here by name, and shuffled
    /// where they are used.
    static func all(
        of connectionID: String, on hub: String, at now: Timestamp, in reader: any SQLReader
    ) throws -> [Standing] {
        try reader.rows(
            """
            SELECT credential.*, rests_until
            FROM connection_credential JOIN credential ON credential.id = connection_credential.credential_id
                LEFT JOIN credential_refusal ON credential_refusal.credential_id = credential.id
                    AND credential_refusal.version = credential.secret_version
            WHERE connection_id = $1 ORDER BY COALESCE(sort_order, 9223372036854775807), name LIMIT $2
            """, [.text(connectionID), .int(Int64(Limits.connectionCredentials.value))]
        ).map { row in
            Standing(
                try Credential(row),
                restsUntil: try row.optionalMoment("rests_until"), on: hub,
                at: now)
        }
    }

    /// The usable ones, smallest order first, equal or missing orders shuffled.
    ///
    /// - Parameter dice: as many random numbers as there are standings.
    static func inTurn(_ standings: [Standing], dice: [UInt64]) -> [Credential] {
        zip(standings, dice).filter { $0.0.refusal == nil }.sorted { left, right in
            let (one, other) = (left.0.credential.order ?? .max, right.0.credential.order ?? .max)
            return one == other ? left.1 < right.1 : one < other
        }.map(\.0.credential)
    }

    var json: JSON {
        [
            "id": .string(credential.id), "name": .string(credential.name), "kind": .string(credential.kind),
            "order": credential.order.map { .int($0) } ?? .null,
            "unusable": refusal.map { .string($0.reason) } ?? .null,
        ]
    }

    private static func elsewhere(_ credential: Credential, _ hub: String) -> HubError? {
        guard !credential.appliesTo.isEmpty, !credential.appliesTo.contains(hub) else { return nil }
        return HubError(
            .conflict, "credential_elsewhere",
            "Credential \(credential.name) applies to other hubs than this one. "
                + "Add this hub to \"applies_to\", or give the connection another one.")
    }

    private static func resting(_ credential: Credential, _ until: Timestamp?, _ now: Timestamp) -> HubError? {
        guard let until, now < until else { return nil }
        return HubError(
            .conflict, "credential_rests",
            "Credential \(credential.name) rests until \(until.rfc3339): the outside system refused it. "
                + "Seal a working key: linchpin credential update \(credential.name) --secret.")
    }
}
