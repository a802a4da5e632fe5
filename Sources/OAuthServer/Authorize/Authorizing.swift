import AuditTrail
public import Core
public import Ports
import Storage

/// The authorization endpoint (RFC 6749 §3.1) without its pages: what a request leads to, and what a person's answer does.
public struct Authorizing: Sendable {
    /// Who is signed in, and since when.
    public struct Visitor: Sendable {
        let user: UserID
        let signedInAt: Timestamp
        let session: SessionID?

        /// Somebody whose session counts.
        public init(user: UserID, signedInAt: Timestamp, session: SessionID? = nil) {
            self.user = user
            self.signedInAt = signedInAt
            self.session = session
        }
    }

    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signIns: any SignInReading
    let clients: ClientLookup
    let keys: ClientKeyring
    let issuer: String
    let openings: Openings
    /// Makes a code; nil when the client or the user is no longer what it was.
    let makeCode: @Sendable (_ draft: CodeDraft, _ cause: Cause) async throws -> Secret?
    /// Makes a token where one is the answer; nil as above.
    let makeToken: @Sendable (_ draft: CodeDraft, _ cause: Cause) async throws -> ImplicitToken?
    /// Verifies an ID token of ours that comes back; nil for any other text.
    var hint: @Sendable (_ text: String, _ now: Timestamp) async throws -> IDTokenHint? = { _, _ in nil }

    /// What a request leads to. A code is on the disk before the browser is sent on with it.
    ///
    /// - Parameters:
    ///   - query: its pairs in order, repeats too.
    ///   - visitor: nil where nobody is signed in.
    public func open(
        _ query: [(name: String, value: String)], visitor: Visitor?, _ cause: Cause
    ) async throws -> AuthorizationStep {
        let (reading, sent) = try await read(query, visitor == nil ? .row : .any, cause)
        switch reading {
        case .page(let refusal):
            // Whoever is signed in makes the hub read a document that it does not know yet.
            if visitor == nil, !sent.isSilent, refusal.why == .client.unknown,
                let address = sent["client_id"], clients.isAddress(address)
            {
                return signIn(sent, sent.carriedAfterSignIn, address)
            }
            return .page(refusal.error)
        case .refused(let refusal, let answer, let client):
            // RFC 9700 §4.11.2 (MUST): who follows a stranger's link signs in before being sent on; with prompt=none
            // nobody is shown anything.
            guard visitor != nil || sent.isSilent else { return signIn(sent, sent.carried, client.name) }
            return leave(answer, client, refusal)
        case .asks(let request, let client):
            guard let visitor else {
                return sent.isSilent
                    ? leave(request.answer, client, .loginRequired)
                    : signIn(sent, sent.carriedAfterSignIn, client.name)
            }
            return try await open(request, sent, client, visitor, cause)
        }
    }

    /// What a person's answer to the question leads to: the consent is kept and a code made, or the client is told no.
    public func answer(
        _ query: [(name: String, value: String)], allows: Bool, visitor: Visitor, _ cause: Cause
    ) async throws -> AuthorizationStep {
        let (reading, sent) = try await read(query, .any, cause)
        switch reading {
        case .page(let refusal): return .page(refusal.error)
        case .refused(let refusal, let answer, let client): return leave(answer, client, refusal)
        case .asks(let request, let client):
            guard let person = try await users.person(visitor, at: cause.now) else {
                return leave(request.answer, client, .userMayNot)
            }
            guard request.claims.accepts(person.id) else { return leave(request.answer, client, .loginRequired) }
            // Nobody can take anything out of what came by reference: neither by not opening its page.
            if request.reference != nil {
                switch Self.next(
                    request, signedInAt: visitor.signedInAt, remembers: false, mayGoOn: false, at: cause.now)
                {
                case .signIn: return signIn(sent, sent.carriedAfterSignIn, client.name)
                case .refuse(let refusal): return leave(request.answer, client, refusal)
                case .ask, .grant: break
                }
            }
            let id = ID<GivenConsent>.new(effects).rawValue
            let event = AuditEvent(
                allows ? .consentGiven : .consentDenied, on: client.target, by: cause,
                [.user: person.name, .scope: request.scopes.joined(separator: " ")]
                    .merging(request.carried.noted) { own, _ in own })
            let isKept = try await database.write(.change) { [signIns] writer in
                if let session = visitor.session, try !signIns.stands(session, in: writer) { return false }
                if allows {
                    try ConsentStore.give(
                        request.scopes, request.carried, to: client, id: id, by: person.id, at: cause.now, in: writer)
                }
                try writer.record(event)
                return true
            }
            guard isKept else { return leave(request.answer, client, .changedMeanwhile) }
            guard allows else { return leave(request.answer, client, .denied) }
            return try await grant(request, client, person, visitor, cause)
        }
    }

    /// Where the answer to such a request goes, as a source of `form-action`; nil where it goes nowhere.
    ///
    /// Browsers hold the whole way of a form to it, redirects too.
    public func source(of query: [(name: String, value: String)], at now: Timestamp) async throws -> String? {
        switch try await read(query, .row, Cause(.nobody, at: now, .new(effects))).reading {
        case .page: nil
        case .refused(_, let answer, _): RedirectURI.place(of: answer.redirectURI).source
        case .asks(let request, _): RedirectURI.place(of: request.answer.redirectURI).source
        }
    }
}

extension Authorizing {
    /// What comes next for somebody who is signed in.
    enum Next: Equatable {
        case signIn, ask, grant
        case refuse(AuthorizationRefusal)
    }

    /// - Parameters:
    ///   - remembers: whether the person has allowed the client all of it before.
    ///   - isExpected: whether it is the one whom the request is about, if it says so.
    ///   - mayGoOn: whether that is enough: not where another application could take the client's place (RFC 8252 §8.6).
    static func next(
        _ request: AuthorizationRequest, signedInAt: Timestamp, isExpected: Bool = true, remembers: Bool, mayGoOn: Bool,
        at now: Timestamp
    ) -> Next {
        // OpenID Connect Core 1.0 §3.1.2.1: a sign-in, too, that is older than max_age. 0 asks for one as prompt=login does.
        let isFresh = request.maxAge.map { $0 > 0 && now.milliseconds(since: signedInAt) <= $0 * 1_000 } ?? true
        let isSilent = request.prompts.contains(.none)
        // What came by reference stays as it is, so the moment of the sign-in tells whether it was for this.
        let hasSignedIn = request.reference.map { $0.openedAt <= signedInAt } ?? false
        // §3.1.2.1, §3.1.2.2 (MUST): nobody else than the one of id_token_hint, or of a sub with a value.
        guard isExpected, hasSignedIn || (isFresh && request.prompts.isDisjoint(with: [.login, .selectAccount])) else {
            return isSilent ? .refuse(.loginRequired) : .signIn
        }
        if remembers, mayGoOn, !request.prompts.contains(.consent) { return .grant }
        guard isSilent else { return .ask }
        return .refuse(remembers ? .interactionRequired : .consentRequired)
    }

    private func open(
        _ request: AuthorizationRequest, _ sent: AuthorizationParameters, _ client: Client, _ visitor: Visitor,
        _ cause: Cause
    ) async throws -> AuthorizationStep {
        guard let person = try await users.person(visitor, at: cause.now) else {
            return leave(request.answer, client, .userMayNot)
        }
        let remembers = try await database.read { reader in
            try ConsentStore.covers(
                request.scopes, request.carried, of: person.id, for: client.id, at: cause.now, in: reader)
        }
        let next = Self.next(
            request, signedInAt: visitor.signedInAt, isExpected: request.claims.accepts(person.id),
            remembers: remembers,
            mayGoOn: !client.settings.isPublic || RedirectURI.isClaimed(request.answer.redirectURI), at: cause.now)
        switch next {
        case .signIn: return signIn(sent, sent.carriedAfterSignIn, client.name)
        case .refuse(let refusal): return leave(request.answer, client, refusal)
        case .grant: return try await grant(request, client, person, visitor, cause)
        case .ask:
            let purposes = try await scopes.purposes(request.scopes)
            return .ask(
                ConsentQuestion(
                    client: client.name, user: person.name,
                    scopes: request.scopes.map { ($0, purposes[$0] ?? "") },
                    place: RedirectURI.place(of: request.answer.redirectURI).shown,
                    query: sent.carried, resources: request.carried.resources,
                    details: request.carried.details.compactMap(AuthorizationDetail.init(stored:)).map(\.words)))
        }
    }

    /// What a request comes to, and what of it counts.
    private func read(
        _ query: [(name: String, value: String)], _ reach: ClientLookup.Reach, _ cause: Cause
    ) async throws -> (reading: AuthorizationReading, sent: AuthorizationParameters) {
        let sent = AuthorizationParameters(pairs: query)
        switch AuthorizationRequest.clientID(sent) {
        case .failure(let refusal): return (.page(refusal), sent)
        case .success(let id):
            guard let client = try await clients.client(id, reach, by: cause) else {
                return (AuthorizationRequest.read(sent, of: nil), sent)
            }
            let resolved = try await resolved(sent, of: client, at: cause.now)
            return (try await judged(resolved, of: client, at: cause.now), resolved)
        }
    }

    /// What the parameters of a client come to.
    func judged(
        _ sent: AuthorizationParameters, of client: Client, at now: Timestamp
    ) async throws -> AuthorizationReading {
        let reading = AuthorizationRequest.read(sent, of: client)
        guard case .asks(var request, let client) = reading else { return reading }
        guard try await scopes.unknown(request.scopes).isEmpty else {
            return .refused(.scope(.scopeNotHeld), request.answer, client)
        }
        let target = Target.read(resources: sent.all("resource"), details: sent["authorization_details"], hub: issuer)
        switch target.flatMap({ $0.granted(Carried(), isFirst: true, to: client.settings, hub: issuer) }) {
        case .failure(let refusal): return .refused(.target(refusal), request.answer, client)
        case .success(let carried): request.carried = carried
        }
        if let text = request.hint {
            guard let hint = try await hint(text, now), hint.isFor(client) else {
                return .refused(.hintUnreadable, request.answer, client)
            }
            request.claims.narrow(to: [hint.subject])
        }
        return .asks(request, client)
    }

    private func grant(
        _ request: AuthorizationRequest, _ client: Client, _ person: UserFacts, _ visitor: Visitor, _ cause: Cause
    ) async throws -> AuthorizationStep {
        var carried = request.carried
        carried.signedInAt = visitor.signedInAt
        if request.scopes.contains(ScopeName.openID) {
            carried.session = visitor.session?.rawValue
            carried.claims = request.claims.carried
        }
        carried.codeKey = request.codeKey
        let terms = CodeTerms(
            scopes: request.scopes, redirectURI: request.answer.redirectURI,
            isRedirectStated: request.answer.isStated, challenge: request.challenge, nonce: request.nonce,
            signedInAt: visitor.signedInAt, carried: carried)
        let draft = CodeDraft(
            client: client, user: person.id, userName: person.name, terms: terms, session: visitor.session,
            pushed: request.reference?.pushed)
        if request.asksForToken {
            guard let token = try await makeToken(draft, cause) else {
                return leave(request.answer, client, .changedMeanwhile)
            }
            return .leave(to: request.answer.location(token, issuer: issuer), reason: "", client: client.name)
        }
        guard let code = try await makeCode(draft, cause) else {
            return leave(request.answer, client, .changedMeanwhile)
        }
        return request.answer.step(code: code, issuer: issuer, client: client.name)
    }

    private func leave(
        _ answer: AnswerAddress, _ client: Client, _ refusal: AuthorizationRefusal
    ) -> AuthorizationStep {
        answer.step(refusal, issuer: issuer, client: client.name)
    }

    /// The way back is a request like this one, carried by the form: nothing is kept for a stranger, and no state is too
    /// long.
    private func signIn(_ sent: AuthorizationParameters, _ back: String, _ client: String) -> AuthorizationStep {
        .signIn(SignInQuestion(client: client, query: back, user: sent["login_hint"]))
    }
}
