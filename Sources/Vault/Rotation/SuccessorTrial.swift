public import Core
public import Ports
import Storage

/// A successor as it may be tried: the connection with it as its only key.
public struct Successor: Sendable {
    /// The credential's name.
    public let credential: String
    /// Whether it is an OAuth client's, which the provider's own endpoints try.
    public let isOAuth: Bool
    /// Which version of the secret it is.
    public let version: Int64
    /// The connection through which it is tried, with nothing but the successor. For OAuth without a secret.
    public let connection: ResolvedConnection
}

extension Vault {
    /// The successor of a credential, unsealed for one test.
    ///
    /// - Parameter connection: one that uses the credential, by name or id; the first one if nil.
    ///
    /// Throws `HubError`: `no_successor`, `already_switched`, `credential_unused`, and what `resolve` throws.
    public func successor(of idOrName: String, through connection: String?) async throws -> Successor {
        let now = effects.now()
        let (credential, version, through, sealed, passage) = try await database.read {
            reader -> (Credential, Int64, Connection, SealedSecret, SealedPassage) in
            let credential = try CredentialRows.find(idOrName, in: reader)
            var machine = try RotationRows.find(credential, in: reader).machine
            do throws(RotationMachine.Refusal) { _ = try machine.take(.test) } catch {
                throw Self.refusal(error, credential)
            }
            let users = try ConnectionRows.sending(credential.id, in: reader)
            let wanted = try connection.map { try ConnectionRows.find($0, in: reader).id }
            guard let through = users.first(where: { wanted == nil || $0.id == wanted }) else {
                throw HubError(
                    .conflict, "credential_unused",
                    "\(connection.map { "Connection \(Shown.name($0)) does not use" } ?? "No connection uses") credential "
                        + "\(credential.name), so its successor can't be tried there. "
                        + "Let one use it: linchpin connection add-credential NAME \(credential.name)")
            }
            guard try ConnectionRows.isBound(through, self.envelope, in: reader) else { throw through.changedOutside }
            guard credential.isBound(self.envelope) else { throw credential.changedOutside }
            let version = machine.other ?? 0
            let standings = try Standing.all(of: through.id, on: self.hub, at: now, in: reader)
            return (
                credential, version, through,
                try SecretRows.find(credential.secretID, version: version, in: reader),
                try SealedPassage(through, isBound: true, standings, in: reader)
            )
        }
        let isOAuth = credential.kind == "oauth"
        let secret = isOAuth ? Secret([]) : try envelope.open(sealed, at: credential.place(version: version))
        let key = ResolvedCredential(
            id: CredentialID(credential.id), name: credential.name, kind: credential.kind,
            secret: credential.isCertificate ? Secret([]) : secret,
            version: version, settings: credential.settings)
        var way = try passage.opened(envelope)
        if credential.isCertificate {
            // The successor is shown itself, not the key in use.
            way = Passage(
                trustRoots: way.trustRoots, pins: way.pins,
                clientCertificate: .init(chain: credential.settings["certificate"]?.string ?? "", key: secret),
                proxy: way.proxy)
        }
        return Successor(
            credential: credential.name, isOAuth: isOAuth, version: version,
            connection: ResolvedConnection(
                id: ConnectionID(through.id), name: through.name, spoke: through.spoke, url: through.url,
                actions: Set(through.actions), allowsLoopbackHTTP: through.allowsLoopbackHTTP,
                needsApproval: through.needsApproval, callsPerMinute: through.callsPerMinute, credentials: [key],
                passage: way))
    }
}

extension Custodian {
    /// Tries an OAuth client's successor at the provider, beside the tokens that are held and without touching them: a
    /// client that needs no person asks for a token and forgets it, any other asks about the token that it holds.
    public func tryOut(_ successor: Successor, _ cause: Cause) async throws -> Vault.SuccessorTest {
        let held = try await held(successor.credential)
        let (sealed, keyID) = try await vault.database.read { reader in
            (
                try SecretRows.find(held.credential.secretID, version: successor.version, in: reader),
                try RotationRows.find(held.credential, in: reader).otherKeyID
            )
        }
        let client = try held.client(
            vault.envelope,
            secret: try vault.envelope.open(sealed, at: held.credential.place(version: successor.version)),
            keyID: keyID)
        guard held.settings.grant == .authorizationCode else {
            let (form, _) = try Self.form(client, held.grant, nil, effects)
            guard let form else { return .failed(reason: "no_scope_left", says: "There is no scope left to ask for.") }
            switch await endpoint.tokens(client, form, key: try held.key(nil), cause) {
            case .granted(let granted):
                // One that is not taken back ends by itself.
                _ = await revoke(TokenSet(access: granted.access, refresh: nil, key: nil), client, cause)
                return .passed(says: "The provider issued a token to it.")
            case .refused(let failure, _, _): return Self.notPassed(failure, held)
            }
        }
        guard let url = held.settings.introspectURL, let tokens = try held.tokens(vault.envelope) else {
            return .failed(
                reason: "not_testable",
                says:
                    "This client asks for tokens in a person's name, and it holds none, or the provider has no address "
                    + "for questions about one. Switch it untested, and go back if it does not work.")
        }
        do throws(OutboundFailure) {
            let reply = try await endpoint.post(
                client, url, TokenForm.naming(tokens.access), "test of its successor", cause)
            guard reply.status != 200 else { return .passed(says: "The provider knows the client by it.") }
            return Self.notPassed(TokenFailure.judge(TokenReply.answer(reply, TokenReply.json(reply))), held)
        } catch {
            return Self.notPassed(TokenFailure.judge(error), held)
        }
    }

    private static func notPassed(_ failure: TokenFailure, _ held: Held) -> Vault.SuccessorTest {
        let name = held.credential.name
        return .failed(
            reason: failure.code,
            says: failure.next == TokenFailure.seal
                ? "\(failure.says) \(Vault.otherSuccessor(name))" : Held.sentence(failure, name))
    }
}

extension Vault {
    /// What to do with a successor that the provider does not take: while it is there, no other secret may be set.
    public static func otherSuccessor(_ credential: String) -> String {
        "Drop it: linchpin credential drop-successor \(credential). "
            + "Then seal the right one: linchpin credential add-successor \(credential)."
    }
}
