import Core
import Ports
import Spokes
import Storage
import Vault

/// Which groups, people and applications the resource set of a connection shall hold: what the operator chose.
///
/// Any change within these bounds goes: how many are added at once, how many there are, and the kinds that the enabled
/// actions need. Nothing happens at the provider by it; the guide, Terraform and `connection apply` carry it there.
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
        fields: fields + [
            .optional(
                "undo", .bool, "Whether the last change of the choice is taken back instead; once more brings it again."
            ),
            .optional("preview", .bool, "Whether it is only shown what would change."),
            .optional(
                "names", .bool,
                "Whether a preview asks the provider for the names of the resources, and says which are not there."),
            ConnectionVerify.administratorToken,
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let spokes = parts.spokes
            let choose = { @Sendable (reader: any SQLReader) throws -> (ConnectionFacts, [String]) in
                let connection = try Vault.facts(ofConnection: request.id, in: reader)
                return (connection, try Self.chosen(request, connection, spokes, in: reader))
            }
            if request.bool("preview") == true {
                let (before, after) = try await parts.database.read { try choose($0) }
                let wantsNames = request.bool("names") == true
                return try answer(before, after, wantsNames ? await standings(after, since: before, request) : nil)
            }
            let (before, after) = try await parts.database.write(.change) { writer in
                let (before, after) = try choose(writer)
                try Vault.setResources(after, ofConnection: before.id, in: writer, by: request.cause)
                return (before, after)
            }
            return try answer(before, after, nil)
        }
    }

    /// What is chosen once the request is carried out; what is to be added must be of a kind that an action needs.
    static func chosen(
        _ request: OperationRequest, _ connection: ConnectionFacts, _ spokes: Spokes, in reader: any SQLReader
    ) throws -> [String] {
        if request.bool("undo") == true { return try beforeLastChange(request, connection, spokes, in: reader) }
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
        let after = Set(connection.resources).union(added).subtracting(removed)
        guard after.subtracting(connection.resources).count <= Limits.resourcesAdded.value else {
            throw HubError(
                .conflict, "too_many_added",
                "One change adds at most \(Limits.resourcesAdded.value) resources, so that somebody can look through it. "
                    + "Add the rest in a further one, or name a group of the people.")
        }
        return after.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What was chosen before the last change of the choice, in so far as it may still be chosen.
    private static func beforeLastChange(
        _ request: OperationRequest, _ connection: ConnectionFacts, _ spokes: Spokes, in reader: any SQLReader
    ) throws -> [String] {
        guard request.texts("add") ?? [] == [], request.texts("remove") ?? [] == [] else {
            throw HubError(
                .invalid, "undo_alone", "\"undo\" takes the last change back, and goes with no \"add\" or \"remove\".")
        }
        let changes = try ConfigHistory.of("connection", id: connection.id, in: reader).array ?? []
        let last = changes.first { change in
            change["before"]?["resources"].map { $0 != change["after"]?["resources"] } ?? false
        }
        guard let before = last?["before"]?["resources"]?.texts else {
            throw HubError(
                .conflict, "nothing_to_undo",
                "The choice of connection \(connection.name) was not changed within its last \(Limits.pageRows.value) "
                    + "changes.")
        }
        return try spokes.resources(before, spoke: connection.spoke, for: Set(connection.actions))
    }

    /// What the provider says of the resources, those first that would be added.
    private func standings(
        _ after: [String], since before: ConnectionFacts, _ request: OperationRequest
    ) async throws -> [String: ResourceStanding] {
        let added = after.filter { !before.resources.contains($0) }
        do {
            return await parts.spokes.standings(
                of: added + after.filter(before.resources.contains),
                of: try await parts.vault.resolve(connection: before.id),
                administrator: request.secrets["administrator_token"],
                until: parts.effects.now().adding(seconds: Int64(Limits.resourceLookUpSeconds.value)), request.cause)
        } catch let error as HubError where error.kind == .conflict {
            // It has no usable credential: nothing is sent, not even with an administrator's token.
            let unread = ResourceStanding.notReadable(reason: error.reason, says: error.message)
            return after.reduce(into: [:]) { $0[$1] = unread }
        }
    }

    /// - Parameter standings: what the provider says; nil when it was not asked.
    private func answer(
        _ before: ConnectionFacts, _ after: [String], _ standings: [String: ResourceStanding]?
    ) throws -> JSON {
        let grant = try parts.spokes.grant(
            spoke: before.spoke, actions: Set(before.actions), called: before.name, url: before.url, redirect: "",
            account: nil, trustsImpliedScopes: true, resources: after)
        let members = (grant["members"]?.array ?? []).map { member -> JSON in
            guard var whole = member.object, let standing = standings?[member["name"]?.string ?? ""] else {
                return member
            }
            for said in Self.members(standing).members { whole[said.name] = said.value }
            return .object(whole)
        }
        return [
            "connection": .string(before.name), "resources": .array(members),
            "added": .array(after.filter { !before.resources.contains($0) }.map { .string($0) }),
            "removed": .array(before.resources.filter { !after.contains($0) }.map { .string($0) }),
            "kinds": .array((grant["resources"]?.array ?? []).compactMap { $0["name"] }),
            "unreachable": grant["unreachable"] ?? [],
            "searchable": try parts.spokes.searchable(spoke: before.spoke, actions: Set(before.actions)),
        ]
    }

    private static func members(_ standing: ResourceStanding) -> JSONObject {
        switch standing {
        case .found(let name): ["standing": "found", "title": .string(name)]
        case .missing(let says): ["standing": "missing", "says": .string(says)]
        case .notReadable(let reason, let says):
            ["standing": "not_readable", "reason": .string(reason), "says": .string(says)]
        }
    }
}
