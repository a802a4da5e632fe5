import AuditTrail
public import Core
public import Storage

/// One thing that changed at a provider, as the last look found it.
public struct DriftFinding: Sendable, Equatable {
    /// A stable code.
    public let code: String
    /// What happened, why it matters, and the one next step.
    public let says: String

    /// The code under which the outside grant's own findings say the same.
    var alsoSaidAs: String { code == "configured_scope_not_carried" ? "scope_not_granted" : code }

    /// States a finding.
    public init(code: String, says: String) {
        self.code = code
        self.says = says
    }
}

/// What the last look at a connection's provider saw.
public struct DriftLook: Sendable, Equatable {
    /// When it was.
    public let checkedAt: Timestamp
    /// When the next one is due.
    public let nextAt: Timestamp
    /// The picture, as pages show it; nobody decides on it.
    public let picture: JSON
    /// What was found, in its order.
    public let findings: [DriftFinding]

    /// States what was seen.
    public init(checkedAt: Timestamp, nextAt: Timestamp, picture: JSON, findings: [DriftFinding]) {
        self.checkedAt = checkedAt
        self.nextAt = nextAt
        self.picture = picture
        self.findings = findings
    }
}

extension Vault {
    /// The last look of each connection that the hub took by itself.
    static let driftMigration = Migration(
        "vault-004",
        [
            .createTable(
                TableDefinition(
                    "connection_drift",
                    [
                        .text("connection_id"), .int("checked_at"), .int("next_at"), .text("picture"),
                        .text("findings"),
                    ], primaryKey: ["connection_id"], indexes: [["next_at"]]))
        ])

    /// The last look at a connection; nil before the first. By its stable id.
    public static func lastLook(at connectionID: String, in reader: any SQLReader) throws -> DriftLook? {
        try DriftRows.find(connectionID, in: reader)
    }

    /// Ids of connections with a switched-on OAuth credential whose look is due, the longest waiting first.
    public static func connectionsToLookAt(
        at now: Timestamp, most: Int, in reader: any SQLReader
    ) throws -> [String] {
        try reader.rows(
            """
            SELECT connection.id AS id, COALESCE(connection_drift.next_at, 0) AS due FROM connection
            LEFT JOIN connection_drift ON connection_drift.connection_id = connection.id
            WHERE COALESCE(connection_drift.next_at, 0) <= $1 AND EXISTS (
                SELECT 1 FROM connection_credential JOIN credential
                    ON credential.id = connection_credential.credential_id
                WHERE connection_credential.connection_id = connection.id AND credential.kind = 'oauth'
                    AND credential.active = 1)
            ORDER BY due, id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(most))]
        ).map { try $0.text("id") }
    }

    /// Keeps a look, with one event for each finding that is new or gone: that is the alert.
    public static func keep(
        _ look: DriftLook, of connection: ConnectionFacts, in writer: any SQLWriter, by cause: Cause
    ) throws {
        let before = Set(try DriftRows.find(connection.id, in: writer)?.findings.map(\.code) ?? [])
        let after = Set(look.findings.map(\.code))
        try DriftRows.keep(look, connection.id, in: writer)
        let changes =
            after.subtracting(before).sorted().map { ($0, "found") }
            + before.subtracting(after).sorted().map { ($0, "gone") }
        for (code, outcome) in changes {
            try writer.record(
                AuditEvent(
                    .connectionDrifted, on: .init("connection", id: connection.id, name: connection.name), by: cause,
                    [.reason: code, .outcome: outcome]))
        }
    }

    /// Puts the next look off; what was seen before stays.
    public static func putOffLook(
        at connectionID: String, until moment: Timestamp, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO connection_drift (connection_id, checked_at, next_at, picture, findings)
            VALUES ($1, 0, $2, 'null', '[]') ON CONFLICT (connection_id) DO UPDATE SET next_at = excluded.next_at
            """, [.text(connectionID), .int(moment.epochMilliseconds)])
    }
}

/// The table `connection_drift`.
enum DriftRows {
    static func find(_ connectionID: String, in reader: any SQLReader) throws -> DriftLook? {
        try reader.row(
            """
            SELECT checked_at, next_at, picture, findings FROM connection_drift
            WHERE connection_id = $1 AND checked_at > 0
            """, [.text(connectionID)]
        ).map { row in
            let findings = try JSON.read(try row.text("findings")).array ?? []
            return DriftLook(
                checkedAt: Timestamp(epochMilliseconds: try row.int("checked_at")),
                nextAt: Timestamp(epochMilliseconds: try row.int("next_at")),
                picture: try JSON.read(try row.text("picture")),
                findings: findings.map {
                    DriftFinding(code: $0["code"]?.string ?? "", says: $0["says"]?.string ?? "")
                })
        }
    }

    static func keep(_ look: DriftLook, _ connectionID: String, in writer: any SQLWriter) throws {
        let findings: JSON = .array(look.findings.map { ["code": .string($0.code), "says": .string($0.says)] })
        try writer.run(
            """
            INSERT INTO connection_drift (connection_id, checked_at, next_at, picture, findings)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id) DO UPDATE SET
                checked_at = excluded.checked_at, next_at = excluded.next_at, picture = excluded.picture,
                findings = excluded.findings
            """,
            [
                .text(connectionID), .int(look.checkedAt.epochMilliseconds), .int(look.nextAt.epochMilliseconds),
                .text(look.picture.text()), .text(findings.text()),
            ])
    }
}
