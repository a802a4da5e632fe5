public import Core
import Keys
public import Ports
import Storage

/// Keeps outside tokens: fetches them, renews them, gives them back, and never uses one that is not stored.
///
/// It does what `GrantMachine` decides, and nothing else. Over several hubs one fetches at a time (a lease), over the
/// calls of one hub as well (`Flights`).
public final class Custodian: CredentialSource {
    let vault: Vault
    let endpoint: TokenEndpoint
    let store: GrantStore
    let effects: Effects
    private let flights = Flights()
    /// Credentials with their token sets, by their stable ids; all of it sealed.
    private let known: EpochMemory<String, Held>
    /// Where browsers reach this hub.
    let issuer: @Sendable () -> String

    /// - Parameter issuer: where browsers reach this hub; asked when a consent begins.
    public init(
        vault: Vault, outbound: any OutboundCalling, log: any TransactionLogging,
        issuer: @escaping @Sendable () -> String
    ) {
        self.vault = vault
        self.issuer = issuer
        effects = vault.effects
        endpoint = TokenEndpoint(outbound: outbound, log: log, effects: vault.effects)
        store = GrantStore(database: vault.database, hub: vault.hub)
        known = EpochMemory(vault.database.epochs, most: Limits.rememberedAliases.value)
    }

    public func resolve(alias: String) async throws -> ResolvedConnection { try await vault.resolve(alias: alias) }

    public func target(alias: String) async throws -> CallTarget? { try await vault.target(alias: alias) }

    public func refused(
        _ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause
    ) async throws { try await vault.refused(credential, by: connection, cause) }

    public func live(
        _ credential: ResolvedCredential, refused: Int64?, _ cause: Cause
    ) async throws -> LiveCredential {
        guard credential.token != nil else { return .live(credential) }
        let id = credential.id.rawValue
        let look = known.look(at: effects.monotonicNanoseconds())
        if let held = look.find(id), case .use = held.need(refused: refused, at: effects.now()) {
            return .live(try held.opened(vault.envelope, effects))
        }
        for turn in 0..<Limits.refreshPolls.value {
            let held = try await held(id)
            if turn == 0 { look.keep(held, for: id, restingOn: [.row("credential", id: id)]) }
            switch held.need(refused: refused, at: effects.now()) {
            case .use: return .live(try held.opened(vault.envelope, effects))
            case .later(let until): return held.putOff(until)
            case .stop(let stop): return held.stopped(stop)
            case .renew: break
            }
            let end = try await flights.join(held.credential.id) {
                try await self.fly(held, refused: refused, isAhead: false, cause)
            }
            if case .elsewhere = end { try await effects.sleep(250) }
        }
        return .later(
            reason: "token_busy",
            says: "Another hub has been fetching a token for credential \(credential.name) for long. It goes on.",
            until: effects.now().adding(seconds: 5))
    }

    /// Waits for every request that is under way: what comes back is stored before the hub stops.
    public func drain() async { await flights.drain() }

    // MARK: One flight

    /// Fetches a token set, if it is ours to do.
    func fly(_ held: Held, refused: Int64?, isAhead: Bool, _ cause: Cause) async throws -> Flights.End {
        let name = held.credential.name
        // Where no way out is as it should be, nothing is sent: so no intent may stand, which says that something was.
        let client = try held.client(vault.envelope)
        let mark = effects.monotonicNanoseconds()
        let begun = try await store.begin(
            held.grant, held.policy, name: name, refused: refused, isAhead: isAhead, by: at(cause))
        switch begun {
        case .busy, .nothing: return .elsewhere
        case .doubt: return .settled
        case .send(let flight):
            let fetched = try await renewing(flight.hold) { try await self.fetch(held, client, flight, mark, cause) }
            try await keep(flight, fetched, held, client, cause)
            return .settled
        }
    }

    /// The same, joined with whoever is at it; what a loop calls ahead of time.
    func refreshAhead(_ held: Held, _ cause: Cause) async throws {
        _ = try await flights.join(held.credential.id) {
            try await self.fly(held, refused: nil, isAhead: true, cause)
        }
    }

    /// What one request came to.
    struct Fetched: Sendable {
        let outcome: GrantStore.Outcome
        /// To be given back, should it turn out that nobody wants them any more.
        var tokens: TokenSet?
    }

    private func fetch(
        _ held: Held, _ client: TokenEndpoint.Client, _ flight: GrantStore.Flight, _ mark: UInt64, _ cause: Cause
    ) async throws -> Fetched {
        let presented = try flight.tokens.map { sealed in
            try TokenSet(
                opened: vault.envelope.open(sealed, at: flight.grant.place(generation: flight.grant.state.generation)))
        }
        let key = try held.key(presented)
        let (form, sent) = try Self.form(client, flight.grant, presented, effects)
        guard let form else { return Self.failed(.noScopeLeft, 0, flight.policy) }
        // A hub that stood still must not send what another one may have taken over meanwhile.
        guard effects.monotonicNanoseconds() - mark < UInt64(Limits.refreshSendSeconds.value) * 1_000_000_000 else {
            return Self.failed(.stalled, 0, flight.policy)
        }
        switch await endpoint.tokens(client, form, key: key, cause) {
        case .refused(let failure, let retryAfter, _): return Self.failed(failure, retryAfter, flight.policy)
        case .granted(let granted):
            guard !granted.lacksBinding(held.settings) else { return Self.failed(.notBound, 0, flight.policy) }
            let tokens = TokenSet(
                access: granted.access, refresh: granted.refresh ?? presented?.refresh,
                key: granted.isBound ? key?.forSealing : nil)
            let sealed = try vault.envelope.seal(
                tokens.sealing, at: flight.grant.place(generation: flight.intent.generation + 1), SealingDice(effects))
            return Fetched(
                outcome: GrantStore.Outcome(
                    verdict: .tokens(endsIn: granted.endsIn, refreshToken: Self.judge(granted.refresh, presented)),
                    tokens: sealed, scopes: granted.scopes ?? sent,
                    refreshEnd: granted.refreshEndsIn.map { effects.now().adding(seconds: $0) }),
                tokens: tokens)
        }
    }

    static func judge(_ refresh: Secret?, _ presented: TokenSet?) -> GrantMachine.RefreshTokenReply {
        guard let refresh else { return .kept }
        return presented?.refresh.map { $0.matches(refresh) } ?? true ? .same : .replaced
    }

    private static func failed(_ failure: TokenFailure, _ retryAfter: Int64, _ policy: RefreshPolicy) -> Fetched {
        let retryIn = max(failure.retrySeconds, retryAfter)
        let verdict: GrantMachine.Verdict =
            switch failure.meaning {
            case .dead where policy.way == .refreshToken: .ended
            // Whoever needs no consent can ask again at any time, if not too often.
            case .dead: .refused(retryIn: Int64(Limits.credentialRestSeconds.value))
            case .lost: .lost
            case .later, .scope, .client, .clock, .setUp: .refused(retryIn: retryIn)
            }
        return Fetched(outcome: GrantStore.Outcome(verdict: verdict, refusal: failure.code))
    }

    /// Stores what came back, and holds on while the store is out of order: what is not stored is lost.
    private func keep(
        _ flight: GrantStore.Flight, _ fetched: Fetched, _ held: Held, _ client: TokenEndpoint.Client, _ cause: Cause
    ) async throws {
        for attempt in 1... {
            do {
                let kept = try await store.settle(
                    flight, fetched.outcome, name: held.credential.name, by: at(cause))
                if kept == nil, let tokens = fetched.tokens { try await abandon(tokens, held, client, cause) }
                return
            } catch {
                guard attempt < Limits.refreshKeeps.value else { throw error }
                try await effects.sleep(min(Int64(250) << min(Int64(attempt), 5), 5_000))
            }
        }
    }

    /// Tokens for a credential that was deleted while they were fetched go back; those that a newer set replaced do not,
    /// because some providers end the newer ones with them.
    private func abandon(
        _ tokens: TokenSet, _ held: Held, _ client: TokenEndpoint.Client, _ cause: Cause
    ) async throws {
        let isThere = try await vault.database.read { try GrantRows.find(held.credential.id, in: $0) != nil }
        if !isThere { _ = await revoke(tokens, client, cause) }
    }

    /// Keeps the lease while the work lasts. Losing it ends nothing: the intent says who may settle.
    private func renewing<R: Sendable>(_ hold: Lease.Hold, _ work: () async throws -> R) async throws -> R {
        let renewal = Task { [store, effects] in
            for _ in 0..<8 {
                try await effects.sleep(Int64(Limits.refreshRenewSeconds.value) * 1_000)
                guard try await store.renew(hold, at: effects.now()) else { return }
            }
        }
        defer { renewal.cancel() }
        return try await work()
    }

    /// The same cause at the moment it is.
    func at(_ cause: Cause) -> Cause { Cause(cause.actor, at: effects.now(), cause.correlation) }
}

extension Custodian {
    /// The request for a token set, and the scopes in it; nil when no scope is left to ask for.
    ///
    /// What is asked for at a refresh is what was granted and is still wanted: asking for more than was granted is what
    /// providers refuse (RFC 6749 §6), and asking for less is how a scope is given up.
    static func form(
        _ client: TokenEndpoint.Client, _ grant: OutsideGrant, _ presented: TokenSet?, _ effects: Effects
    ) throws -> (form: TokenForm?, scopes: [String]) {
        let settings = client.settings
        var form = TokenForm()
        var scopes = settings.asked
        switch settings.grant {
        case .authorizationCode:
            guard let refresh = presented?.refresh else {
                throw HubError(.internal, "no_refresh_token", "Internal error.", detail: client.name)
            }
            if let granted = grant.scopes {
                scopes = settings.asked.filter { granted.contains($0) || $0 == settings.offlineScope }
                let isEmptied = !granted.isEmpty && scopes.allSatisfy { $0 == settings.offlineScope }
                guard !isEmptied || settings.scopes.isEmpty else { return (nil, []) }
            }
            form.add("grant_type", "refresh_token")
            form.add("refresh_token", refresh)
        case .clientCredentials: form.add("grant_type", "client_credentials")
        case .jwtBearer:
            form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            form.add("assertion", try AssertionKey.grantAssertion(client, effects))
        }
        if !scopes.isEmpty { form.add("scope", scopes.joined(separator: " ")) }
        form.add("audience", settings.audience)
        return (form, scopes)
    }
}
