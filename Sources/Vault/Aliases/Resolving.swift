import Core
public import Ports
import Storage

extension Vault {
    /// Where an alias leads at this moment, with the opened secret; nothing of it is kept.
    ///
    /// Throws `HubError`: `unknown_alias`; and of kind `conflict`, each with the next step: `no_active_connection`,
    /// `credential_inactive`, `credential_expired`, `connection_changed_outside`, `secret_missing`,
    /// `secret_does_not_open`.
    public func resolve(alias: String) async throws -> ResolvedConnection {
        let now = effects.now()
        let found = try await database.read { try Found(alias, at: now, self.envelope, in: $0) }
        let credential = found.credential
        let secret = try envelope.open(found.sealed, at: credential.place(version: credential.secretVersion))
        return ResolvedConnection(
            id: ConnectionID(found.connection.id), name: found.connection.name, spoke: found.connection.spoke,
            url: found.connection.url, actions: Set(found.connection.actions),
            allowsLoopbackHTTP: found.connection.allowsLoopbackHTTP,
            credential: ResolvedCredential(
                id: CredentialID(credential.id), name: credential.name, kind: credential.kind, secret: secret))
    }
}

/// The rows that an alias leads to, of one snapshot; the secret still sealed.
private struct Found: Sendable {
    let connection: Connection
    let credential: Credential
    let sealed: SealedSecret

    init(_ idOrName: String, at now: Timestamp, _ envelope: Envelope, in reader: any SQLReader) throws {
        let alias = try AliasRows.find(idOrName, in: reader)
        guard let active = alias.activeConnectionID else {
            throw HubError(
                .conflict, "no_active_connection",
                "Alias \(alias.name) has no active connection. Add one and activate it.")
        }
        connection = try ConnectionRows.find(active, in: reader)
        guard try ConnectionRows.isBound(connection, envelope, in: reader) else { throw connection.changedOutside }
        credential = try CredentialRows.find(connection.credentialID, in: reader)
        if let refusal = credential.refusal(at: now) { throw refusal }
        sealed = try SecretRows.find(credential.secretID, version: credential.secretVersion, in: reader)
    }
}
