import AuditTrail
import Core
import Identity
import Ports
import Storage
import Vault

/// What a connection's scopes are in four columns, and what changed at the provider.
struct ConnectionDrift: Sendable {
    let parts: Parts

    static let declaration = Operation(
        "connection", .act("drift"), roles: [.connectionAdmin, .auditor],
        says:
            "Compares the scopes that flows need, are configured here, granted at the provider and carried by the "
            + "token, and names what changed there.",
        fields: [
            ConnectionVerify.administratorToken,
            .optional("look", .bool, "false answers what the hub's last look saw and asks nobody; true if left out."),
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            guard request.bool("look") ?? true else { return try await lastLook(request.id) }
            let depth = FactGatherer.Depth(administrator: request.secrets["administrator_token"])
            let facts = try await FactGatherer(parts).gather(request.id, depth, request.cause)
            if facts.isAdministrators { try await record(facts, request.cause) }
            return DriftPicture(facts).json
        }
    }

    /// What an administrator's token showed beyond the hub's own look is an event, and no finding: the next look could not
    /// see whether it still is so.
    private func record(_ facts: ProvingFacts, _ cause: Cause) async throws {
        let found = Sighting.all(facts).filter(\.isKept).map(\.change.code)
        try await parts.database.write(.change) { writer in
            let known = try Vault.lastLook(at: facts.connection.id, in: writer)?.findings.map(\.code) ?? []
            for code in found where !known.contains(code) {
                try writer.record(
                    AuditEvent(
                        .connectionDrifted,
                        on: .init("connection", id: facts.connection.id, name: facts.connection.name), by: cause,
                        [.reason: code, .outcome: "found", .mode: "administrator_token"]))
            }
        }
    }

    private func lastLook(_ idOrName: String) async throws -> JSON {
        try await parts.database.read { reader in
            let connection = try Vault.facts(ofConnection: idOrName, in: reader)
            let look = try Vault.lastLook(at: connection.id, in: reader)
            let setUp = try Identity.setUp(for: FactGatherer.purpose(connection.id), in: reader)
            return [
                "connection": .string(connection.name),
                "checked_at": look.map { .string($0.checkedAt.rfc3339) } ?? .null,
                "next_at": look.map { .string($0.nextAt.rfc3339) } ?? .null, "columns": look?.picture ?? .null,
                "says": .null,
                "changes": .array(
                    (look?.findings ?? []).map { ["code": .string($0.code), "says": .string($0.says)] }),
                "set_up": setUp.map(\.json) ?? .null,
            ]
        }
    }
}
