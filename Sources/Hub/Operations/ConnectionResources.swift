import Core
import Ports
import Spokes
import Storage
import Vault

/// Which groups, people and applications the resource set of a connection shall hold: what the operator chose.
///
/// Any change within two bounds goes: the number of resources, and the kinds that the enabled actions need. Nothing
/// happens at the provider by it; the guide, Terraform and `connection apply` carry it there.
struct ConnectionResources: Sendable {
    let parts: Parts

    private static let list = Field.Kind.texts(most: Limits.connectionResources.value)

    /// The fields by which the choice is changed, here and in the same act as an apply.
    static let fields: [Field] = [
        .optional("add", list, "Resources to add: group:ID, user:ID, app:ID and so on, or the API's address of each."),
        .optional("remove", list, "Resources to take out."),
    ]

    static let declaration = Operation(
        "connection", .act("choose-resources"), roles: [.connectionAdmin],
        says: "Chooses what the resource set at the provider shall hold, and says which actions would reach nothing.",
        fields: fields + [.optional("preview", .bool, "Whether it is only shown what would change.")]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let spokes = parts.spokes
            let choose = { @Sendable (reader: any SQLReader) throws -> (ConnectionFacts, [String]) in
                let connection = try Vault.facts(ofConnection: request.id, in: reader)
                return (connection, try Self.chosen(request, connection, spokes))
            }
            let (before, after): (ConnectionFacts, [String])
            if request.bool("preview") == true {
                (before, after) = try await parts.database.read { try choose($0) }
            } else {
                (before, after) = try await parts.database.write(.change) { writer in
                    let (before, after) = try choose(writer)
                    try Vault.setResources(after, ofConnection: before.id, in: writer, by: request.cause)
                    return (before, after)
                }
            }
            return try answer(before, after)
        }
    }

    /// What is chosen once the request is carried out; what is to be added must be of a kind that an action needs.
    static func chosen(_ request: OperationRequest, _ connection: ConnectionFacts, _ spokes: Spokes) throws -> [String]
    {
        let added = try spokes.resources(
            request.texts("add") ?? [], spoke: connection.spoke, for: Set(connection.actions))
        // What no action needs any more can be taken out as well.
        let removed = try (request.texts("remove") ?? []).map { text in
            guard
                let own = try connection.resources.contains(text)
                    ? text : spokes.resources([text], spoke: connection.spoke, for: Set(connection.actions)).first,
                connection.resources.contains(own)
            else {
                throw HubError(
                    .conflict, "resource_not_chosen",
                    "\"\(Shown.name(text))\" is not among the resources of connection \(connection.name).")
            }
            return own
        }
        return Set(connection.resources).union(added).subtracting(removed)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func answer(_ before: ConnectionFacts, _ after: [String]) throws -> JSON {
        let grant = try parts.spokes.grant(
            spoke: before.spoke, actions: Set(before.actions), called: before.name, url: before.url, redirect: "",
            account: nil, trustsImpliedScopes: true, resources: after)
        return [
            "connection": .string(before.name), "resources": grant["members"] ?? [],
            "added": .array(after.filter { !before.resources.contains($0) }.map { .string($0) }),
            "removed": .array(before.resources.filter { !after.contains($0) }.map { .string($0) }),
            "kinds": .array((grant["resources"]?.array ?? []).compactMap { $0["name"] }),
            "unreachable": grant["unreachable"] ?? [],
        ]
    }
}
