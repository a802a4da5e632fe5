import Core
import Storage

/// A row of `alias`: the name that flows use, and which of its connections is active.
struct Alias: Sendable, Equatable {
    let id: String
    let name: String
    let application: String
    let spoke: String
    var activeConnectionID: String?
    let createdAt: Timestamp
    var updatedAt: Timestamp

    var row: ConfigRow { ConfigRow("alias", id: id, name: name, application: application) }
}

/// An alias with the connections it may lead to.
struct AliasView: Sendable, Equatable {
    let alias: Alias
    let connections: [(id: String, name: String)]

    init(_ alias: Alias, in reader: any SQLReader) throws {
        self.alias = alias
        connections = try AliasRows.connections(of: alias.id, in: reader)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.alias == right.alias && left.connections.elementsEqual(right.connections) { $0 == $1 }
    }

    /// The same for replies and for the history.
    var json: JSON {
        [
            "id": .string(alias.id), "name": .string(alias.name), "application": .string(alias.application),
            "spoke": .string(alias.spoke),
            "connection": connections.first { $0.id == alias.activeConnectionID }.map { .string($0.name) } ?? .null,
            "connections": .array(
                connections.map {
                    [
                        "id": .string($0.id), "name": .string($0.name),
                        "active": .bool($0.id == alias.activeConnectionID),
                    ]
                }),
            "created_at": .string(alias.createdAt.rfc3339), "updated_at": .string(alias.updatedAt.rfc3339),
        ]
    }
}

/// The tables `alias` and `alias_connection`.
enum AliasRows {
    /// The alias of that id or name; nil if there is none.
    static func lookUp(_ idOrName: String, in reader: any SQLReader) throws -> Alias? {
        try reader.row(
            """
            SELECT id, name, application, spoke, active_connection_id, created_at, updated_at
            FROM alias WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1
            """, [.text(idOrName)]
        ).map(Alias.init)
    }

    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Alias {
        guard let alias = try lookUp(idOrName, in: reader) else { throw Names.unknown("alias", idOrName) }
        return alias
    }

    /// At most `Limits.pageRows`, by name, behind that one.
    static func page(after name: String, in reader: any SQLReader) throws -> [Alias] {
        try reader.rows(
            """
            SELECT id, name, application, spoke, active_connection_id, created_at, updated_at
            FROM alias WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map(Alias.init)
    }

    /// The aliases that have a connection, by name; at most `Limits.pageRows`.
    static func using(_ connectionID: String, in reader: any SQLReader) throws -> [Alias] {
        try reader.rows(
            """
            SELECT alias.id, alias.name, alias.application, alias.spoke, alias.active_connection_id,
                alias.created_at, alias.updated_at
            FROM alias_connection JOIN alias ON alias.id = alias_connection.alias_id
            WHERE alias_connection.connection_id = $1 ORDER BY alias.name LIMIT $2
            """, [.text(connectionID), .int(Int64(Limits.pageRows.value))]
        ).map(Alias.init)
    }

    static func connections(of id: String, in reader: any SQLReader) throws -> [(id: String, name: String)] {
        try reader.rows(
            """
            SELECT connection.id, connection.name
            FROM alias_connection JOIN connection ON connection.id = alias_connection.connection_id
            WHERE alias_connection.alias_id = $1 ORDER BY connection.name LIMIT $2
            """, [.text(id), .int(Int64(Limits.aliasConnections.value))]
        ).map { (try $0.text("id"), try $0.text("name")) }
    }

    /// False when the name is taken.
    static func insert(_ alias: Alias, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO alias (id, name, application, spoke, active_connection_id, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(alias.id), .text(alias.name), .text(alias.application), .text(alias.spoke),
                .optional(alias.activeConnectionID), .int(alias.createdAt.epochMilliseconds),
                .int(alias.updatedAt.epochMilliseconds),
            ]) == 1
    }

    static func delete(_ id: String, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM alias_connection WHERE alias_id = $1", [.text(id)])
        try writer.run("DELETE FROM alias WHERE id = $1", [.text(id)])
    }

    static func add(_ connectionID: String, to id: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO alias_connection (alias_id, connection_id) VALUES ($1, $2)
            ON CONFLICT (alias_id, connection_id) DO NOTHING
            """, [.text(id), .text(connectionID)])
    }

    /// False when it is the active one, or not there.
    static func remove(_ connectionID: String, from id: String, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            DELETE FROM alias_connection WHERE alias_id = $1 AND connection_id = $2
                AND NOT EXISTS (SELECT 1 FROM alias WHERE alias.id = $1 AND alias.active_connection_id = $2)
            """, [.text(id), .text(connectionID)]) == 1
    }

    /// The one statement that switches; false when the connection is not one of the alias's.
    static func activate(_ connectionID: String, on id: String, at now: Timestamp, in writer: any SQLWriter) throws
        -> Bool
    {
        try writer.run(
            """
            UPDATE alias SET active_connection_id = $2, updated_at = $3
            WHERE id = $1
                AND EXISTS (SELECT 1 FROM alias_connection WHERE alias_id = $1 AND connection_id = $2)
            """, [.text(id), .text(connectionID), .int(now.epochMilliseconds)]) == 1
    }
}

extension Alias {
    init(_ row: SQLRow) throws {
        id = try row.text("id")
        name = try row.text("name")
        application = try row.text("application")
        spoke = try row.text("spoke")
        activeConnectionID = try row.optionalText("active_connection_id")
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }
}
