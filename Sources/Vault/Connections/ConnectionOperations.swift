import Core
import Ports

extension Vault {
    private static var readers: [AdminRole] { [.connectionAdmin, .auditor] }

    private static var text: Field.Kind { .text(most: Limits.nameField.value) }

    private static var settings: [Field] {
        [
            .optional(
                "credentials", .texts(most: Limits.connectionCredentials.value),
                "The credentials that it may use, by name or id; in which order, each credential says."),
            .optional("credential", text, "The same for one credential."),
            .optional(
                "actions", .texts(most: Limits.connectionActions.value),
                "Keys of the actions it enables; all others are refused."),
            .optional("allow_loopback_http", .bool, "Whether http to this machine is allowed; a finding."),
            .optional(
                "needs_approval", .bool,
                "Whether its destructive actions need a second person's approval, in a flow."),
            .optional(
                "calls_per_minute", .int(0...Int64(Limits.callsPerMinute.value)),
                "Calls a minute that each hub lets out; 0 for no bound of its own."),
            .application,
        ] + PassageRules.fields
    }

    private static var credentialField: [Field] { [.required("credential", text, "The credential, by name or id.")] }

    var connectionOperations: [Operation] {
        [
            Operation(
                "connection", .list, roles: Self.readers, says: "Lists connections by name.", fields: [Paging.after]
            ) {
                try await self.connections(after: $0.text("after") ?? "", at: $0.cause.now)
            },
            Operation(
                "connection", .get, roles: Self.readers,
                says: "Shows where a connection leads, with which credential, for which actions, and who uses it."
            ) { try await self.connection($0) },
            Operation(
                "connection", .create, roles: [.connectionAdmin], says: "Adds a connection to an outside system.",
                fields: [
                    .name, .required("spoke", Self.text, "The spoke it is for."),
                    .required("url", .text(most: Limits.baseURLBytes.value), "The base URL; https."),
                ] + Self.settings
            ) { try await self.createConnection($0) },
            Operation(
                "connection", .update, roles: [.connectionAdmin],
                says:
                    "Changes a connection; \"actions\" replaces the whole list. no_longer: what its lists held and hold no "
                    + "more; flows_fail: the active flows that fail for it.",
                fields: [
                    .newName, .optional("url", .text(most: Limits.baseURLBytes.value), "Another base URL; https."),
                ] + Self.settings
            ) { try await self.updateConnection($0) },
            Operation(
                "connection", .delete, roles: [.connectionAdmin],
                says: "Deletes a connection; refused while an alias has it."
            ) { try await self.deleteConnection($0) },
            Operation(
                "connection", .act("add-credential"), roles: [.connectionAdmin],
                says: "Lets a connection use one more credential.", fields: Self.credentialField
            ) { try await self.addCredential($0) },
            Operation(
                "connection", .act("remove-credential"), roles: [.connectionAdmin],
                says: "Takes a credential from a connection; refused for the last one.", fields: Self.credentialField
            ) { try await self.removeCredential($0) },
            Operation(
                "connection", .act("enable-action"), roles: [.connectionAdmin], says: "Enables one action.",
                fields: [.required("action", .text(most: 200), "The action's key, such as suspend_user.")]
            ) { try await self.setAction($0, enabled: true) },
            Operation(
                "connection", .act("disable-action"), roles: [.connectionAdmin],
                says:
                    "Disables one action; the next call of it is refused. flows_fail: the active flows that fail for it.",
                fields: [.required("action", .text(most: 200), "The action's key, such as suspend_user.")]
            ) { try await self.setAction($0, enabled: false) },
        ]
    }
}
