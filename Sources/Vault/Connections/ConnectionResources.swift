public import Core
public import Storage

/// The table `connection_resource`: what the resource set of a connection shall hold at the provider.
extension Vault {
    static let resourceMigration = Migration(
        "vault-007",
        [
            .createTable(
                TableDefinition(
                    "connection_resource", [.text("connection_id"), .text("resource")],
                    primaryKey: ["connection_id", "resource"]))
        ])

    /// Makes the chosen resources of a connection these, with its event; nothing if they are so already.
    ///
    /// - Parameter resources: in the spelling of the spoke's file, which whoever calls has checked.
    ///
    /// Throws `HubError`: `no_such_connection`, `too_many_resources`.
    public static func setResources(
        _ resources: [String], ofConnection idOrName: String, in writer: any SQLWriter, by cause: Cause
    ) throws {
        guard resources.count <= Limits.connectionResources.value else {
            throw HubError(
                .conflict, "too_many_resources",
                "A connection names at most \(Limits.connectionResources.value) resources. Take some out first, or put "
                    + "people into a group and name the group.")
        }
        let before = try ConnectionRows.find(idOrName, in: writer)
        var after = before
        after.resources = resources.sorted(by: Names.precede)
        guard after != before else { return }
        after.updatedAt = cause.now
        try writer.run("DELETE FROM connection_resource WHERE connection_id = $1", [.text(after.id)])
        for resource in after.resources {
            try writer.run(
                "INSERT INTO connection_resource (connection_id, resource) VALUES ($1, $2)",
                [.text(after.id), .text(resource)])
        }
        try writer.run(
            "UPDATE connection SET updated_at = $2 WHERE id = $1",
            [.text(after.id), .int(cause.now.epochMilliseconds)])
        try writer.changed(after.row, before: before.json, after: after.json, by: cause)
    }
}

extension ConnectionRows {
    /// The chosen resources, in the order of their bytes.
    static func resources(of id: String, in reader: any SQLReader) throws -> [String] {
        try reader.rows(
            "SELECT resource FROM connection_resource WHERE connection_id = $1 ORDER BY resource LIMIT $2",
            [.text(id), .int(Int64(Limits.connectionResources.value))]
        ).map { try $0.text("resource") }.sorted(by: Names.precede)
    }
}
