import Core
import Ports

extension Vault {
    private static var readers: [AdminRole] { [.credentialAdmin, .auditor, .connectionAdmin] }

    private static var secretField: Field.Kind { .secret(most: Limits.credentialBytes.value) }

    private static var settings: [Field] {
        [
            .optional("active", .bool, "Whether it may be used; true also ends a rest after refusals."),
            .optional("expires_at", .time, "From when it is refused; never if not given."),
            .optional(
                "order", .int(0...1_000_000), "The smaller, the earlier it is tried; equal or none: at random."),
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
            ) { try await self.credentials(after: $0.text("after") ?? "") },
            Operation("credential", .get, roles: Self.readers, says: "Shows a credential and what uses it.") {
                try await self.credential($0.id)
            },
            Operation(
                "credential", .create, roles: [.credentialAdmin],
                says: "Seals a secret under a name; it is never shown again.",
                fields: [
                    .name, .required("kind", .oneOf(CredentialSecret.kinds), "What sort of secret it is."),
                    .required("secret", Self.secretField, "The secret, as the outside system issued it."),
                ] + Self.settings
            ) { try await self.createCredential($0) },
            Operation(
                "credential", .update, roles: [.credentialAdmin],
                says: "Changes a credential; a new secret replaces the old one at the next call.",
                fields: [
                    .newName, .optional("secret", Self.secretField, "A new secret; becomes the next version."),
                    .optional("any_order", .bool, "Takes its order away."),
                    .optional("never_expires", .bool, "Takes its end away."),
                ] + Self.settings
            ) { try await self.updateCredential($0) },
            Operation(
                "credential", .delete, roles: [.credentialAdmin],
                says: "Deletes a credential and its secret; refused while a connection uses it."
            ) { try await self.deleteCredential($0) },
        ]
    }
}

/// What a secret of a kind may look like.
enum CredentialSecret {
    static let kinds = ["api_key"]

    /// An API key goes into a header (RFC 9110 §5.5): visible ASCII only, so that it cannot break out of it. Okta's
    /// may have its scheme before it, as its form asks for; the spoke takes it off.
    static func check(_ secret: Secret) throws -> Secret {
        let isFit = secret.reveal { bytes in
            let scheme = Array("SSWS ".utf8)
            let key = bytes.starts(with: scheme) ? bytes.dropFirst(scheme.count) : bytes[...]
            return !key.isEmpty && key.allSatisfy { (0x21...0x7E).contains($0) }
        }
        guard isFit else {
            throw HubError(
                .invalid, "bad_secret",
                "\"secret\" must be visible ASCII without spaces or line ends, with or without \"SSWS \" before it. "
                    + "Copy it again, whole and alone."
            )
        }
        return secret
    }
}
