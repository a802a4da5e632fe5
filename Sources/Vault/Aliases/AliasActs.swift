import AuditTrail
import Core
import Ports
import Storage

// What the operations on aliases do.
extension Vault {
    func aliases(after name: String) async throws -> JSON {
        try await database.read { reader in
            Paging.answer(try AliasRows.page(after: name, in: reader).map { try AliasView($0, in: reader).json })
        }
    }

    func alias(_ idOrName: String) async throws -> JSON {
        try await database.read { try AliasView(try AliasRows.find(idOrName, in: $0), in: $0).json }
    }

    func createAlias(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let name = try Names.check(try request.required("name"))
        let spoke = try request.text("spoke").map { try ConnectionRules($0, catalogue).spoke }
        let id = newID()
        return try await database.write(.change) { writer in
            let connection = try request.text("connection").map { try ConnectionRows.find($0, in: writer) }
            guard let spoke = spoke ?? connection?.spoke else {
                throw HubError(
                    .invalid, "missing_field", "alias.create needs \"connection\" or \"spoke\". Give one of them.")
            }
            let alias = Alias(
                id: id, name: name, application: request.text("application") ?? "global", spoke: spoke,
                activeConnectionID: connection?.id, createdAt: cause.now, updatedAt: cause.now)
            guard try AliasRows.insert(alias, in: writer) else { throw Names.taken("alias", name) }
            if let connection {
                try Self.fit(connection, alias)
                try AliasRows.add(connection.id, to: id, in: writer)
            }
            let view = try AliasView(alias, in: writer)
            try writer.changed(alias.row, before: nil, after: view.json, by: cause)
            if let connection { try writer.record(Self.activated(connection, on: alias, by: cause)) }
            return view.json
        }
    }

    func deleteAlias(_ request: OperationRequest) async throws -> JSON {
        try await database.write(.change) { writer in
            let before = try AliasView(try AliasRows.find(request.id, in: writer), in: writer)
            try AliasRows.delete(before.alias.id, in: writer)
            try writer.changed(before.alias.row, before: before.json, after: nil, by: request.cause)
            return .null
        }
    }

    func addConnection(_ request: OperationRequest) async throws -> JSON {
        try await changeAlias(request) { writer, before, connection in
            try Self.fit(connection, before.alias)
            guard before.connections.count < Limits.aliasConnections.value else {
                throw HubError(
                    .conflict, "too_many_connections",
                    "Alias \(before.alias.name) has \(Limits.aliasConnections.value) connections, which is the most. "
                        + "Remove one first.")
            }
            try AliasRows.add(connection.id, to: before.alias.id, in: writer)
        }
    }

    func removeConnection(_ request: OperationRequest) async throws -> JSON {
        try await changeAlias(request) { writer, before, connection in
            guard try AliasRows.remove(connection.id, from: before.alias.id, in: writer) else {
                if before.alias.activeConnectionID == connection.id {
                    throw HubError(
                        .conflict, "connection_active",
                        "Connection \(connection.name) is the active one of alias \(before.alias.name). "
                            + "Activate another one first, or delete the alias.")
                }
                throw Self.notOfAlias(connection, before.alias)
            }
        }
    }

    func activate(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        return try await changeAlias(request) { writer, before, connection in
            guard before.alias.activeConnectionID != connection.id else { return }
            guard try AliasRows.activate(connection.id, on: before.alias.id, at: cause.now, in: writer) else {
                throw Self.notOfAlias(connection, before.alias)
            }
            try writer.record(Self.activated(connection, on: before.alias, by: cause))
        }
    }

    /// Finds alias and connection, lets the body change them, keeps the history, and answers the alias as it is now.
    private func changeAlias(
        _ request: OperationRequest,
        _ body: @escaping @Sendable (any SQLWriter, AliasView, Connection) throws -> Void
    ) async throws -> JSON {
        let wanted = try request.required("connection")
        return try await database.write(.change) { writer in
            let before = try AliasView(try AliasRows.find(request.id, in: writer), in: writer)
            try body(writer, before, try ConnectionRows.find(wanted, in: writer))
            let after = try AliasView(try AliasRows.find(before.alias.id, in: writer), in: writer)
            if after != before {
                try writer.changed(after.alias.row, before: before.json, after: after.json, by: request.cause)
            }
            return after.json
        }
    }

    private static func fit(_ connection: Connection, _ alias: Alias) throws {
        guard connection.spoke.isExactly(alias.spoke) else {
            throw HubError(
                .invalid, "other_spoke",
                "Connection \(connection.name) is for spoke \(connection.spoke), alias \(alias.name) for "
                    + "\(alias.spoke). Choose a connection of the same spoke.")
        }
    }

    private static func notOfAlias(_ connection: Connection, _ alias: Alias) -> HubError {
        HubError(
            .conflict, "connection_not_of_alias",
            "Alias \(alias.name) does not have connection \(connection.name). Add it to the alias first.")
    }

    private static func activated(_ connection: Connection, on alias: Alias, by cause: Cause) -> AuditEvent {
        AuditEvent(
            .connectionActivated, on: .init("alias", id: alias.id, name: alias.name), by: cause,
            [.connection: connection.name])
    }
}
