public import Core
public import Ports

/// A secret or a key of a client, as its provider lists it: never the secret itself.
public struct ProviderSecret: Sendable, Equatable {
    /// What the provider knows it by.
    public let id: String
    /// When it was made there; nil where the provider's moment cannot be read.
    public let createdAt: Timestamp?
    /// The public half of a key, as a JWK; nil for a secret.
    public let publicKey: JSON?
    /// The `kid` of a key.
    public var keyID: String? { publicKey?["kid"]?.string }
    /// Whether it still authenticates.
    public let isActive: Bool

    /// States one; tests do.
    public init(id: String, createdAt: Timestamp?, publicKey: JSON? = nil, isActive: Bool) {
        self.id = id
        self.createdAt = createdAt
        self.publicKey = publicKey
        self.isActive = isActive
    }
}

/// Why a call about a client's secrets or keys did not do what it was made for.
public struct ProviderSecretProblem: Error, Equatable {
    /// A stable code.
    public let reason: String
    /// What happened, and the next step.
    public let says: String
    /// Whether it may have happened all the same.
    public let isDoubt: Bool

    /// States one.
    public init(reason: String, says: String, isDoubt: Bool = false) {
        self.reason = reason
        self.says = says
        self.isDoubt = isDoubt
    }
}

/// The secrets of one client at its provider, or its keys, through the provider's API. An administrator's token lives as
/// long as this.
public struct ProviderSecrets: Sendable {
    let spoke: Spoke
    let calls: SecretCalls
    let connection: ResolvedConnection
    let keys: [Keyring.Key]
    let credentials: any CredentialSource
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let circuits: CircuitBoard
    let effects: Effects
    let client: String
    let cause: Cause

    /// The provider's name.
    public var provider: String { spoke.title }
    /// How many of them a client may have there.
    public var most: Int { calls.most }

    /// All that there are.
    public func list() async throws(ProviderSecretProblem) -> [ProviderSecret] {
        var found: [ProviderSecret] = []
        let (run, name) = try run(calls.list, "list client \(calls.proof.rawValue)s")
        let ended = await calls.pages.walk(run, from: nil, read: { $0 }) { page in
            for item in page.items {
                guard let id = item.value(at: calls.id)?.string else {
                    return .failed(
                        reason: "reply_unexpected",
                        says: "\(spoke.title) answered \"\(name)\" with something other than the spoke's file says.")
                }
                found.append(
                    ProviderSecret(
                        id: id,
                        createdAt: item.value(at: calls.created)?.string.flatMap(Timestamp.init(rfc3339:)),
                        publicKey: calls.proof == .key ? item : nil,
                        isActive: item.value(at: calls.active.pointer) == calls.active.value))
            }
            return found.count > Limits.providerSecrets.value ? Pages.tooMany(run) : nil
        }
        if let ended { throw problem(ended) }
        return found
    }

    /// One more secret. An answer that got lost is a doubt: a list settles it, and nothing else.
    public func create() async throws(ProviderSecretProblem) -> (id: String, secret: Secret) {
        try await make(nil) { json, id in
            guard let text = calls.sealed.flatMap({ json.value(at: $0) })?.string, !text.isEmpty else { return nil }
            return (id, Secret(text))
        }
    }

    /// One more key, of which that is the public half, as a JWK; answers its id. Of a lost answer the same holds.
    public func add(_ publicKey: JSON) async throws(ProviderSecretProblem) -> String {
        try await make(publicKey) { _, id in id }
    }

    private func make<Made: Sendable>(
        _ publicKey: JSON?, _ read: (_ reply: JSON, _ id: String) -> Made?
    ) async throws(ProviderSecretProblem) -> Made {
        let (run, _) = try run(calls.create, "add a client \(calls.proof.rawValue)", publicKey: publicKey)
        let answer = await run.answer(
            nil, { json -> Made? in json.value(at: calls.createdID)?.string.flatMap { read(json, $0) } })
        switch answer {
        case .reply(let made, _): return made
        case .ended(let outcome): throw problem(outcome)
        }
    }

    /// Takes one away, first out of use and then for good; nothing is left to do where it is gone already. The only one
    /// that authenticates stays, whatever is kept here.
    public func takeAway(_ id: String) async throws(ProviderSecretProblem) {
        let found = try await list()
        guard let standing = found.first(where: { $0.id == id }) else { return }
        guard !standing.isActive || found.contains(where: { $0.id != id && $0.isActive }) else {
            throw ProviderSecretProblem(
                reason: "last_one_there",
                says: "\(spoke.title) has none beside it that authenticates, so it was not taken away.")
        }
        if standing.isActive, let deactivate = calls.deactivate { try await send(deactivate, "deactivate", id) }
        try await send(calls.delete, "delete", id)
    }

    private func send(
        _ request: RequestTemplate, _ word: String, _ id: String
    ) async throws(ProviderSecretProblem) {
        let (run, _) = try run(request, "\(word) a client \(calls.proof.rawValue)", id)
        // Somebody else may have been quicker.
        let answer = await run.answer(nil, { _ in true }, refused: { status, _ in status == 404 ? true : nil })
        if case .ended(let outcome) = answer { throw problem(outcome) }
    }

    private func run(
        _ request: RequestTemplate, _ name: String, _ id: String? = nil, publicKey: JSON? = nil
    ) throws(ProviderSecretProblem) -> (run: ActionRun, name: String) {
        let action = Action(
            key: "rotation", name: name, says: "", kind: RequestKind(output: .init(fields: [])), request: request,
            input: InputSchema(properties: []), success: Set(200..<300), scopes: calls.scopes, permissions: [],
            destructive: .no, repeat: .ask, lookUp: nil, reasons: [:])
        let holding = keys.filter { Gate.missingScopes($0.credential, action, of: spoke).isEmpty }
        guard let first = holding.first else {
            let says = keys.first.map {
                let missing = Gate.missingScopes($0.credential, action, of: spoke).joined(separator: ", ")
                return "Credential \($0.credential.name) of connection \(connection.name) does not hold the scope "
                    + "\(missing), which rotating takes. Rotate through a connection whose credential does."
            }
            throw ProviderSecretProblem(
                reason: keys.isEmpty ? "credential_missing" : Gate.scopeMissing,
                says: says ?? "Connection \(connection.name) has no credential that may be used now. Look: linchpin "
                    + "connection get \(connection.name)")
        }
        var words: JSONObject = [SecretCalls.Word.clientID.rawValue: .string(client)]
        if let id { words[SecretCalls.Word.id.rawValue] = .string(id) }
        if let publicKey { words[SecretCalls.Word.publicKey.rawValue] = publicKey }
        guard let filled = request.filled(words) else {
            throw ProviderSecretProblem(
                reason: "word_unfit",
                says: "The client's id does not fit into a request. Correct the credential's settings.")
        }
        let run = ActionRun(
            spoke: spoke, action: action,
            call: ActionCall(
                action: ActionName(spoke: spoke.name, key: "rotation"), alias: "", input: JSONObject(), most: nil,
                execution: "", cause: cause),
            connection: connection, request: filled, keys: Keyring(first, Array(holding.dropFirst())),
            credentials: credentials, outbound: outbound, log: log, places: nil, circuits: circuits, effects: effects)
        return (run, name)
    }

    private func problem(_ outcome: ActionOutcome) -> ProviderSecretProblem {
        let isDoubt = if case .unknown = outcome { true } else { false }
        return ProviderSecretProblem(reason: outcome.reason, says: outcome.says, isDoubt: isDoubt)
    }
}

extension Spokes {
    /// The secrets of a client, or its keys, through the API of its provider.
    ///
    /// - Parameter administrator: a token in place of the connection's own credentials.
    ///
    /// Throws `HubError`: `not_by_itself`, `administrator_token_unusable`.
    public func secrets(
        _ proof: ClientProof, ofClient client: String, at connection: ResolvedConnection, administrator: Secret?,
        _ cause: Cause
    ) throws -> ProviderSecrets {
        guard let spoke = catalogue.spoke(connection.spoke), let calls = spoke.rotationCalls[proof] else {
            throw HubError(
                .conflict, "not_by_itself",
                "Spoke \(connection.spoke) does not say how its provider's API changes a client's \(proof.rawValue). "
                    + "Rotate by hand: linchpin credential add-successor")
        }
        var keys = connection.credentials.compactMap { credential in
            spoke.authentication.first { $0.credentialKind == credential.kind }
                .map { Keyring.Key(credential: credential, way: $0) }
        }
        if let administrator { keys = [try AdministratorToken.required(administrator, spoke)] }
        return ProviderSecrets(
            spoke: spoke, calls: calls, connection: connection, keys: keys,
            credentials: administrator == nil ? credentials : NoOtherCredential(), outbound: outbound, log: log,
            circuits: circuits, effects: effects, client: client, cause: cause)
    }
}
