public import Core
public import Ports

// Searching at the provider for what a resource set may hold, and reading the names of what was chosen.
//
// Nothing here widens a grant. The connection's own credential is used only where its enabled actions need the scope
// anyway and its token holds it; else an administrator's token, which is gone with the call. Every request is a GET that
// stands in the spoke's file, at the connection's own address, and one page is all that is read.
extension Spokes {
    /// What may be searched of the kinds that the actions need, each with whether that takes an administrator's token: as
    /// far as the actions say it, before anything is asked.
    public func searchable(spoke name: String, actions: Set<String>) throws -> JSON {
        let spoke = try known(name)
        let kinds = GrantCompiler(spoke: spoke, trustsImpliedScopes: true).compile(actions).resources.map(\.name)
        return .array(
            Self.searches(spoke).filter { kinds.contains($0.form.kind) }.map { form, search in
                [
                    "type": .string(form.word), "kind": .string(form.kind), "scopes": .texts(search.scopes),
                    "needs_administrator_token": .bool(!Self.beyond(search, actions, spoke).isEmpty),
                ]
            })
    }

    /// Finds things of one type whose name begins with a text, as the provider searches.
    ///
    /// - Parameter administrator: a token for this one call; nil for the connection's own credential.
    ///
    /// Throws `HubError`: `no_search`, `search_scope_lacking`, `administrator_token_unusable`,
    /// `administrator_token_refused`, or why the provider gave no list.
    public func findResources(
        _ type: String, named text: String, of connection: ResolvedConnection, administrator: Secret?, _ cause: Cause
    ) async throws -> ResourceMatches {
        let spoke = try known(connection.spoke)
        let searches = Self.searches(spoke)
        guard let (form, search) = searches.first(where: { $0.form.word == type }) else {
            let words = searches.map(\.form.word).joined(separator: ", ")
            throw HubError(
                .invalid, "no_search",
                searches.isEmpty
                    ? "The file of spoke \(spoke.name) states no search. Paste the ids instead."
                    : "\"type\" must be one of: \(words). All of a kind needs no search.")
        }
        let most = Limits.resourceMatches.value
        let words: JSONObject = [
            ResourceSearch.Word.text.rawValue: .string(text), ResourceSearch.Word.most.rawValue: .string(String(most)),
        ]
        let look = try look(search, spoke, connection, administrator, cause)
        guard let filled = search.find.filled(words) else {
            throw HubError(
                .invalid, "query_unfit", "\"query\" holds a control character. Type the beginning of a name.")
        }
        switch await look.run(search.find, filled).answer(nil, search.matches) {
        case .ended(let outcome): throw look.problem(outcome)
        case .reply(let found, let reply):
            return ResourceMatches(
                items: found.prefix(most).map { item in
                    ResourceMatch(
                        resource: "\(form.word):\(item.id)", id: item.id, name: item.name, type: form.word)
                }, mayHaveMore: found.count >= most || LinkHeader.next(in: reply) != nil)
        }
    }

    /// What the provider says of chosen resources, by their text; nothing about what means all of a kind.
    ///
    /// What cannot be read is said to be so. After a failure that is not about one resource, no more of the same search
    /// are asked for.
    ///
    /// - Parameter until: when no further request is begun.
    public func standings(
        of resources: [String], of connection: ResolvedConnection, administrator: Secret?, until: Timestamp,
        _ cause: Cause
    ) async -> [String: ResourceStanding] {
        guard let spoke = catalogue.spoke(connection.spoke), let setUp = spoke.setUp else { return [:] }
        var standings: [String: ResourceStanding] = [:]
        var read: [String: ResourceStanding] = [:]
        var failed: [String: ResourceStanding] = [:]
        var asked = 0
        for text in resources {
            guard let form = setUp.resources.first(where: { text.hasPrefix($0.word + ":") }),
                let search = setUp.search(form)
            else { continue }
            let id = String(text.dropFirst(form.word.utf8.count + 1))
            let key = "\(search.name):\(id)"
            if let known = failed[search.name] ?? read[key] {
                standings[text] = known
                continue
            }
            guard asked < Limits.resourceLookUps.value, effects.now() < until else {
                standings[text] = .notReadable(
                    reason: "look_up_bound", says: "It was not asked for: one preview asks for so many names only.")
                continue
            }
            asked += 1
            let standing = await standing(id, search, spoke, connection, administrator, cause)
            switch standing {
            case .notReadable(let reason, _) where reason != "not_permitted": failed[search.name] = standing
            case .found, .missing, .notReadable: read[key] = standing
            }
            standings[text] = standing
        }
        return standings
    }

    private func standing(
        _ id: String, _ search: ResourceSearch, _ spoke: Spoke, _ connection: ResolvedConnection,
        _ administrator: Secret?, _ cause: Cause
    ) async -> ResourceStanding {
        enum Found: Sendable { case there(ResourceSearch.Item), missing }
        do throws(HubError) {
            let look = try look(search, spoke, connection, administrator, cause)
            guard let filled = search.read.filled([ResourceSearch.Word.id.rawValue: .string(id)]) else {
                return .missing(says: "No id looks like this.")
            }
            let answer = await look.run(search.read, filled).answer(
                nil, { json in search.item(in: json).map(Found.there) },
                refused: { status, _ in status == 404 ? .missing : nil })
            switch answer {
            case .ended(let outcome): throw look.problem(outcome)
            case .reply(.missing, _):
                return .missing(
                    says: administrator == nil
                        ? "\(spoke.title) does not know it, or this connection's credential does not reach it."
                        : "\(spoke.title) does not know it.")
            // A provider may take a login or a short name for an id. A resource set does not.
            case .reply(.there(let item), _):
                return item.id == id
                    ? .found(name: item.name)
                    : .missing(says: "This is no id. \(spoke.title) has what you may mean under the id \(item.id).")
            }
        } catch { return .notReadable(reason: error.reason, says: error.message) }
    }

    // MARK: With which token

    private static func searches(_ spoke: Spoke) -> [(form: ResourceForm, search: ResourceSearch)] {
        (spoke.setUp?.resources ?? []).compactMap { form in spoke.setUp?.search(form).map { (form, $0) } }
    }

    /// The scopes of a search that no enabled action needs.
    private static func beyond(_ search: ResourceSearch, _ actions: Set<String>, _ spoke: Spoke) -> [String] {
        let needed = spoke.implied(
            by: Set(spoke.actions.filter { actions.contains($0.key) }.flatMap(\.scopes)))
        return search.scopes.filter { !needed.contains($0) }
    }

    private func look(
        _ search: ResourceSearch, _ spoke: Spoke, _ connection: ResolvedConnection, _ administrator: Secret?,
        _ cause: Cause
    ) throws(HubError) -> ResourceLook {
        let key =
            if let administrator { try AdministratorToken.required(administrator, spoke) } else {
                try Self.ownKey(search, spoke, connection)
            }
        return ResourceLook(
            search: search, spoke: spoke, connection: connection, key: key,
            isAdministrators: administrator != nil,
            credentials: administrator == nil ? credentials : NoOtherCredential(), outbound: outbound, log: log,
            circuits: circuits, effects: effects, cause: cause)
    }

    private static func ownKey(
        _ search: ResourceSearch, _ spoke: Spoke, _ connection: ResolvedConnection
    ) throws(HubError) -> Keyring.Key {
        let next = "no grant is widened for searching. Give an administrator's token for this run, or paste ids."
        let beyond = Self.beyond(search, connection.actions, spoke)
        guard beyond.isEmpty else {
            throw HubError(
                .conflict, "search_scope_lacking",
                "To search \(search.name) takes the scope \(beyond.joined(separator: ", ")), which no enabled action of "
                    + "connection \(connection.name) needs, and \(next)")
        }
        guard let credential = connection.credentials.first,
            let way = spoke.authentication.first(where: { $0.credentialKind == credential.kind })
        else {
            throw HubError(
                .conflict, "credential_missing",
                "Connection \(connection.name) has no credential that spoke \(spoke.name) can use. Give it one, or give "
                    + "an administrator's token for this run.")
        }
        if let held = credential.token?.scopes {
            let reached = spoke.implied(by: Set(held))
            let lacking = search.scopes.filter { !reached.contains($0) }
            guard lacking.isEmpty else {
                throw HubError(
                    .conflict, "search_scope_lacking",
                    "To search \(search.name) takes the scope \(lacking.joined(separator: ", ")), which credential "
                        + "\(credential.name) does not hold, and \(next)")
            }
        }
        return Keyring.Key(credential: credential, way: way)
    }
}

/// One request of a search, with the key that it goes out with.
private struct ResourceLook: Sendable {
    let search: ResourceSearch
    let spoke: Spoke
    let connection: ResolvedConnection
    let key: Keyring.Key
    let isAdministrators: Bool
    let credentials: any CredentialSource
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let circuits: CircuitBoard
    let effects: Effects
    let cause: Cause

    func run(_ request: RequestTemplate, _ filled: RequestTemplate.Filled) -> ActionRun {
        let action = Action(
            key: "find_resources", name: "search of \(search.name)", says: "",
            kind: RequestKind(output: .init(fields: [])), request: request, input: InputSchema(properties: []),
            success: [200], scopes: search.scopes, permissions: [], destructive: .no, repeat: .safe, lookUp: nil,
            reasons: [:])
        return ActionRun(
            spoke: spoke, action: action,
            call: ActionCall(
                action: ActionName(spoke: spoke.name, key: action.key), alias: "", input: JSONObject(), most: nil,
                execution: "", cause: cause),
            connection: connection, request: filled, keys: Keyring(key, []), credentials: credentials,
            outbound: outbound, log: log, places: nil, circuits: circuits, effects: effects)
    }

    func problem(_ outcome: ActionOutcome) -> HubError {
        switch outcome {
        case .failed(ActionRun.credentialRefused, _) where isAdministrators:
            HubError(
                .conflict, "administrator_token_refused",
                "\(spoke.title) refused the administrator's token. Give one that is valid.")
        case .failed(Gate.scopeMissing, _):
            HubError(
                .conflict, "search_scope_lacking",
                "The token that \(spoke.title) gave does not hold \(search.scopes.joined(separator: ", ")). Give an "
                    + "administrator's token for this run, or paste ids.")
        case .done, .refused, .failed, .unknown, .later: HubError(.conflict, outcome.reason, outcome.says)
        }
    }
}
