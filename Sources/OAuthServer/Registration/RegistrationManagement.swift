import AuditTrail
public import Core
import Keys
import Storage

// A client that registered itself reads, replaces or deletes its registration by its registration access token.
extension RegistrationEndpoint {
    /// A proved client with what its token allows.
    private struct Owned: Sendable {
        let registration: ClientRegistration
        let client: Client
        let access: Secret
    }

    /// `GET` of a registration (RFC 7592 §2.1).
    public func read(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await answer(correlation) {
            let owned = try await owned(request)
            return .answered(shown(owned), owned.client)
        }
    }

    /// `PUT` (RFC 7592 §2.2): what is left out is taken away. What an administrator settled beside it stays.
    public func replace(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await answer(correlation) { try await replaced(request, at: now, correlation) }
    }

    /// `DELETE` (RFC 7592 §2.3): the client goes, with all its tokens.
    public func delete(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await answer(correlation) {
            let owned = try await owned(request)
            let cause = Cause(owned.client.actor, at: now, correlation)
            try await database.write(.change) { writer in
                try ClientStore.delete(try Self.current(owned, in: writer), by: cause, in: writer)
            }
            return .answered(.null, owned.client, status: 204)
        }
    }

    private func replaced(
        _ request: RegistrationRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async throws -> TokenResponse {
        let owned = try await owned(request)
        let object = try request.object()
        try Self.check(object, of: owned.client, at: now)
        guard changes.count(owned.client.id.rawValue, at: now) <= Limits.registrationChanges.value else {
            throw RegistrationRefusal.tooOften
        }
        let (metadata, before) = (try ClientMetadata(object), owned.registration)
        let name = try Self.name(metadata, owned.client.publicID)
        let scopes = try await scopes(metadata, within: before.scopes)
        let made = NewSecret(effects, at: now, until: owned.client.settings.secrets.end(of: now))
        let after = ClientRegistration(
            client: before.client, hash: before.hash, user: before.user, scopes: before.scopes, grants: before.grants,
            method: metadata.method)
        let cause = Cause(owned.client.actor, at: now, correlation)
        let (client, secret) = try await database.write(.change) { [certificates] writer in
            let current = try Self.current(owned, in: writer)
            let settings = try metadata.settings(
                over: current.settings, allowed: before.grants, certificates: certificates.areAskedFor)
            let needsSecret = metadata.needsSecret && !current.secrets.contains { $0.counts(at: now) }
            if !metadata.needsSecret { try Self.withdrawSecrets(of: current, by: cause, in: writer) }
            try ClientRegistrationStore.put(after, in: writer)
            // Read again, without the secrets that were withdrawn.
            let changed = try ClientStore.apply(
                ClientChange(name: name, scopes: scopes, settings: { _ in settings }),
                to: try ClientStore.get(current.id.rawValue, in: writer), by: cause, in: writer)
            if needsSecret { try made.add(to: changed, by: cause, in: writer) }
            return (changed, needsSecret ? made : nil)
        }
        return .answered(information(client, metadata.method, access: owned.access, secret: secret), client)
    }

    /// RFC 7592 §2.1 (MUST): 401 also for a client that is not there, or is another's.
    private func owned(_ request: RegistrationRequest) async throws -> Owned {
        let hash = try request.token(.registrationAccess)
        let access = try request.presented()
        let owned = try await database.read { reader -> Owned? in
            guard let registration = try ClientRegistrationStore.find(hash, in: reader),
                let client = try ClientStore.find(registration.client.rawValue, in: reader),
                client.publicID.isExactly(request.clientID)
            else { return nil }
            return Owned(registration: registration, client: client, access: access)
        }
        guard let owned else { throw RegistrationRefusal.tokenUnknown }
        guard owned.client.isActive else { throw RegistrationRefusal.clientInactive }
        return owned
    }

    /// The client as it is in a transaction that changes it. What its token allowed was allowed for the user of then.
    private static func current(_ owned: Owned, in writer: any SQLWriter) throws -> Client {
        guard let client = try ClientStore.find(owned.client.id.rawValue, in: writer) else {
            throw RegistrationRefusal.tokenUnknown
        }
        guard client.isActive else { throw RegistrationRefusal.clientInactive }
        guard client.user == owned.registration.user, !client.settings.actsForUsers else {
            throw RegistrationRefusal.takenOver
        }
        return client
    }

    /// RFC 7592 §2.2: which members must be there, and which must not.
    private static func check(
        _ object: JSONObject, of client: Client, at now: Timestamp
    ) throws(RegistrationRefusal) {
        guard let id = object["client_id"]?.string, id.isExactly(client.publicID) else {
            throw .metadata(.clientID, "must be that of this client.")
        }
        if let one = MetadataMember.ofTheHub.first(where: { object[$0.rawValue] != nil }) {
            throw .metadata(one, "must not be sent.")
        }
        guard let sent = object["client_secret"], sent != .null else { return }
        let hash = MachineSecret.hash(Secret(sent.string ?? ""))
        let isOurs = client.secrets.contains { $0.counts(at: now) && ConstantTime.equal($0.hash, hash) }
        guard isOurs else { throw .metadata(.clientSecret, "is not that of this client.") }
    }

    private static func withdrawSecrets(of client: Client, by cause: Cause, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM client_secret WHERE client_ref = $1", [.text(client.id.rawValue)])
        for secret in client.secrets {
            try writer.record(
                AuditEvent(
                    .secretWithdrawn, on: client.target, by: cause, [.keyID: secret.id, .until: cause.now.rfc3339]))
        }
    }

    private func shown(_ owned: Owned) -> JSON {
        information(owned.client, owned.registration.method, access: owned.access, secret: nil)
    }
}
