import Core
import Ports

extension Vault {
    private static var readers: [AdminRole] { [.credentialAdmin, .auditor, .connectionAdmin] }

    private static var secretField: Field.Kind { .secret(most: Limits.credentialBytes.value) }

    private static var settings: [Field] {
        [
            .optional(
                "settings", .parts(by: "kind", SecretKind.parts),
                "What its kind has beside the secret; Docs/reference/credentials.md lists it. An update merges: null takes one away."
            ),
            .optional("active", .bool, "Whether it may be used; true also ends a rest after refusals."),
            .optional("expires_at", .time, "From when it is refused; never if not given."),
            .optional(
                "order", .int(0...1_000_000), "The smaller, the earlier it is tried; equal or none: at random."),
            .optional(
                "max_age_days", .int(1...Int64(Limits.secretAgeDays.value)),
                "How many days old its secret may become; a rotation that is overdue is a finding."),
            .optional(
                "rotate_through", .text(most: Limits.nameField.value),
                "The connection through which the hub rotates its secret by itself, ahead of max_age_days; of the same spoke and host."
            ),
            .optional(
                "applies_to", .texts(most: Limits.credentialHubs.value),
                "The hubs that may use it, by the name in their file hub.id; all if empty."),
            .optional(
                "alias", .text(most: Limits.nameField.value),
                "An alias whose active connection shall use it, by name or id."),
            .application,
        ]
    }

    var credentialOperations: [Operation] {
        [
            Operation(
                "credential", .list, roles: Self.readers,
                says: "Lists credentials in their order, without their secrets.",
                fields: [Paging.after]
            ) { try await self.credentials(after: $0.text("after") ?? "", at: $0.cause.now) },
            Operation("credential", .get, roles: Self.readers, says: "Shows a credential and what uses it.") {
                try await self.credential($0)
            },
            Operation(
                "credential", .create, roles: [.credentialAdmin],
                says: "Seals a secret under a name; it is never shown again.",
                fields: [
                    .name, .required("kind", .oneOf(SecretKind.words), "What sort of credential it is."),
                    .optional(
                        "secret", Self.secretField,
                        "The secret, as the outside system issued it; left out where the kind has none."),
                ] + Self.settings
            ) { try await self.createCredential($0) },
            Operation(
                "credential", .update, roles: [.credentialAdmin],
                says: "Changes a credential; a new secret replaces the old one at the next call.",
                fields: [
                    .newName, .optional("secret", Self.secretField, "A new secret; becomes the next version."),
                    .optional("any_order", .bool, "Takes its order away."),
                    .optional("never_expires", .bool, "Takes its end away."),
                    .optional("by_hand", .bool, "Lets nobody but a person rotate its secret again."),
                    .optional("any_age", .bool, "Lets its secret become as old as it will."),
                ] + Self.settings
            ) { try await self.updateCredential($0) },
            Operation(
                "credential", .delete, roles: [.credentialAdmin],
                says: "Deletes a credential and its secret; refused while a connection uses it.",
                needsFreshProof: true
            ) { try await self.deleteCredential($0) },
        ]
    }
}
