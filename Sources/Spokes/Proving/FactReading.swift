public import Core
public import Ports

// Reading what proves a connection: facts that no flow can reach, and one reading action of each family.
//
// Nothing here widens a grant. With the connection's own credential a fact is asked for only where the token holds its
// scopes already; with an administrator's token only what stands in the spoke's file, by GET, at the connection's own
// address, and the token is gone with the call.
extension Spokes {
    /// What a spoke knows of scopes; nil for one that is not loaded.
    public func scopeRules(of name: String) -> ScopeRules? {
        catalogue.spoke(name).map { spoke in
            ScopeRules(
                byAction: Dictionary(uniqueKeysWithValues: spoke.actions.map { ($0.key, $0.scopes) }),
                rolesByAction: Dictionary(
                    uniqueKeysWithValues: spoke.actions.map { action in
                        let roles = action.permissions.compactMap { permission in
                            if case .standardRole(let role) = permission.right { role } else { nil }
                        }
                        return (action.key, roles)
                    }),
                implied: spoke.impliedScopes, grantable: spoke.operations.map { Set($0.flatMap(\.scopes)) })
        }
    }

    /// What a person does at the provider about one item of a fact; nil where the spoke's file does not say.
    public func removal(
        of item: FactItem, _ fact: ProviderFact, spoke: String, _ words: [ProvingWord: String]
    ) -> String? {
        guard let removal = catalogue.spoke(spoke)?.proving.facts[fact]?.removal else { return nil }
        var inputs = JSONObject()
        for (word, text) in words { inputs[word.rawValue] = .string(text) }
        for (name, text) in item { inputs[name] = .string(Shown.name(text)) }
        return removal.filled(inputs) { $0 }
    }

    /// Reads a fact, with the connection's first credential or with an administrator's token. Logged like every call.
    ///
    /// - Parameters:
    ///   - words: what is known of the credential; a fact that needs another one is not readable.
    ///   - administrator: a token for this one call; nil for the connection's own credential.
    public func read(
        _ fact: ProviderFact, of connection: ResolvedConnection, _ words: [ProvingWord: String],
        administrator: Secret?, _ cause: Cause
    ) async -> FactReading {
        guard let spoke = catalogue.spoke(connection.spoke), let reading = spoke.proving.facts[fact]?.reading else {
            return .notReadable(
                reason: "fact_unknown", says: "The spoke's file does not say how this is read.", scopes: [])
        }
        let keys: Keyring
        switch Self.keys(for: reading, spoke, connection, administrator) {
        case .success(let found): keys = found
        case .failure(let lack): return lack.reading
        }
        guard let input = Self.inputs(reading, words), let request = reading.request.filled(input) else {
            return .notReadable(
                reason: "word_missing",
                says: "The client's id, or the account behind the token, is not known, so it cannot be asked for.",
                scopes: [])
        }
        let run = ActionRun(
            spoke: spoke, action: reading,
            call: ActionCall(
                action: ActionName(spoke: spoke.name, key: fact.rawValue), alias: "", input: input, most: nil,
                execution: "", cause: cause),
            connection: connection, request: request, keys: keys,
            credentials: administrator == nil ? credentials : NoOtherCredential(), outbound: outbound, log: log,
            places: nil, circuits: circuits, effects: effects)
        return Self.reading(await reading.kind.run(run), fact, reading, isAdministrators: administrator != nil)
    }

    /// Why a fact is not asked for.
    private struct Lack: Error { let reading: FactReading }

    private static func keys(
        for reading: Action, _ spoke: Spoke, _ connection: ResolvedConnection, _ administrator: Secret?
    ) -> Result<Keyring, Lack> {
        if let administrator {
            guard let key = AdministratorToken.key(administrator, spoke) else {
                return .failure(
                    Lack(
                        reading: .notReadable(
                            reason: "administrator_token_unusable",
                            says: "The administrator's token is empty or holds characters that no token has.",
                            scopes: [])))
            }
            return .success(Keyring(key, []))
        }
        guard let credential = connection.credentials.first,
            let way = spoke.authentication.first(where: { $0.credentialKind == credential.kind })
        else {
            return .failure(
                Lack(
                    reading: .notReadable(
                        reason: "credential_missing", says: "The connection has no credential that may be used now.",
                        scopes: [])))
        }
        let missing = Gate.missingScopes(credential, reading, of: spoke)
        guard missing.isEmpty else {
            return .failure(
                Lack(
                    reading: .notReadable(
                        reason: Gate.scopeMissing,
                        says: "The token does not hold \(missing.joined(separator: ", ")), and no grant is widened "
                            + "for checking.", scopes: missing)))
        }
        return .success(Keyring(.init(credential: credential, way: way), []))
    }

    /// The words as inputs of a reading; nil when one is not known or does not fit.
    static func inputs(_ reading: Action, _ words: [ProvingWord: String]) -> JSONObject? {
        var input = JSONObject()
        for property in reading.input.properties {
            guard let word = ProvingWord(rawValue: property.name), let text = words[word] else { return nil }
            input[property.name] = .string(text)
        }
        return reading.input.problem(with: input) == nil ? input : nil
    }

    private static func reading(
        _ outcome: ActionOutcome, _ fact: ProviderFact, _ reading: Action, isAdministrators: Bool
    ) -> FactReading {
        switch outcome {
        case .done(let answer):
            let items = fact.isList ? answer["items"]?.array ?? [] : [answer]
            return .read(items.map(item))
        case .failed(ActionRun.credentialRefused, _) where isAdministrators:
            return .notReadable(
                reason: "administrator_token_refused", says: "The provider refused the administrator's token.",
                scopes: [])
        case .refused, .failed, .unknown, .later:
            let isScope = outcome.reason == Gate.scopeMissing
            return .notReadable(reason: outcome.reason, says: outcome.says, scopes: isScope ? reading.scopes : [])
        }
    }

    private static func item(_ answer: JSON) -> FactItem {
        (answer.object?.members ?? []).reduce(into: FactItem()) { item, member in
            item[member.name] = member.value.string ?? member.value.bool.map(String.init)
        }
    }
}
