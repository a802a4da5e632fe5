import Core
import Ports
import Spokes
import Vault

/// Searches at a connection's provider for what its resource set may hold. It changes nothing, here or there.
///
/// The connection's own credential is used where its enabled actions need the scope anyway; else it takes an
/// administrator's token, which lives as long as the call.
struct ConnectionSearch: Sendable {
    let parts: Parts

    static let declaration = Operation(
        "connection", .act("find-resources"), roles: [.connectionAdmin],
        says: "Searches at the provider for resources to choose, by the beginning of a name.",
        fields: [
            .required("type", .text(most: Limits.nameField.value), "What is searched, such as user, group or app."),
            .required(
                "query", .text(most: Limits.nameField.value), "The beginning of a name; of people also of an address."),
            ConnectionVerify.administratorToken,
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let connection = try await parts.vault.resolve(connection: request.id)
            let found = try await parts.spokes.findResources(
                try request.required("type"), named: try request.required("query"), of: connection,
                administrator: request.secrets["administrator_token"], request.cause)
            return [
                "connection": .string(connection.name),
                "items": .array(
                    found.items.map { match in
                        [
                            "resource": .string(match.resource), "id": .string(match.id), "name": .string(match.name),
                            "type": .string(match.type),
                        ]
                    }), "may_have_more": .bool(found.mayHaveMore),
            ]
        }
    }
}
