import AuditTrail
import Core
import Ports
public import Storage

// A spoke's file says what it could do; its actions exist on this hub from the moment that somebody activates it.
extension Spokes {
    /// Whether a spoke is activated on this hub.
    public func isActive(_ spoke: String) async throws -> Bool {
        let look = switched.look(at: effects.monotonicNanoseconds())
        if let isActive = look.find(spoke) { return isActive }
        let isActive = try await database.read { try Self.isActive(spoke, in: $0) }
        look.keep(isActive, for: spoke)
        return isActive
    }

    /// Whether a spoke is activated, as the store has it.
    public static func isActive(_ spoke: String, in reader: any SQLReader) throws -> Bool {
        try Activation.find(spoke, in: reader)?.isActive ?? false
    }

    /// For lists, at most `Limits.pageRows`: from memory while no spoke was switched.
    func activeNames() async throws -> Set<String> {
        let look = active.look(at: effects.monotonicNanoseconds())
        if let names = look.find("") { return names }
        let names = try await database.read { reader in
            let rows = try reader.rows(
                "SELECT name FROM spoke WHERE active = 1 ORDER BY name LIMIT $1",
                [.int(Int64(Limits.pageRows.value))])
            return Set(try rows.map { try $0.text("name") })
        }
        look.keep(names, for: "")
        return names
    }

    /// Switches a spoke on or off, and answers it as it is now; nothing changes if it is so already.
    func setActive(_ isActive: Bool, _ request: OperationRequest) async throws -> JSON {
        let spoke = try known(request.id)
        let cause = request.cause
        try await database.write(.change) { writer in
            let before = try Activation.find(spoke.name, in: writer)
            guard before?.isActive ?? false != isActive else { return }
            let after = Activation(
                name: spoke.name, application: before?.application ?? "global", isActive: isActive,
                createdAt: before?.createdAt ?? cause.now, updatedAt: cause.now)
            try after.keep(in: writer)
            try writer.changed(after.row, before: before?.json, after: after.json, by: cause)
            try writer.record(
                AuditEvent(
                    isActive ? .spokeActivated : .spokeDeactivated,
                    on: .init("spoke", id: spoke.name, name: spoke.name), by: cause))
        }
        return spoke.json(isActive: isActive)
    }

    func known(_ name: String) throws -> Spoke {
        guard let spoke = catalogue.spoke(name) else {
            throw HubError(
                .notFound, "unknown_spoke",
                "There is no spoke \"\(Shown.name(name))\". `linchpin spoke list` shows them.")
        }
        return spoke
    }
}

/// A row of `spoke`. Its name is its id: the file gives it, and nobody can change it.
struct Activation: Sendable, Equatable {
    let name: String
    let application: String
    let isActive: Bool
    let createdAt: Timestamp
    let updatedAt: Timestamp

    var row: ConfigRow { ConfigRow("spoke", id: name, name: name, application: application) }

    var json: JSON {
        [
            "id": .string(name), "name": .string(name), "application": .string(application),
            "active": .bool(isActive), "created_at": .string(createdAt.rfc3339),
            "updated_at": .string(updatedAt.rfc3339),
        ]
    }

    static func find(_ name: String, in reader: any SQLReader) throws -> Activation? {
        try reader.row(
            "SELECT name, application, active, created_at, updated_at FROM spoke WHERE name = $1", [.text(name)]
        ).map { row in
            Activation(
                name: try row.text("name"), application: try row.text("application"),
                isActive: try row.bool("active"), createdAt: Timestamp(epochMilliseconds: try row.int("created_at")),
                updatedAt: Timestamp(epochMilliseconds: try row.int("updated_at")))
        }
    }

    func keep(in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO spoke (name, application, active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET active = excluded.active, updated_at = excluded.updated_at
            """,
            [
                .text(name), .text(application), .bool(isActive), .int(createdAt.epochMilliseconds),
                .int(updatedAt.epochMilliseconds),
            ])
    }
}
