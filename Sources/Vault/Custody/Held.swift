import Core
import Keys
import Ports
import Storage

/// An OAuth credential and its grant, of one snapshot; the secrets still sealed.
struct Held: Sendable {
    let credential: Credential
    let settings: OAuthSettings
    let policy: RefreshPolicy
    let grant: OutsideGrant
    let sealedSecret: SealedSecret
    let sealedTokens: SealedSecret?
    /// Of the connections that use the credential; empty where nothing is to be sent.
    var passages: [SealedPassage] = []
    /// Whether the tokens went by more than the plain way, and no connection is left that knows it.
    var isWayGone = false

    /// - Parameter secretID: for the token sets of a grant that has no row yet.
    init(
        _ idOrName: String, secretID: String, _ envelope: Envelope, _ catalogue: any ActionCatalogue,
        in reader: any SQLReader
    ) throws {
        credential = try CredentialRows.find(idOrName, in: reader)
        guard credential.kind == "oauth" else {
            throw HubError(
                .invalid, "not_oauth",
                "Credential \(credential.name) is of kind \(credential.kind) and has no tokens. Choose one of kind oauth."
            )
        }
        guard credential.isBound(envelope) else { throw credential.changedOutside }
        settings = try OAuthSettings(credential.settings, catalogue)
        policy = settings.policy(of: credential)
        let found = try GrantRows.find(credential.id, in: reader)
        grant = found ?? OutsideGrant(credentialID: credential.id, secretID: secretID)
        sealedSecret = try SecretRows.find(credential.secretID, version: credential.secretVersion, in: reader)
        sealedTokens =
            grant.state.generation == 0 || grant.state.word == .none
            ? nil : try SecretRows.find(grant.secretID, version: grant.state.generation, in: reader)
    }

    /// What is to be done before a call.
    ///
    /// - Parameter refused: the number of the token set that the outside refused just now; nil where none was.
    func need(refused: Int64?, at now: Timestamp) -> GrantMachine.Need {
        GrantMachine.need(grant.state, policy, refused: refused, at: now)
    }

    /// The client, with its secret opened.
    func client(_ envelope: Envelope) throws -> TokenEndpoint.Client {
        try client(
            envelope,
            secret: try envelope.open(sealedSecret, at: credential.place(version: credential.secretVersion)))
    }

    /// The client with that secret, by the ways of the connections that use the credential.
    ///
    /// Throws `passage_ambiguous` where two of them lead to one of its addresses by different ways.
    ///
    /// - Parameter keyID: the id of that key, where it has another than the one in use.
    func client(_ envelope: Envelope, secret: Secret, keyID: String? = nil) throws -> TokenEndpoint.Client {
        let ways: [(to: StrictURL, Passage)] = try passages.compactMap { sealed in
            try sealed.leadsTo.map { (to: $0, try sealed.opened(envelope)) }
        }
        let addresses: [String?] = [
            settings.tokenURL, settings.revokeURL, settings.userinfoURL, settings.introspectURL,
        ]
        for address in addresses {
            guard let url = address.flatMap({ StrictURL($0) }) else { continue }
            let there = ways.filter { $0.to.hasSameOrigin(as: url) }.map { $0.1 }
            guard let first = there.first, there.contains(where: { !$0.isSame(as: first) }) else { continue }
            throw HubError(
                .conflict, "passage_ambiguous",
                "Connections that use credential \(credential.name) lead to \(Shown.name(url.host)) by different ways, so "
                    + "nothing was sent. Set the same trusted authorities, pins, proxy and client certificate on them.")
        }
        return TokenEndpoint.Client(
            name: credential.name, settings: settings.naming(keyID), secret: secret, passages: ways)
    }

    func tokens(_ envelope: Envelope) throws -> TokenSet? {
        try sealedTokens.map { sealed in
            try TokenSet(opened: try envelope.open(sealed, at: grant.place(generation: grant.state.generation)))
        }
    }

    /// The key that tokens are bound to: the one that the present set has, or a new one.
    func key(_ presented: TokenSet?) throws -> JWSPrivateKey? {
        if let key = presented?.key { return try JWSPrivateKey(sealed: key) }
        return settings.usesDPoP ? try JWSPrivateKey.make(.es256) : nil
    }

    /// The credential with its access token, for one call.
    func opened(_ envelope: Envelope, _ effects: Effects) throws -> ResolvedCredential {
        guard let tokens = try tokens(envelope) else {
            throw HubError(.internal, "no_token_set", "Internal error.", detail: credential.id)
        }
        let key = try tokens.key.map { try JWSPrivateKey(sealed: $0) }
        var proof: OutsideToken.ProofMaking?
        if let key {
            let access = tokens.access
            proof = { try DPoP.proof(key, $0, $1, nonce: $2, token: access, effects) }
        }
        return ResolvedCredential(
            id: CredentialID(credential.id), name: credential.name, kind: credential.kind, secret: tokens.access,
            version: grant.state.generation, settings: credential.settings,
            token: OutsideToken(scopes: Set(grant.scopes ?? settings.asked), proof: proof))
    }

    // MARK: Why there is no token

    func putOff(_ until: Timestamp) -> LiveCredential {
        let failure = grant.refusal.flatMap(TokenFailure.named)
        let says = "Credential \(credential.name) got no token. " + Self.sentence(failure, credential.name)
        switch failure?.meaning {
        case .scope, .client, .setUp, .dead: return .refused(reason: failure?.code ?? "token_missing", says: says)
        case .later, .clock, .lost, nil:
            return .later(reason: failure?.code ?? "token_missing", says: says, until: until)
        }
    }

    func stopped(_ stop: GrantMachine.Stop) -> LiveCredential {
        let name = credential.name
        let consent = "Ask for a new consent: linchpin credential authorize \(name)."
        let says =
            switch stop {
            case .notAuthorized: "Nobody has consented yet to credential \(name). \(consent)"
            case .ended:
                "The token of credential \(name) has ended, and the provider gave none to renew it with. \(consent)"
            case .inDoubt:
                "Credential \(name) is in doubt: the answer to its last refresh is lost, and asking again could end the "
                    + "grant. Ask again all the same: linchpin credential refresh \(name) --in-doubt. Or \(consent.first())"
            case .dead:
                "Credential \(name) has lost its grant. "
                    + Self.sentence(
                        grant.refusal.flatMap(TokenFailure.named) ?? TokenFailure.named("grant_revoked"), name)
            case .refusedFresh:
                "The outside system refuses a token of credential \(name) that was only just issued, so a new one would "
                    + "not help. Look at what the account and the scopes permit there."
            }
        return .refused(reason: stop.rawValue, says: says)
    }

    static func sentence(_ failure: TokenFailure?, _ name: String) -> String {
        guard let failure else { return "" }
        return failure.says + " " + failure.next.replacing("NAME", with: name)
    }
}

extension Passage {
    fileprivate func isSame(as other: Passage) -> Bool {
        guard trustRoots == other.trustRoots, pins == other.pins else { return false }
        guard proxy?.host == other.proxy?.host, proxy?.port == other.proxy?.port, proxy?.user == other.proxy?.user,
            clientCertificate?.chain == other.clientCertificate?.chain
        else { return false }
        let none = Secret([])
        return (proxy?.password ?? none).matches(other.proxy?.password ?? none)
            && (clientCertificate?.key ?? none).matches(other.clientCertificate?.key ?? none)
    }
}

extension String {
    /// With a small letter at its start, as it stands inside a sentence.
    fileprivate func first() -> String { prefix(1).lowercased() + dropFirst() }
}

extension TokenFailure {
    /// The failure of that code; nil for one that is no longer known.
    static func named(_ code: String) -> TokenFailure? { all.first { $0.code == code } }

    static let noScopeLeft = TokenFailure(
        "no_scope_left", [], nil, failures: ["no_scope_left"], .scope,
        "None of the scopes that are wanted here was granted, so nothing was asked for.",
        next: "Set the credential's scopes to some that the provider grants, or grant them there and consent anew.")
    static let notBound = TokenFailure(
        "token_not_bound", [], nil, failures: ["token_not_bound"], .setUp,
        "The credential wants tokens that are bound to its key (DPoP), and the provider issued one that is not.",
        next: "Switch DPoP on for the client at the provider, or set `dpop` to false.")
    static let stalled = TokenFailure(
        "stalled", [], nil, failures: ["stalled"], .later,
        "The hub stood still between its note and the sending, so it sent nothing.", next: "Wait.")
    static let lostWithHub = TokenFailure(
        "answer_lost_with_hub", [], nil, failures: ["answer_lost_with_hub"], .lost,
        "The hub that asked stopped, or was cut off, before it could store the answer.",
        next: "Ask again all the same: linchpin credential refresh NAME --in-doubt; or ask for a new consent.")
}

extension Custodian {
    /// An OAuth credential and its grant, as they are now.
    func held(_ idOrName: String) async throws -> Held {
        let secretID = vault.newID()
        let now = effects.now()
        return try await vault.database.read { [vault] reader in
            var held = try Held(idOrName, secretID: secretID, vault.envelope, vault.catalogue, in: reader)
            held.passages = try SealedPassage.all(
                using: held.credential, on: vault.hub, at: now, vault.envelope, in: reader)
            held.isWayGone = try held.passages.isEmpty && RevocationRows.isGuarded(held.credential.id, in: reader)
            return held
        }
    }
}
