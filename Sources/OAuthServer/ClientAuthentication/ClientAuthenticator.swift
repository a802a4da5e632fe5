import Core
import Keys
import Storage

/// Proves which client is calling.
struct ClientAuthenticator: Sendable {
    let database: any Database
    let effects: Effects
    let failures: MinuteCounter
    let issuer: @Sendable () -> String
    /// Who vouches for certificates of clients; nil: nobody.
    let authorities: ClientAuthorities?
    let keys: ClientKeyring
    let clients: ClientLookup
    private let known: EpochMemory<String, Client>

    init(
        database: any Database, effects: Effects, issuer: @escaping @Sendable () -> String,
        authorities: ClientAuthorities?, keys: ClientKeyring, clients: ClientLookup
    ) {
        self.database = database
        self.effects = effects
        self.issuer = issuer
        self.authorities = authorities
        self.keys = keys
        self.clients = clients
        failures = MinuteCounter()
        known = EpochMemory(database.epochs, most: Limits.rememberedClients.value)
    }

    /// The client that presents this public id, from memory while the epoch feed vouches for it. That a client is known
    /// shows in the time; its id is no secret (RFC 6749 §2.2).
    func client(_ publicID: String, at now: Timestamp) async throws -> Client? {
        let look = known.look(at: effects.monotonicNanoseconds())
        if let client = look.find(publicID) { return client }
        let client = try await clients.client(publicID, .known, by: Cause(.hub, at: now, .new(effects)))
        // What stands in a document is as old as that may be, and no older.
        guard let client, !clients.isAddress(publicID) else { return client }
        look.keep(client, for: publicID, restingOn: [.row("client", id: client.id.rawValue)])
        return client
    }

    /// A client that proved who it is, and the secret it used; nil where it used a key or a certificate, or is public.
    struct Proved: Sendable {
        let client: Client
        let secret: ClientSecret?
    }

    /// The client, or why not.
    func authenticate(
        _ request: TokenRequest, form: TokenForm, at now: Timestamp
    ) async throws -> Result<Proved, TokenRefusal> {
        guard request.authorization.count <= 1 else { return .failure(.twoMethods) }
        let found = ClientAuthenticationMethods.all.map { $0.find(request, form) }
        let used = found.filter { if case .absent = $0 { false } else { true } }
        // Several that see nothing but the name are one: the registry says which it is.
        let isName = used.allSatisfy { if case .named = $0 { true } else { false } }
        // RFC 6749 §2.3 (MUST NOT): more than one authentication method in each request.
        guard used.count <= 1 || isName else { return .failure(.twoMethods) }
        switch used.first {
        case nil, .absent: return .failure(.clientUnauthenticated)
        case .unreadable: return .failure(.clientUnreadable)
        case .presented(let clientID, let secret):
            guard form.names(clientID) else { return .failure(.twoMethods) }
            return try await prove(clientID, secret, at: now).flatMap(Self.withoutCertificate)
        case .named(let clientID): return try await prove(named: clientID, by: request.certificate, at: now)
        // RFC 7521 §4.2 (MUST): a client_id beside it names the same client.
        case .asserted(let clientID, let assertion):
            guard form.names(clientID) else { return .failure(.twoMethods) }
            return try await prove(clientID, by: assertion, at: now).flatMap(Self.withoutCertificate)
        }
    }

    /// RFC 8705 §2: a client that is registered with a certificate proves itself by it and in no other way.
    private static func withoutCertificate(_ proved: Proved) -> Result<Proved, TokenRefusal> {
        proved.client.settings.tls.proof == nil ? .success(proved) : .failure(.certificateNeeded)
    }

    /// Looks the client up and compares; the same answer for an unknown client and a wrong secret.
    private func prove(
        _ clientID: String, _ secret: Secret, at now: Timestamp
    ) async throws -> Result<Proved, TokenRefusal> {
        let client = try await client(clientID, at: now)
        let presented = MachineSecret.hash(secret)
        let nothing = ClientSecret(
            id: "", hash: [UInt8](repeating: 0, count: 32), createdAt: now, until: now, lastUsedAt: nil)
        let own = client?.secrets ?? []
        let padding = [ClientSecret](repeating: nothing, count: max(0, Limits.clientSecrets.value - own.count))
        var match: ClientSecret?
        for candidate in own + padding where ConstantTime.equal(candidate.hash, presented) && candidate.counts(at: now)
        {
            match = candidate
        }
        if let client, let match { return .success(Proved(client: client, secret: match)) }
        return refuse(client == nil ? .clientUnknown : .secretWrong, clientID, client, at: now)
    }

    /// RFC 6749 §2.3.1 (MUST): protect against brute force. 256 random bits do; the counter makes it visible and dear.
    /// Only wrong credentials count and only they are answered so: nobody can lock a client out.
    ///
    /// - Parameter client: the one that the caller claimed to be, for the log; nil when no client has that id. What was
    ///   sent is not told then: it may be a secret in the wrong place.
    func refuse(
        _ refusal: TokenRefusal, _ clientID: String, _ client: Client?, at now: Timestamp
    ) -> Result<Proved, TokenRefusal> {
        let count = failures.count(clientID, at: now)
        let refusal = count > Limits.clientFailures.value ? .tooManyFailures : refusal
        return .failure(
            refusal.telling(
                about: client.map { "The caller claimed to be client \($0.name)." }
                    ?? "No client has the client_id that was sent."))
    }
}

extension TokenForm {
    /// Whether its client_id, if it has one, is this.
    fileprivate func names(_ clientID: String) -> Bool {
        self["client_id"].map { $0.isExactly(clientID) } ?? true
    }
}
