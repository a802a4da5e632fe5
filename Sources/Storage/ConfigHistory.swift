import AuditTrail
public import Core

/// One configuration row's name in the history and the audit trail.
public struct ConfigRow: Sendable {
    /// The kind of row, such as `client`.
    public let entity: String
    /// Its stable id.
    public let id: String
    /// Its name now.
    public let name: String
    /// The application it belongs to; update sets are made per application.
    public let application: String

    /// Names a row. The application of everything made by hand is `global`.
    public init(_ entity: String, id: String, name: String, application: String = "global") {
        self.entity = entity
        self.id = id
        self.name = name
        self.application = application
    }
}

extension SQLWriter {
    /// Keeps before and after of a configuration row and records its audit event; call it beside the row's own change.
    ///
    /// - Parameters:
    ///   - before: nil when the row is new.
    ///   - after: nil when the row is gone. Neither may hold a secret: secrets appear by id.
    public func changed(_ row: ConfigRow, before: JSON?, after: JSON?, by cause: Cause) throws {
        let inserted = try returning(
            """
            INSERT INTO config_history (entity, entity_id, application, before, after, actor, at, correlation)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq
            """,
            [
                .text(row.entity), .text(row.id), .text(row.application), .optional(before?.text(sorted: true)),
                .optional(after?.text(sorted: true)), .text(cause.actor.name), .int(cause.now.epochMilliseconds),
                .text(cause.correlation.text),
            ])
        let action: AuditEvent.Action =
            before == nil ? .configurationCreated : after == nil ? .configurationDeleted : .configurationUpdated
        let history = try inserted[0].int("seq")
        try record(
            AuditEvent(
                action, on: .init(row.entity, id: row.id, name: row.name), by: cause, [.history: String(history)]))
    }
}

/// The history of configuration rows.
public enum ConfigHistory {
    /// The changes of one row, newest first, at most `Limits.pageRows`.
    public static func of(_ entity: String, id: String, in reader: any SQLReader) throws -> JSON {
        let rows = try reader.rows(
            """
            SELECT seq, before, after, actor, at, correlation FROM config_history
            WHERE entity = $1 AND entity_id = $2 ORDER BY seq DESC LIMIT $3
            """, [.text(entity), .text(id), .int(Int64(Limits.pageRows.value))])
        return .array(
            try rows.map { row in
                [
                    "seq": .int(try row.int("seq")),
                    "before": try row.optionalText("before").map { try JSON.read($0) } ?? .null,
                    "after": try row.optionalText("after").map { try JSON.read($0) } ?? .null,
                    "by": .string(try row.text("actor")),
                    "at": .string(Timestamp(epochMilliseconds: try row.int("at")).rfc3339),
                    "correlation": .string(try row.text("correlation")),
                ]
            })
    }
}
