import Core
import Ports
import Storage

/// Where an alias leads: the rows of one connection, of one snapshot; the secrets still sealed.
struct Lead: Sendable {
    let connection: Connection
    let standings: [Standing]
    /// Those of the usable credentials.
    let sealed: [String: SealedSecret]
    /// What the tokens of the usable OAuth credentials may do, or will once they are there.
    private let tokens: [String: (generation: Int64?, scopes: Set<String>)]
    let passage: SealedPassage
    /// What all of this rests on.
    let restsOn: [EpochSubject]
    private let readAt: Timestamp

    /// - Parameter alias: the stable id of the alias that leads there; nil where none was asked for.
    init(
        _ idOrName: String, alias: String?, of vault: Vault, at now: Timestamp, in reader: any SQLReader
    ) throws {
        connection = try ConnectionRows.find(idOrName, in: reader)
        guard try ConnectionRows.isBound(connection, vault.envelope, in: reader) else {
            throw connection.changedOutside
        }
        standings = try Standing.all(of: connection.id, on: vault.hub, at: now, in: reader)
        var sealed: [String: SealedSecret] = [:]
        var tokens: [String: (generation: Int64?, scopes: Set<String>)] = [:]
        for credential in standings.filter({ $0.refusal == nil }).map(\.credential) {
            sealed[credential.id] = try SecretRows.find(
                credential.secretID, version: credential.secretVersion, in: reader)
            guard credential.isBound(vault.envelope) else { throw credential.changedOutside }
            guard credential.kind == "oauth" else { continue }
            let grant = try GrantRows.find(credential.id, in: reader)
            let asked = try OAuthSettings(credential.settings, vault.catalogue).asked
            tokens[credential.id] = (grant?.state.generation, Set(grant?.scopes ?? asked))
        }
        self.sealed = sealed
        self.tokens = tokens
        passage = try SealedPassage(connection, isBound: true, standings, in: reader)
        restsOn =
            [.row("connection", id: connection.id)] + (alias.map { [.row("alias", id: $0)] } ?? [])
            + standings.map { .row("credential", id: $0.credential.id) }
        readAt = now
    }

    /// Whether no credential began to rest, rested enough or expired since it was read.
    func holds(at now: Timestamp) -> Bool {
        readAt <= now && standings.allSatisfy { standing in standing.changesAt.map { now < $0 } ?? true }
    }

    /// The credentials that go into requests: a client certificate only where there is no other.
    var inRequests: [Standing] {
        let others = standings.filter { !$0.credential.isCertificate }
        return others.isEmpty ? standings : others
    }

    /// The number of the credential's token set, or of its secret.
    func version(of credential: Credential) -> Int64 {
        tokens[credential.id]?.generation ?? credential.secretVersion
    }

    /// What the token of an OAuth credential may do, or will once it is there; nil for every other kind.
    func token(of credential: Credential) -> OutsideToken? {
        tokens[credential.id].map { OutsideToken(scopes: $0.scopes) }
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
