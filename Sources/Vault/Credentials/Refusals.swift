import AuditTrail
public import Core
public import Ports
import Storage

// A key that the provider refuses is tried a few times at most: providers lock out who goes on.
extension Vault {
    public func refused(
        _ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause
    ) async throws {
        let now = effects.now()
        try await database.write(.bookkeeping("refusals counted; the one that begins a rest is an event")) { writer in
            let before = try Refusals.find(credential.id.rawValue, in: writer)
            let after = Refusals(before, version: credential.version, at: now)
            try after.keep(credential.id.rawValue, in: writer)
            guard let until = after.restsUntil, !(before?.isResting(credential.version, at: now) ?? false) else {
                return
            }
            try writer.record(
                AuditEvent(
                    .credentialRests,
                    on: .init("credential", id: credential.id.rawValue, name: credential.name), by: cause,
                    [.connection: connection.name, .until: until.rfc3339]))
        }
    }

    /// Ends a credential's rest, because its secret is a new one or somebody switched it on again.
    static func release(_ credential: Credential, by cause: Cause, in writer: any SQLWriter) throws {
        let count = try writer.run("DELETE FROM credential_refusal WHERE credential_id = $1", [.text(credential.id)])
        guard count > 0 else { return }
        try writer.record(
            AuditEvent(
                .credentialReleased, on: .init("credential", id: credential.id, name: credential.name), by: cause))
    }
}

/// A row of `credential_refusal`: how often one version of a key was refused since a moment.
struct Refusals: Sendable, Equatable {
    let version: Int64
    let count: Int64
    let since: Timestamp
    /// Until when it is not used; nil while it may be.
    let restsUntil: Timestamp?

    /// One more refusal. An older version's do not count, nor do those of longer ago than a rest takes.
    init(_ before: Refusals?, version: Int64, at now: Timestamp) {
        let rest = Int64(Limits.credentialRestSeconds.value)
        let counted = before.flatMap { known in
            known.version == version && now < known.since.adding(seconds: rest) ? known : nil
        }
        self.version = version
        count = (counted?.count ?? 0) + 1
        since = counted?.since ?? now
        restsUntil = count >= Int64(Limits.credentialRefusals.value) ? now.adding(seconds: rest) : nil
    }

    func isResting(_ version: Int64, at now: Timestamp) -> Bool {
        version == self.version && restsUntil.map { now < $0 } ?? false
    }

    static func find(_ credentialID: String, in reader: any SQLReader) throws -> Refusals? {
        try reader.row(
            "SELECT version, refusals, since, rests_until FROM credential_refusal WHERE credential_id = $1",
            [.text(credentialID)]
        ).map(Refusals.init)
    }

    func keep(_ credentialID: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO credential_refusal (credential_id, version, refusals, since, rests_until)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (credential_id) DO UPDATE SET version = excluded.version, refusals = excluded.refusals,
                since = excluded.since, rests_until = excluded.rests_until
            """,
            [
                .text(credentialID), .int(version), .int(count), .int(since.epochMilliseconds),
                .int(restsUntil?.epochMilliseconds ?? 0),
            ])
    }

    private init(_ row: SQLRow) throws {
        version = try row.int("version")
        count = try row.int("refusals")
        since = Timestamp(epochMilliseconds: try row.int("since"))
        let until = try row.int("rests_until")
        restsUntil = until == 0 ? nil : Timestamp(epochMilliseconds: until)
    }
}
