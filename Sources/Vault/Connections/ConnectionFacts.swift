import Core
public import Storage

/// What other features may know of a connection: nothing that is secret.
public struct ConnectionFacts: Sendable {
    /// Its stable id.
    public let id: String
    /// Its name.
    public let name: String
    /// The spoke it is for.
    public let spoke: String
    /// The base URL.
    public let url: String
    /// Keys of the actions that it enables.
    public let actions: [String]
    /// What its resource set at the provider shall hold.
    public let resources: [String]
    /// Names and ids of the aliases that lead to it now.
    public let aliases: Set<String>
    /// The kinds of its credentials, each once.
    public let credentialKinds: [String]
}

extension Vault {
    /// A connection by name or id; throws `no_such_connection`.
    public static func facts(ofConnection idOrName: String, in reader: any SQLReader) throws -> ConnectionFacts {
        let connection = try ConnectionRows.find(idOrName, in: reader)
        let aliases = try AliasRows.using(connection.id, in: reader).filter { $0.activeConnectionID == connection.id }
        let kinds = try reader.rows(
            """
            SELECT DISTINCT kind FROM connection_credential JOIN credential ON credential.id = credential_id
            WHERE connection_id = $1 ORDER BY kind LIMIT $2
            """, [.text(connection.id), .int(Int64(Limits.connectionCredentials.value))]
        ).map { try $0.text("kind") }
        return ConnectionFacts(
            id: connection.id, name: connection.name, spoke: connection.spoke, url: connection.url,
            actions: connection.actions, resources: connection.resources,
            aliases: Set(aliases.flatMap { [$0.id, $0.name] }), credentialKinds: kinds)
    }
}
