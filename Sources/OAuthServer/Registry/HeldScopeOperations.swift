import Core
import Ports

extension OAuthServer {
    /// One auth scope more or less, where an update takes the whole list: two administrators undo nothing of each other.
    var heldScopeOperations: [Operation] { [addScope, removeScope] }

    private static let scopeField = Field.required(
        "scope", .text(most: Limits.nameField.value), "The auth scope, by name.")

    private var addScope: Operation {
        Operation(
            "client", .act("add-scope"), roles: Self.writers,
            says: "Lets a client hold one more auth scope; its new tokens may ask for it.", fields: [Self.scopeField]
        ) { request in
            let added = try await self.checkedScopes([request.required("scope")])
            try await self.mayWiden(request)
            return try await self.change(request, widens: true, settles: true) { client in
                // It holds it already: nothing changes, and nothing is noted.
                if client.scopes.contains(where: added[0].isExactly) { return nil }
                let scopes = Set(client.scopes + added).sorted()
                guard scopes.count <= Limits.clientScopes.value else {
                    throw HubError(
                        .invalid, "too_many_scopes",
                        "Client \(Shown.name(client.name)) holds \(client.scopes.count) auth scopes, the most that one may. "
                            + "Take one away first: linchpin client remove-scope \(Shown.argument(client.name)) SCOPE")
                }
                return ClientChange(scopes: scopes)
            }
        }
    }

    private var removeScope: Operation {
        Operation(
            "client", .act("remove-scope"), roles: Self.writers,
            says: "Takes one auth scope from a client; tokens that it has follow at once.", fields: [Self.scopeField]
        ) { request in
            let scope = try request.required("scope")
            return try await self.change(request, widens: false, settles: true) { client in
                guard client.scopes.contains(where: { $0.isExactly(scope) }) else {
                    throw HubError(
                        .notFound, "scope_not_of_client",
                        "Client \(Shown.name(client.name)) does not hold scope \"\(Shown.name(scope))\". "
                            + "See: linchpin client get \(Shown.argument(client.name))")
                }
                return ClientChange(scopes: client.scopes.filter { !$0.isExactly(scope) })
            }
        }
    }
}
