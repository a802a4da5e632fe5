import Core
import Ports
import Storage

/// What administrators can do with backups.
enum BackupOperations {
    static let declared: [Operation] = [list, create, restore]

    static func all(_ desk: BackupDesk, of database: any Database, _ reopening: Reopening) -> [Operation] {
        [
            list.running { request in ["items": .array(try desk.list(in: try folder(request)))] },
            create.running { request in
                let manifest = try await desk.make(of: database, in: try folder(request), by: request.cause)
                return manifest.summary
            },
            restore.running { request in
                guard reopening.isPossible else {
                    throw HubError(
                        .conflict, "cannot_reopen",
                        "This program does not open its hub again. Stop it, then run: linchpin restore")
                }
                let (order, manifest) = try await desk.order(request.id, in: try folder(request), by: request.cause)
                reopening.ask()
                return order.answer(manifest)
            },
        ]
    }

    private static let list = Operation(
        "backup", .list, roles: [.admin, .auditor], says: "Lists the backups in the hub's folder, the newest first.",
        fields: [elsewhere]
    ) { _ in .null }

    private static let create = Operation(
        "backup", .create, roles: [.admin],
        says: "Makes and verifies a backup of the embedded store while it is in use. The master key is not in it.",
        fields: [elsewhere]
    ) { _ in .null }

    private static let restore = Operation(
        "backup", .act("restore"), roles: [.admin],
        says: "Checks a backup whole, puts the present store aside, and opens the hub again on the backup.",
        fields: [elsewhere], needsFreshProof: true
    ) { _ in .null }

    private static let elsewhere = Field.optional(
        "folder", .text(most: Limits.sentenceField.value),
        "Another folder than the hub's own, by its path; over the hub's own socket alone.")

    /// A path of this machine is for those who have its files anyway.
    private static func folder(_ request: OperationRequest) throws -> String? {
        guard let folder = request.text("folder") else { return nil }
        guard request.caller.method == .socket else {
            throw HubError(
                .forbidden, "folder_not_yours",
                "\"folder\" may be named over the hub's own socket alone. Leave it out, or use the command line there.")
        }
        return folder
    }
}

extension RestoreOrder {
    func answer(_ manifest: BackupManifest) -> JSON {
        [
            "restore": .string(id), "backup": .string(copy), "put_aside": .string(aside),
            "made_at": .string(manifest.at.rfc3339), "checkpoint": manifest.checkpoint.map { .string($0) } ?? .null,
        ]
    }
}
