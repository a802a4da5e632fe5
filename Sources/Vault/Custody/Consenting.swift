import AuditTrail
public import Core
import Keys
import Ports
import Storage

// Consent: a person is sent to the provider, comes back to `/oauth_redirect.do`, and what came of it is stored.
//
// Whoever can make somebody else's browser end a consent gets that person's rights into a credential of their own, or
// their own account into somebody else's credential (RFC 9700 §4.7). So three things belong together here:
// - the state: 256 random bits, kept as a hash, used up by one statement, void after ten minutes;
// - the browser that comes back: it only parks the code. Nothing is exchanged and nothing stored on a GET;
// - the one who started: the consent ends only by an operation of the same session of the console, behind its CSRF
//   token, and with a code that only the browser has which came back: a victim who was lured to the provider holds it,
//   the attacker does not. The console's own browser carries it on by itself. Started by the command line or the API the
//   page shows it, and the starter must type it in: the victim would have to read it to the attacker.
// And the token's owner is compared with the account that was expected, wherever the provider says whose it is.
extension Custodian {
    /// Where the provider sends browsers back to.
    public var redirectURI: String { issuer() + "/oauth_redirect.do" }

    /// Who starts, as the end compares it: a session, or else the caller.
    private static func starter(_ caller: Principal) -> String {
        caller.session.map { "session:\($0.rawValue)" } ?? "caller:" + caller.actor.identities[0]
    }

    func authorize(_ request: OperationRequest) async throws -> JSON {
        let held = try await held(request.id)
        let (credential, settings) = (held.credential, held.settings)
        guard settings.grant == .authorizationCode, let authorizeURL = settings.authorizeURL else {
            throw HubError(
                .conflict, "no_consent_needed",
                "Credential \(credential.name) gets its tokens by \(settings.grant.rawValue), without anybody's consent. "
                    + "Fetch one: linchpin credential refresh \(credential.name).")
        }
        let now = request.cause.now
        let state = Base64URL.encode(effects.randomBytes(32))
        let verifier = Secret(Base64URL.encode(effects.randomBytes(32)))
        let consent = Consent(
            id: vault.newID(), credentialID: credential.id, starter: Self.starter(request.caller),
            redirectURI: redirectURI, scopes: settings.asked, secretID: vault.newID(), pageHash: nil, refusal: nil,
            expiresAt: now.adding(seconds: Int64(Limits.consentSeconds.value)))
        let sealed = try vault.envelope.seal(verifier, at: consent.place(version: 1), SealingDice(effects))
        let stateHash = Hashing.sha256(Array(state.utf8))
        try await vault.database.write(.change) { writer in
            try ConsentRows.insert(consent, stateHash: stateHash, at: now, in: writer)
            try SecretRows.insert(sealed, at: now, in: writer)
            try ConsentRows.voidOldest(of: credential.id, keeping: Limits.consentsOfOne.value, in: writer)
            try writer.record(GrantStore.event(.consentAsked, held.grant, credential.name, by: request.cause))
        }
        let url = Self.address(authorizeURL, consent, settings, state: state, verifier: verifier)
        return [
            "consent": .string(consent.id), "credential": .string(credential.name), "url": .string(url),
            "expected_owner": settings.expectedOwner.map { .string($0) } ?? .null,
            "scopes": .array(consent.scopes.map { .string($0) }), "redirect_uri": .string(consent.redirectURI),
            "until": .string(consent.expiresAt.rfc3339), "needs_code": .bool(request.caller.session == nil),
        ]
    }

    /// RFC 6749 §4.1.1 with RFC 7636 §4.3. `prompt=login` (OpenID Connect Core 1.0 §3.1.2.1): the account that happens to
    /// be signed in in this browser is not the one that shall consent.
    private static func address(
        _ authorizeURL: String, _ consent: Consent, _ settings: OAuthSettings, state: String, verifier: Secret
    ) -> String {
        var pairs: [(String, String?)] = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", consent.redirectURI),
            ("scope", consent.scopes.isEmpty ? nil : consent.scopes.joined(separator: " ")), ("state", state),
            ("prompt", "login"), ("login_hint", settings.expectedOwner), ("audience", settings.audience),
        ]
        if settings.usesPKCE {
            pairs.append(("code_challenge", Base64URL.encode(MachineSecret.hash(verifier))))
            pairs.append(("code_challenge_method", "S256"))
        }
        let query = pairs.compactMap { name, value in value.map { name + "=" + PercentEncoding.encode($0) } }
        return authorizeURL + (authorizeURL.contains("?") ? "&" : "?") + query.joined(separator: "&")
    }

    // MARK: The browser comes back

    /// What the page says that a browser gets which came back.
    public enum ComeBack: Sendable, Equatable {
        /// Nobody waits for it, or no longer.
        case unknown
        /// The console goes on: the credential's id, the consent's, and the code that only this browser has.
        case session(credential: String, consent: String, code: String)
        /// The starter waits elsewhere and must be told this code.
        case code(String, credential: String)
    }

    /// Takes what a browser brings back from a provider, and parks it for whoever started.
    ///
    /// - Parameter pairs: the query: `state`, and `code` or `error`, and perhaps `iss`.
    public func comeBack(_ pairs: [(name: String, value: String)], at now: Timestamp) async throws -> ComeBack {
        // RFC 6749 §3.1: no parameter may come twice.
        guard Set(pairs.map(\.name)).count == pairs.count, let state = pairs.value("state") else { return .unknown }
        let stateHash = Hashing.sha256(Array(state.utf8))
        guard let consent = try await vault.database.read({ try ConsentRows.find(stateHash: stateHash, in: $0) }) else {
            return .unknown
        }
        let held = try await held(consent.credentialID)
        let refusal = Self.refusal(pairs, held.settings)
        let code = Self.pageCode(effects)
        let sealed = try vault.envelope.seal(
            Secret(refusal == nil ? pairs.value("code") ?? "" : "-"), at: consent.place(version: 2),
            SealingDice(effects))
        let pageHash = Self.pageHash(code, consent)
        let isFirst = try await vault.database.write(.bookkeeping("an answer parked for whoever asked for it")) {
            writer in
            guard
                try ConsentRows.comeBack(stateHash, pageHash: pageHash, refusal: refusal, at: now, in: writer)
            else { return false }
            try SecretRows.insert(sealed, at: now, in: writer)
            return true
        }
        guard isFirst else { return .unknown }
        guard consent.starter.hasPrefix("session:") else { return .code(code, credential: held.credential.name) }
        return .session(credential: held.credential.id, consent: consent.id, code: code)
    }

    /// Why what came back is no consent; nil when it is one.
    private static func refusal(_ pairs: [(name: String, value: String)], _ settings: OAuthSettings) -> String? {
        // RFC 9207 §2.4: an answer of another issuer than the one that was asked.
        if let issuer = settings.issuer, let iss = pairs.value("iss"), !iss.isExactly(issuer) {
            return "issuer_mixed_up"
        }
        if let error = pairs.value("error") { return ScopeName.isToken(error) ? Shown.name(error) : "refused" }
        return pairs.value("code").map { $0.isEmpty || $0.utf8.count > Limits.credentialBytes.value } ?? true
            ? "no_code" : nil
    }

    /// Eight letters and digits that nobody takes for one another: 38 bits, and five tries.
    private static func pageCode(_ effects: Effects) -> String {
        let letters = Array("ABCDEFGHJKMNPQRSTVWXYZ23456789")
        let picked = effects.randomBytes(8).map { letters[Int($0) % letters.count] }
        return String(picked.prefix(4)) + "-" + String(picked.suffix(4))
    }

    private static func pageHash(_ code: String, _ consent: Consent) -> [UInt8] {
        let bare = code.uppercased().filter { $0 != "-" && $0 != " " }
        return Hashing.sha256(Array("\(consent.id):\(bare)".utf8))
    }

    // MARK: The starter ends it

    func finish(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let found = try await vault.database.read { try ConsentRows.find(try request.required("consent"), in: $0) }
        let held = try await held(request.id)
        guard let consent = found, consent.credentialID == held.credential.id,
            consent.starter.isExactly(Self.starter(request.caller))
        else { throw Self.noConsent }
        if let pageHash = consent.pageHash {
            let given = request.text("code").map { Self.pageHash($0, consent) }
            guard let given, ConstantTime.equal(given, pageHash) else {
                try await vault.database.write(.bookkeeping("a wrong code counted")) { writer in
                    try ConsentRows.wrongCode(consent, in: writer)
                }
                throw HubError(
                    .invalid, "wrong_code", "\"code\" is not the one that the browser's page shows. Look again.")
            }
        }
        let parked = try await vault.database.write(.bookkeeping("a consent used up")) { writer -> [SealedSecret]? in
            guard let row = try ConsentRows.find(consent.id, in: writer), row == consent else { return nil }
            let sealed = try [1, 2].map { version -> SealedSecret? in
                try writer.row(
                    "SELECT id FROM secret WHERE id = $1 AND version = $2", [.text(consent.secretID), .int(version)]
                ) == nil ? nil : try SecretRows.find(consent.secretID, version: version, in: writer)
            }.compactMap { $0 }
            return try ConsentRows.end(consent, at: cause.now, in: writer) ? sealed : nil
        }
        guard let parked, parked.count == 2 else { throw Self.noConsent }
        if let refusal = consent.refusal { throw try await refuse(held, refusal, cause) }
        let verifier = try vault.envelope.open(parked[0], at: consent.place(version: 1))
        let code = try vault.envelope.open(parked[1], at: consent.place(version: 2))
        return try await redeem(code, verifier, consent, held, cause)
    }

    private static let noConsent = HubError(
        .conflict, "no_consent",
        "This consent was not begun here, has not come back from the provider, was ended already, or took longer than "
            + "ten minutes. Begin anew: linchpin credential authorize NAME.")

    /// Records that a consent came to nothing, and says why.
    private func refuse(_ held: Held, _ reason: String, _ cause: Cause) async throws -> HubError {
        var grant = held.grant
        grant.refusal = Shown.name(reason)
        let event = GrantStore.event(.consentRefused, grant, held.credential.name, by: at(cause))
        try await vault.database.write(.change) { try $0.record(event) }
        let says =
            switch reason {
            case "access_denied":
                "The account did not consent, or is not assigned to the application at the provider."
            case "issuer_mixed_up": "The answer came from another provider than the one that was asked."
            case "no_code": "The provider sent the browser back without a code."
            default: "The provider answered \"\(Shown.name(reason))\"."
            }
        return HubError(
            .upstream, "consent_refused",
            says + " Nothing was stored. Begin anew: linchpin credential authorize \(held.credential.name).")
    }
}

extension [(name: String, value: String)] {
    fileprivate func value(_ name: String) -> String? { first { $0.name == name }?.value }
}
