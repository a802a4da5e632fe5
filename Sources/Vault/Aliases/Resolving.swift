import Core
public import Ports
import Storage

extension Vault {
    /// Where an alias leads at this moment, with the opened secrets in the order in which they are tried; nothing of
    /// them is kept.
    ///
    /// Throws `HubError`: `unknown_alias`; and of kind `conflict`, each with the next step: `no_active_connection`,
    /// `connection_changed_outside`, `secret_missing`, `secret_does_not_open`; and where no credential may be used now
    /// `no_usable_credential`, or of the only one `credential_inactive`, `credential_expired`, `credential_elsewhere`
    /// or `credential_rests`.
    public func resolve(alias idOrName: String) async throws -> ResolvedConnection {
        let now = effects.now()
        let look = leads.look(at: effects.monotonicNanoseconds())
        if let lead = look.find(idOrName), lead.holds(at: now) { return try opened(lead) }
        let lead = try await database.read { reader in
            let alias = try AliasRows.find(idOrName, in: reader)
            guard let active = alias.activeConnectionID else {
                throw HubError(
                    .conflict, "no_active_connection",
                    "Alias \(alias.name) has no active connection. Add one and activate it.")
            }
            return try Lead(active, alias: alias.id, of: self, at: now, in: reader)
        }
        look.keep(lead, for: idOrName, restingOn: lead.restsOn)
        return try opened(lead)
    }

    /// The same of a connection by name or id, for a look at the connection itself; an alias need not lead to it.
    public func resolve(connection idOrName: String) async throws -> ResolvedConnection {
        let now = effects.now()
        return try opened(
            try await database.read { reader in try Lead(idOrName, alias: nil, of: self, at: now, in: reader) })
    }

    /// Where an alias leads, by its rows alone: nothing is opened.
    public func target(alias: String) async throws -> CallTarget? {
        try await database.read { reader -> CallTarget? in
            guard let active = try AliasRows.lookUp(alias, in: reader)?.activeConnectionID else { return nil }
            let connection = try ConnectionRows.find(active, in: reader)
            return CallTarget(id: ConnectionID(connection.id), name: connection.name, url: connection.url)
        }
    }

    private func opened(_ lead: Lead) throws -> ResolvedConnection {
        let turn = Standing.inTurn(lead.inRequests, dice: lead.inRequests.map { _ in random() })
        guard !turn.isEmpty else { throw lead.noneUsable }
        let credentials = try turn.map { credential in
            // What an OAuth client proves itself with goes to the provider's token endpoint and nowhere else, and the
            // key of a certificate into no request.
            ResolvedCredential(
                id: CredentialID(credential.id), name: credential.name, kind: credential.kind,
                secret: credential.kind == "oauth" || credential.isCertificate
                    ? Secret([]) : try open(credential, lead),
                version: lead.version(of: credential), settings: credential.settings, token: lead.token(of: credential))
        }
        let connection = lead.connection
        return ResolvedConnection(
            id: ConnectionID(connection.id), name: connection.name, spoke: connection.spoke, url: connection.url,
            actions: Set(connection.actions), allowsLoopbackHTTP: connection.allowsLoopbackHTTP,
            needsApproval: connection.needsApproval, callsPerMinute: connection.callsPerMinute,
            credentials: credentials, passage: try lead.passage.opened(envelope))
    }

    private func open(_ credential: Credential, _ lead: Lead) throws -> Secret {
        guard let sealed = lead.sealed[credential.id] else {
            throw HubError(.internal, "secret_not_read", "Internal error.", detail: "credential \(credential.id)")
        }
        return try envelope.open(sealed, at: credential.place(version: credential.secretVersion))
    }

    private func random() -> UInt64 { effects.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
