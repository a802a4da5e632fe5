import Core
import Keys
import Storage

/// A row of `connection` with the actions it enables.
struct Connection: Sendable, Equatable {
    let id: String
    var name: String
    var application: String
    let spoke: String
    var url: String
    var allowsLoopbackHTTP: Bool
    /// Whether its destructive actions need a second person's approval.
    var needsApproval = false
    /// Calls a minute that it allows; nil for no bound of its own. No secret goes anywhere else by it, so it is not bound.
    var callsPerMinute: Int64?
    /// In the order of their bytes; in which order they are tried, each credential says itself.
    var credentialIDs: [String]
    var actions: [String]
    /// What the resource set at the provider shall hold, as the spoke's file names it. Nothing is decided by it here.
    var resources: [String] = []
    var passage = ConnectionPassage.plain
    let createdAt: Timestamp
    var updatedAt: Timestamp

    /// Ties credential, destination and enabled actions together. Whoever edits the rows in the database cannot make
    /// it anew, so a secret is never sent to an address, or for an action, that no administrator gave through the hub.
    func binding(_ envelope: Envelope) -> [UInt8] {
        let enabled = actions.sorted(by: Names.precede)
        // One credential is bound as it was when a connection had only one. Several begin with another word and their
        // number, so that no list of credentials and actions looks like another.
        let credentials =
            credentialIDs.count == 1
            ? credentialIDs : [String(credentialIDs.count)] + credentialIDs.sorted(by: Names.precede)
        // So is one that needs no approvals, and one without a passage, bound as it was before there were these.
        let word =
            (credentialIDs.count == 1 ? "connection" : "connection of several")
            + (needsApproval ? ", with approvals" : "") + (passage == .plain ? "" : " by a passage")
        return envelope.bind(
            [word, id, spoke, url] + passage.bound + [allowsLoopbackHTTP ? "1" : "0"] + credentials + enabled)
    }

    var changedOutside: HubError {
        HubError(
            .conflict, "connection_changed_outside",
            "Connection \(name) was changed outside the hub, so its credential stays sealed. "
                + "Check it, then set all again: "
                + "linchpin connection update \(name) --url URL --credential NAME --action KEY "
                + "--needs-approval true|false, with --trust-roots FILE or --system-roots, --pin KEY or --no-pins, "
                + "--proxy URL or --no-proxy")
    }

    /// The row as the history keeps it; the credentials by their ids.
    var json: JSON {
        var members: JSONObject = [
            "id": .string(id), "name": .string(name), "application": .string(application), "spoke": .string(spoke),
            "url": .string(url), "allow_loopback_http": .bool(allowsLoopbackHTTP),
            "needs_approval": .bool(needsApproval), "calls_per_minute": callsPerMinute.map { .int($0) } ?? .null,
            "credentials": .array(credentialIDs.map { .string($0) }), "actions": .array(actions.map { .string($0) }),
            "resources": .array(resources.map { .string($0) }),
        ]
        for (name, value) in passage.members { members[name] = value }
        members["created_at"] = .string(createdAt.rfc3339)
        members["updated_at"] = .string(updatedAt.rfc3339)
        return .object(members)
    }

    var row: ConfigRow { ConfigRow("connection", id: id, name: name, application: application) }
}

/// The tables `connection` and `connection_action`.
enum ConnectionRows {
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Connection {
        guard
            let row = try reader.row(
                "SELECT * FROM connection WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1", [.text(idOrName)])
        else { throw Names.unknown("connection", idOrName) }
        return try whole(row, in: reader)
    }

    /// A row of `connection` with what the other tables say about it.
    static func whole(_ row: SQLRow, in reader: any SQLReader) throws -> Connection {
        let id = try row.text("id")
        return try Connection(
            row, credentials: try credentials(of: id, in: reader), actions: try actions(of: id, in: reader),
            resources: try resources(of: id, in: reader))
    }

    /// At most `Limits.pageRows`, by name, behind that one.
    static func page(after name: String, in reader: any SQLReader) throws -> [Connection] {
        try reader.rows(
            "SELECT * FROM connection WHERE name > $1 ORDER BY name LIMIT $2",
            [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map { try whole($0, in: reader) }
    }

    /// Whether the row is as the hub wrote it, as far as the binding covers it.
    static func isBound(_ connection: Connection, _ envelope: Envelope, in reader: any SQLReader) throws -> Bool {
        guard let row = try reader.row("SELECT binding FROM connection WHERE id = $1", [.text(connection.id)])
        else { return false }
        return ConstantTime.equal(try row.blob("binding"), connection.binding(envelope))
    }

    /// False when the name is taken.
    static func insert(_ connection: Connection, binding: [UInt8], in writer: any SQLWriter) throws -> Bool {
        let count = try writer.run(
            """
            INSERT INTO connection (id, name, application, spoke, url, allow_loopback_http, binding, created_at,
                updated_at, needs_approval, passage, calls_per_minute)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(connection.id), .text(connection.name), .text(connection.application), .text(connection.spoke),
                .text(connection.url), .bool(connection.allowsLoopbackHTTP), .blob(binding),
                .int(connection.createdAt.epochMilliseconds), .int(connection.updatedAt.epochMilliseconds),
                .bool(connection.needsApproval), .text(connection.passage.text), .optional(connection.callsPerMinute),
            ])
        guard count == 1 else { return false }
        try setCredentials(connection, in: writer)
        for action in connection.actions { _ = try enable(action, on: connection.id, in: writer) }
        return true
    }

    /// Everything but the actions; false when the name is taken by another.
    static func update(_ connection: Connection, binding: [UInt8], in writer: any SQLWriter) throws -> Bool {
        let count = try writer.run(
            """
            UPDATE connection SET name = $2, application = $3, url = $4, allow_loopback_http = $5, binding = $6,
                updated_at = $7, needs_approval = $8, passage = $9, calls_per_minute = $10
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM connection other WHERE other.name = $2 AND other.id <> $1)
            """,
            [
                .text(connection.id), .text(connection.name), .text(connection.application), .text(connection.url),
                .bool(connection.allowsLoopbackHTTP), .blob(binding), .int(connection.updatedAt.epochMilliseconds),
                .bool(connection.needsApproval), .text(connection.passage.text), .optional(connection.callsPerMinute),
            ])
        guard count == 1 else { return false }
        try setCredentials(connection, in: writer)
        return true
    }

    /// Binds a connection as it is now; only for one that was bound before the change at hand.
    static func rebind(_ connection: Connection, _ envelope: Envelope, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE connection SET binding = $2 WHERE id = $1",
            [.text(connection.id), .blob(connection.binding(envelope))])
    }

    static func delete(_ id: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM connection_action WHERE connection_id = $1", [.text(id)])
        try writer.run("DELETE FROM connection_credential WHERE connection_id = $1", [.text(id)])
        try writer.run("DELETE FROM connection_drift WHERE connection_id = $1", [.text(id)])
        try writer.run("DELETE FROM connection_resource WHERE connection_id = $1", [.text(id)])
        try writer.run("DELETE FROM connection WHERE id = $1", [.text(id)])
    }

    /// True when it was off before.
    static func enable(_ action: String, on id: String, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO connection_action (connection_id, action) VALUES ($1, $2)
            ON CONFLICT (connection_id, action) DO NOTHING
            """, [.text(id), .text(action)]) == 1
    }

    /// True when it was on before.
    static func disable(_ action: String, on id: String, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "DELETE FROM connection_action WHERE connection_id = $1 AND action = $2", [.text(id), .text(action)]) == 1
    }

    static func actions(of id: String, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT action FROM connection_action WHERE connection_id = $1 ORDER BY action LIMIT $2",
            [.text(id), .int(Int64(Limits.connectionActions.value))]
        ).map { try $0.text("action") }
    }
}

extension Connection {
    fileprivate init(_ row: SQLRow, credentials: [String], actions: [String], resources: [String]) throws {
        id = try row.text("id")
        name = try row.text("name")
        application = try row.text("application")
        spoke = try row.text("spoke")
        url = try row.text("url")
        allowsLoopbackHTTP = try row.bool("allow_loopback_http")
        needsApproval = try row.bool("needs_approval")
        callsPerMinute = try row.optionalInt("calls_per_minute")
        credentialIDs = credentials
        self.actions = actions
        self.resources = resources
        passage = ConnectionPassage(text: try row.text("passage"))
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }
}
