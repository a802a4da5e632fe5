import Core
public import Ports
import Storage

extension Vault {
    /// Where an alias leads at this moment, with the opened secrets in the order in which they are tried; nothing of
    /// it is kept.
    ///
    /// Throws `HubError`: `unknown_alias`; and of kind `conflict`, each with the next step: `no_active_connection`,
    /// `connection_changed_outside`, `secret_missing`, `secret_does_not_open`; and where no credential may be used now
    /// `no_usable_credential`, or of the only one `credential_inactive`, `credential_expired`, `credential_elsewhere`
    /// or `credential_rests`.
    public func resolve(alias: String) async throws -> ResolvedConnection {
        try await resolve { reader in
            let alias = try AliasRows.find(alias, in: reader)
            guard let active = alias.activeConnectionID else {
                throw HubError(
                    .conflict, "no_active_connection",
                    "Alias \(alias.name) has no active connection. Add one and activate it.")
            }
            return active
        }
    }

    /// The same of a connection by name or id, for a look at the connection itself; an alias need not lead to it.
    public func resolve(connection idOrName: String) async throws -> ResolvedConnection {
        try await resolve { _ in idOrName }
    }

    /// Where an alias leads, by its rows alone: nothing is opened.
    public func target(alias: String) async throws -> CallTarget? {
        try await database.read { reader -> CallTarget? in
            guard let active = try AliasRows.lookUp(alias, in: reader)?.activeConnectionID else { return nil }
            let connection = try ConnectionRows.find(active, in: reader)
            return CallTarget(id: ConnectionID(connection.id), name: connection.name, url: connection.url)
        }
    }

    private func resolve(
        _ connection: @escaping @Sendable (any SQLReader) throws -> String
    ) async throws -> ResolvedConnection {
        let now = effects.now()
        let found = try await database.read { reader in
            try Found(try connection(reader), on: self.hub, at: now, self.envelope, in: reader)
        }
        let turn = Standing.inTurn(found.inRequests, dice: found.inRequests.map { _ in random() })
        guard !turn.isEmpty else { throw found.noneUsable }
        let credentials = try turn.map { credential in
            // What an OAuth client proves itself with goes to the provider's token endpoint and nowhere else, and the
            // key of a certificate into no request.
            ResolvedCredential(
                id: CredentialID(credential.id), name: credential.name, kind: credential.kind,
                secret: credential.kind == "oauth" || credential.isCertificate
                    ? Secret([]) : try open(credential, found),
                version: found.grants[credential.id]?.state.generation ?? credential.secretVersion,
                settings: credential.settings, token: try found.token(of: credential, catalogue))
        }
        return ResolvedConnection(
            id: ConnectionID(found.connection.id), name: found.connection.name, spoke: found.connection.spoke,
            url: found.connection.url, actions: Set(found.connection.actions),
            allowsLoopbackHTTP: found.connection.allowsLoopbackHTTP,
            needsApproval: found.connection.needsApproval, callsPerMinute: found.connection.callsPerMinute,
            credentials: credentials, passage: try found.passage.opened(envelope))
    }

    private func open(_ credential: Credential, _ found: Found) throws -> Secret {
        guard let sealed = found.sealed[credential.id] else {
            throw HubError(.internal, "secret_not_read", "Internal error.", detail: "credential \(credential.id)")
        }
        return try envelope.open(sealed, at: credential.place(version: credential.secretVersion))
    }

    private func random() -> UInt64 { effects.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}

/// The rows of one connection, of one snapshot; the secrets still sealed.
private struct Found: Sendable {
    let connection: Connection
    let standings: [Standing]
    /// Those of the usable credentials.
    let sealed: [String: SealedSecret]
    /// Those of the usable OAuth credentials.
    let grants: [String: OutsideGrant]
    let passage: SealedPassage

    /// The credentials that go into requests: a client certificate only where there is no other.
    var inRequests: [Standing] {
        let others = standings.filter { !$0.credential.isCertificate }
        return others.isEmpty ? standings : others
    }

    init(
        _ idOrName: String, on hub: String, at now: Timestamp, _ envelope: Envelope, in reader: any SQLReader
    ) throws {
        connection = try ConnectionRows.find(idOrName, in: reader)
        guard try ConnectionRows.isBound(connection, envelope, in: reader) else { throw connection.changedOutside }
        standings = try Standing.all(of: connection.id, on: hub, at: now, in: reader)
        var sealed: [String: SealedSecret] = [:]
        var grants: [String: OutsideGrant] = [:]
        for credential in standings.filter({ $0.refusal == nil }).map(\.credential) {
            sealed[credential.id] = try SecretRows.find(
                credential.secretID, version: credential.secretVersion, in: reader)
            guard credential.isBound(envelope) else { throw credential.changedOutside }
            if credential.kind == "oauth" { grants[credential.id] = try GrantRows.find(credential.id, in: reader) }
        }
        self.sealed = sealed
        self.grants = grants
        passage = try SealedPassage(connection, isBound: true, standings, in: reader)
    }

    /// What the token of an OAuth credential may do, or will once it is there; nil for every other kind.
    func token(of credential: Credential, _ catalogue: any ActionCatalogue) throws -> OutsideToken? {
        guard credential.kind == "oauth" else { return nil }
        let asked = try OAuthSettings(credential.settings, catalogue).asked
        return OutsideToken(scopes: Set(grants[credential.id]?.scopes ?? asked))
    }

    /// Why none may be used: the one reason, or all by name.
    var noneUsable: HubError {
        let standings = inRequests
        if standings.count == 1, let refusal = standings[0].refusal { return refusal }
        let reasons = standings.map { "\($0.credential.name) (\($0.refusal?.reason ?? "usable"))" }
        return HubError(
            .conflict, "no_usable_credential",
            "Connection \(connection.name) has no credential that may be used now: \(reasons.joined(separator: ", ")). "
                + "Make one of them usable, or add another.")
    }
}
