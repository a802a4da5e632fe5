import AuditTrail
public import Core
import Keys
public import Ports
public import Storage

/// Where a rotation through the provider stands, and what it is about. No secret.
public struct RotationTurn: Sendable {
    /// The credential's stable id.
    public let id: String
    /// Its name.
    public let name: String
    /// Its client at the provider.
    public let client: ProvedClient
    /// The thumbprint of the key in use (RFC 7638 §3); nil for a secret.
    public let thumbprint: String?
    /// The stable id of the connection through which the provider's API is called.
    public let connectionID: String
    /// Where that connection leads, which was found to be the credential's own host.
    public let url: String
    /// What comes next.
    public let act: RotationAct
}

/// A client, and what of it the provider's API changes.
public struct ProvedClient: Sendable {
    /// Its id at the provider.
    public let id: String
    /// What it proves itself with.
    public let proof: ClientProof
    /// The `kid` of the key in use; nil for a secret.
    public let keyID: String?
}

// What a rotation through the provider keeps. Each is one transaction with its event, so that a hub that stops in
// between, or loses an answer, finds out from here where it was.
extension Vault {
    /// Where the rotation of a credential stands.
    ///
    /// - Parameters:
    ///   - connection: through which it goes, by name or id; nil for the one that the credential names.
    ///   - byOwn: nobody gave a token, so a connection must have been named.
    ///
    /// Throws `HubError`: `not_by_itself`, `key_id_missing`, `rotate_through_missing`, `connection_elsewhere`, and what
    /// finding them throws.
    public func rotationTurn(of idOrName: String, through connection: String?, byOwn: Bool) async throws -> RotationTurn
    {
        let now = effects.now()
        return try await database.read { reader in
            let credential = try CredentialRows.find(idOrName, in: reader)
            guard credential.isBound(self.envelope) else { throw credential.changedOutside }
            let named =
                try connection ?? credential.rotateThrough
                ?? (byOwn ? nil : ConnectionRows.sending(credential.id, in: reader).first?.id)
            guard let named else {
                throw HubError(
                    .invalid, "rotate_through_missing",
                    "Through which connection is the provider's API to be called? Name it in \"through\", or for good: "
                        + "linchpin credential update \(credential.name) --rotate-through NAME")
            }
            let through = try ConnectionRows.find(named, in: reader)
            let client = try self.client(of: credential, rotatedThrough: through)
            let rotation = try RotationRows.find(credential, in: reader)
            let known = try ProviderRotationRows.find(credential.id, in: reader)
            let thumbprint =
                client.proof == .key ? try self.keyInUse(of: credential, in: reader).publicKey.thumbprint : nil
            return RotationTurn(
                id: credential.id, name: credential.name, client: client, thumbprint: thumbprint,
                connectionID: through.id, url: through.url, act: known.next(rotation, at: now))
        }
    }

    /// The client whose secret or key the provider's API changes; throws unless it can, at that connection's own origin.
    func client(of credential: Credential, rotatedThrough through: Connection) throws -> ProvedClient {
        guard credential.kind == "oauth",
            let guide = catalogue.rotationGuide(of: through.spoke, credentialKind: credential.kind),
            case let settings = try OAuthSettings(credential.settings, catalogue),
            let proof = settings.clientAuth.proof, guide.byItself.contains(proof)
        else {
            throw HubError(
                .conflict, "not_by_itself",
                "The hub rotates by itself only the secret or key of an OAuth client, where the spoke says how. Rotate "
                    + "\(credential.name) by hand: linchpin credential add-successor \(credential.name)")
        }
        let url = credential.settings["url"]?.string
        guard let spoke = credential.settings["spoke"]?.string, spoke.isExactly(through.spoke),
            try url.map({ try BaseURL($0).origin }) == BaseURL(through.url).origin
        else {
            throw HubError(
                .conflict, "connection_elsewhere",
                "Connection \(through.name) leads to another spoke or host than credential \(credential.name) has in its "
                    + "settings, so it can't rotate it. Name one that leads there.")
        }
        guard proof == .secret || settings.keyID != nil else {
            throw HubError(
                .conflict, "key_id_missing",
                "Credential \(credential.name) does not say which of the client's keys it uses, and a second one can't be "
                    + "told from it. Set the `kid` that the provider shows: linchpin credential update \(credential.name) "
                    + "--key-id KID")
        }
        return ProvedClient(id: settings.clientID, proof: proof, keyID: proof == .key ? settings.keyID : nil)
    }

    /// A key pair of the kind of the one in use: the private half to be sealed, the public one as a JWK of that `kid`.
    public func makeKeyPair(of id: String, keyID: String) async throws -> (secret: Secret, publicKey: JSON) {
        let algorithm = try await database.read { reader in
            try self.keyInUse(of: try CredentialRows.find(id, in: reader), in: reader).algorithm
        }
        let made = try JWSPrivateKey.make(algorithm)
        return (made.pem, made.publicKey.named(keyID).jwk)
    }

    private func keyInUse(of credential: Credential, in reader: any SQLReader) throws -> JWSPrivateKey {
        let version = credential.secretVersion
        let sealed = try SecretRows.find(credential.secretID, version: version, in: reader)
        return try JWSPrivateKey(pem: try envelope.open(sealed, at: credential.place(version: version)))
    }

    /// Whoever may have a client's secret made and taken away must be trusted with the connection that does it, too.
    public static func mayRotate(_ caller: Principal) throws {
        guard caller.hasAny([AdminRole.connectionAdmin.rawValue, AdminRole.admin.rawValue]) else {
            throw HubError(
                .forbidden, "connection_admin_needed",
                "Rotating through a connection uses its rights at the provider, which takes the role connection_admin "
                    + "beside credential_admin. Ask somebody who has both.")
        }
    }

    /// Says how long the old secret stays usable after the switch.
    public func setOverlap(of id: String, seconds: Int64) async throws {
        try await database.write(.bookkeeping("how long an old secret stays usable")) { writer in
            var known = try ProviderRotationRows.find(id, in: writer)
            known.overlapSeconds = seconds
            if known.phase != .idle, known.failure == nil { known.nextAt = nil }
            try ProviderRotationRows.keep(known, of: id, in: writer)
        }
    }

    /// Kept before a successor is asked for: what was there, so that a list can tell later whether it was made.
    public func intendToAdd(of id: String, beside oldID: String, _ cause: Cause) async throws {
        try await step(of: id, "add-at-provider", [.outcome: "begun"], cause) { known, rotation in
            guard rotation.machine.stage == .idle, known.phase == .idle || known.phase == .adding else { return false }
            known.phase = .adding
            known.beganAt = cause.now
            (known.oldID, known.oldVersion) = (oldID, rotation.machine.inUse)
            return true
        }
    }

    /// Seals the successor that the provider made or knows now, and keeps what it is known by there, at once.
    ///
    /// - Parameters:
    ///   - keyID: a key's `kid`.
    ///   - begun: the moment of the intent. A hub that stalled, and whose turn another one took over meanwhile, seals
    ///     nothing: that one has settled what this one asked for.
    public func sealAdded(
        _ secret: Secret, id newID: String, keyID: String? = nil, of id: String, begun: Timestamp, _ cause: Cause
    ) async throws {
        let (known, rotation) = try await database.read { reader in
            let known = try CredentialRows.find(id, in: reader)
            return (known, try RotationRows.find(known, in: reader))
        }
        try SecretKind.named(known.kind).checked(secret, known.settings, catalogue)
        let sealed = try sealedSuccessor(secret, of: known, rotation)
        _ = try await take(.add, of: id, sealed: (sealed, nil, keyID), cause) { credential, writer in
            var known = try ProviderRotationRows.find(credential.id, in: writer)
            guard known.phase == .adding, known.beganAt == begun else { throw Self.changedMeanwhile(credential) }
            known = known.recovered()
            known.phase = .open
            (known.newID, known.newVersion) = (newID, sealed.version)
            try ProviderRotationRows.keep(known, of: credential.id, in: writer)
        }
    }

    /// Puts a successor to use that has shown that it works.
    public func switchToSuccessor(of id: String, _ cause: Cause) async throws {
        _ = try await take(.switch, of: id, cause)
    }

    /// Kept before a secret is taken away at the provider. Whether it still is the one to go is asked in the same
    /// transaction: somebody may have gone back to it since.
    public func intendToTakeAway(_ secretID: String, of id: String, _ cause: Cause) async throws {
        try await step(of: id, "retire-at-provider", [.outcome: "begun"], cause) { known, rotation in
            known.next(rotation, at: cause.now) == .takeAway(secretID)
        }
    }

    /// It is gone at the provider: deletes it here, where it still is, and ends the rotation.
    ///
    /// Throws `gone_back` where somebody went back to it while it was being taken away.
    public func retireTakenAway(_ secretID: String, of id: String, _ cause: Cause) async throws {
        let (credential, rotation, known) = try await database.read { reader in
            let credential = try CredentialRows.find(id, in: reader)
            return (
                credential, try RotationRows.find(credential, in: reader),
                try ProviderRotationRows.find(credential.id, in: reader)
            )
        }
        guard rotation.machine.stage == .switched else {
            try await forget(of: id, "retire-at-provider", cause)
            let isInUse = known.oldID == secretID && known.oldVersion == rotation.machine.inUse
            guard isInUse, rotation.machine.stage != .idle else { return }
            throw HubError(
                .conflict, "gone_back",
                "Somebody went back to the old secret of credential \(credential.name) while it was taken away at the "
                    + "provider, where it is gone. Test the successor and switch to it: linchpin credential "
                    + "test-successor \(credential.name)")
        }
        _ = try await take(.retire, of: id, cause) { credential, writer in
            guard try ProviderRotationRows.find(credential.id, in: writer).oldID == secretID else {
                throw Self.changedMeanwhile(credential)
            }
            try ProviderRotationRows.delete(credential.id, in: writer)
        }
    }

    /// Ends a rotation that is about other secrets than those that are here now.
    public func giveUp(of id: String, _ cause: Cause) async throws {
        try await forget(of: id, "give-up-at-provider", cause)
    }

    private func forget(of id: String, _ step: String, _ cause: Cause) async throws {
        try await database.write(.change) { writer in
            let credential = try CredentialRows.find(id, in: writer)
            try ProviderRotationRows.delete(credential.id, in: writer)
            try writer.record(Self.event(credential, step, [.outcome: "complete"], cause))
        }
    }

    /// Puts the next turn off, until the old secret may go.
    public func waitToRetire(of id: String, until moment: Timestamp) async throws {
        try await database.write(.bookkeeping("when an old secret may go")) { writer in
            let known = try ProviderRotationRows.find(id, in: writer)
            try ProviderRotationRows.keep(known.recovered(next: moment), of: id, in: writer)
        }
    }

    /// Keeps why a rotation that nobody watched failed, and puts its next turn off, longer each time.
    public func rotationFailed(of id: String, reason: String, says: String, _ cause: Cause) async throws {
        try await step(of: id, "rotate", [.outcome: "failed", .reason: reason], cause) { known, _ in
            known = known.failed(.init(reason: reason, says: says), at: cause.now)
            return true
        }
    }

    /// Ids of credentials that are to be rotated, or whose rotation is to go on, by itself, now; of those that this hub may
    /// use.
    public func rotationsDue(at now: Timestamp, most: Int, in reader: any SQLReader) throws -> [String] {
        try ProviderRotationRows.due(at: now, on: hub, most: most, in: reader)
    }

    private func step(
        of idOrName: String, _ step: String, _ details: [AuditEvent.Key: String], _ cause: Cause,
        _ change: @escaping @Sendable (inout ProviderRotation, Rotation) -> Bool
    ) async throws {
        try await database.write(.change) { writer in
            let credential = try CredentialRows.find(idOrName, in: writer)
            var known = try ProviderRotationRows.find(credential.id, in: writer)
            guard change(&known, try RotationRows.find(credential, in: writer)) else {
                throw Self.changedMeanwhile(credential)
            }
            try ProviderRotationRows.keep(known, of: credential.id, in: writer)
            try writer.record(Self.event(credential, step, details, cause))
        }
    }

    private static func event(
        _ credential: Credential, _ step: String, _ details: [AuditEvent.Key: String], _ cause: Cause
    ) -> AuditEvent {
        AuditEvent(
            .credentialRotated, on: .init("credential", id: credential.id, name: credential.name), by: cause,
            details.merging([.step: step]) { own, _ in own })
    }
}
