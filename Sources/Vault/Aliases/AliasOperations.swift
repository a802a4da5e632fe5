import Core
import Ports

extension Vault {
    private static var readers: [AdminRole] { [.connectionAdmin, .auditor] }

    private static var text: Field.Kind { .text(most: Limits.nameField.value) }

    private static var connectionField: [Field] { [.required("connection", text, "The connection, by name or id.")] }

    var aliasOperations: [Operation] {
        [
            Operation("alias", .list, roles: Self.readers, says: "Lists aliases by name.", fields: [Paging.after]) {
                try await self.aliases(after: $0.text("after") ?? "")
            },
            Operation("alias", .get, roles: Self.readers, says: "Shows which connections an alias may lead to.") {
                try await self.alias($0.id)
            },
            Operation(
                "alias", .create, roles: [.connectionAdmin],
                says: "Adds the name that flows use; the connection given becomes the active one.",
                fields: [
                    .name, .optional("spoke", Self.text, "The spoke; the connection's, if not given."),
                    .optional("connection", Self.text, "The first connection, by name or id."), .application,
                ]
            ) { try await self.createAlias($0) },
            Operation(
                "alias", .delete, roles: [.connectionAdmin],
                says: "Deletes an alias that no active flow uses."
            ) { try await self.deleteAlias($0) },
            Operation(
                "alias", .act("add-connection"), roles: [.connectionAdmin],
                says: "Adds a connection that the alias may lead to, without activating it.",
                fields: Self.connectionField
            ) { try await self.addConnection($0) },
            Operation(
                "alias", .act("remove-connection"), roles: [.connectionAdmin],
                says: "Removes a connection that is not the active one.", fields: Self.connectionField
            ) { try await self.removeConnection($0) },
            Operation(
                "alias", .act("activate"), roles: [.connectionAdmin],
                says:
                    "Makes another of its connections the active one, from the next call on. flows_fail: the active flows "
                    + "that fail for it.",
                fields: Self.connectionField
            ) { try await self.activate($0) },
        ]
    }
}
