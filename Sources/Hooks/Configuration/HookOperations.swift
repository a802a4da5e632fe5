import Core
public import Ports

extension Hooks {
    private static let readers: [AdminRole] = [.connectionAdmin, .auditor]
    private static var text: Field.Kind { .text(most: Limits.nameField.value) }

    private static let choices: [Field] = [
        .optional(
            "header", text,
            "The header that carries the secret, as the provider sends it; x-linchpin-hook if not given."),
        .optional(
            "types", .texts(most: Limits.hookTypes.value),
            "The types of events that the provider sends here; without them losses are not looked for."),
    ]

    /// What an administrator can do with hooks.
    public var operations: [Operation] {
        [
            Operation("hook", .list, roles: Self.readers, says: "Lists inbound hooks by name.", fields: [Paging.after])
            {
                try await self.list($0)
            },
            Operation(
                "hook", .get, roles: Self.readers, says: "Shows a hook, how it fares, and the latest events it got."
            ) { try await self.show($0) },
            Operation(
                "hook", .create, roles: [.connectionAdmin],
                says: "Makes an address for an outside system's events. It has no secret yet: see rotate-secret.",
                fields: [
                    .required("name", Self.text, "A unique name, which its address ends in; it stays."),
                    .required("spoke", Self.text, "The spoke of the system that sends."),
                    .optional("alias", Self.text, "The alias through which the system's log is read, to find losses."),
                ] + Self.choices + [.optional("application", Self.text, "The application it belongs to.")]
            ) { try await self.create($0) },
            Operation(
                "hook", .update, roles: [.connectionAdmin], says: "Changes a hook; what is not given stays.",
                fields: [
                    .optional("alias", Self.text, "Another alias to read the system's log through."),
                    .optional("no_alias", .bool, "Reads the log no more, so losses are not found."),
                ] + Self.choices + [.optional("active", .bool, "A hook that is off refuses everything.")]
            ) { try await self.update($0) },
            Operation(
                "hook", .act("rotate-secret"), roles: [.connectionAdmin],
                says: "Makes a secret and shows it this once; the one before is taken for another day."
            ) { try await self.rotateSecret($0) },
            Operation(
                "hook", .act("compare"), roles: [.connectionAdmin],
                says: "Compares now with the system's own log, and takes in what never arrived."
            ) { try await self.compareNow($0) },
            Operation(
                "hook", .delete, roles: [.connectionAdmin],
                says: "Deletes a hook that no active flow starts from; its address refuses everything."
            ) { try await self.delete($0) },
        ]
    }
}
