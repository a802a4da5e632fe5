import Core
import Flows
import Identity
import Ports
import Spokes
import Storage
import Vault

/// Gathers what a connection is judged by: from the store, from the provider with the connection's own grant, and, where
/// somebody gives one for this run, with an administrator's token. It decides nothing and changes no grant.
struct FactGatherer: Sendable {
    /// How much is asked.
    struct Depth: Sendable {
        /// Fetch a new token, and try one reading action of each family.
        var tries = false
        /// Whether the new token is among that.
        var refreshes = true
        /// A token for this run; it is forgotten with it.
        var administrator: Secret?
        /// The user of this hub who stands for the service account; nil for the one of the declared name.
        var account: String?
        /// Which of its credentials is looked at; nil for the first that may be used, one of OAuth before a key.
        var credential: String?
    }

    let database: any Database
    let vault: Vault
    let custodian: Custodian
    let spokes: Spokes

    init(_ parts: Parts) {
        database = parts.database
        vault = parts.vault
        custodian = parts.custodian
        spokes = parts.spokes
    }

    /// What a set-up session of a connection is for.
    static func purpose(_ connectionID: String) -> String { "connection:\(connectionID)" }

    /// Throws `HubError` for a connection or a user that is not there, and what the store throws.
    func gather(_ idOrName: String, _ depth: Depth, _ cause: Cause) async throws -> ProvingFacts {
        var facts = try await stored(idOrName, depth, cause)
        if depth.tries, depth.refreshes, facts.oauth != nil, let name = facts.subject?.name {
            let failure = try await refresh(name, cause)
            facts = try await stored(idOrName, depth, cause)
            let renewed = facts.credentials.first { $0.name == name }?.oauth
            facts.refresh = failure ?? .done(generation: renewed?.generation ?? 0)
        }
        if facts.oauth != nil, let name = facts.subject?.name {
            facts.look = try await custodian.look(at: name, cause)
        }
        facts.isAdministrators = depth.administrator != nil
        do {
            let resolved = try await vault.resolve(connection: facts.connection.id).only(facts.subject?.name)
            facts.readings = await readings(resolved, facts, depth.administrator, cause)
            if depth.tries {
                facts.blocked = spokes.circuitOpening(of: resolved, at: cause.now).map { opening in
                    "Calls failed in a row (last: \(opening.reason)), so nothing is sent before \(opening.until.rfc3339)."
                }
                facts.hasProbes = spokes.hasProbes(spoke: resolved.spoke)
                facts.probes = await spokes.probe(
                    resolved, facts.words, resources: facts.connection.resources, cause)
            }
        } catch let error as HubError where error.kind == .conflict {
            // A connection that was changed outside, or has no usable credential: nothing is sent, not even with an
            // administrator's token.
            facts.blocked = error.message
            for fact in ProviderFact.allCases {
                facts.readings[fact] = .notReadable(reason: error.reason, says: error.message, scopes: [])
            }
        }
        return facts
    }

    /// The facts about each credential that may be used now, or about the first where none may: calls take any of them.
    func gatherEach(_ idOrName: String, _ depth: Depth, _ cause: Cause) async throws -> [ProvingFacts] {
        let first = try await gather(idOrName, depth, cause)
        var all = [first]
        for credential in first.credentials
        where credential.isKey && credential.unusable == nil && credential.name != first.subject?.name {
            var own = depth
            own.credential = credential.name
            all.append(try await gather(first.connection.id, own, cause))
        }
        return all
    }

    private func stored(_ idOrName: String, _ depth: Depth, _ cause: Cause) async throws -> ProvingFacts {
        try await database.read { [vault, spokes] reader in
            let connection = try Vault.facts(ofConnection: idOrName, in: reader)
            let credentials = try vault.credentialFacts(ofConnection: connection.id, at: cause.now, in: reader)
            let usable = credentials.filter { $0.isKey && $0.unusable == nil }
            let subject =
                credentials.first { $0.name == depth.credential } ?? usable.first { $0.oauth != nil } ?? usable.first
                ?? credentials.first
            let setUp = try Identity.setUp(for: Self.purpose(connection.id), in: reader)
            let account = depth.account ?? subject?.oauth?.expectedOwner ?? setUp?.account
            return ProvingFacts(
                connection: connection, credentials: credentials, subject: subject,
                rules: spokes.scopeRules(of: connection.spoke),
                usedByFlows: try Flows.actions(through: connection.aliases, in: reader)
                    .filter { $0.action.spoke == connection.spoke }.map { ($0.action.key, $0.flows) },
                account: try account.flatMap { try Identity.account($0, at: cause.now, in: reader) }, setUp: setUp,
                now: cause.now)
        }
    }

    /// Fetches a new token; answers why none came, nil when one did.
    private func refresh(_ credential: String, _ cause: Cause) async throws -> ProvingFacts.RefreshTrial? {
        do {
            try await custodian.refresh(credential, cause)
            return nil
        } catch let error as HubError where error.kind == .conflict {
            if error.reason == "token_refused" { return .tooFresh }
            let meaning = TokenFailure.all.first { $0.code == error.reason }?.meaning
            let passes = [.later, .lost].contains(meaning) || ["token_busy", "token_missing"].contains(error.reason)
            return passes ? .putOff(says: error.message) : .failed(reason: error.reason, says: error.message)
        }
    }

    private func readings(
        _ connection: ResolvedConnection, _ facts: ProvingFacts, _ administrator: Secret?, _ cause: Cause
    ) async -> [ProviderFact: FactReading] {
        var found: [ProviderFact: FactReading] = [:]
        var words = facts.words
        for fact in ProviderFact.allCases {
            let reading = await spokes.read(fact, of: connection, words, administrator: administrator, cause)
            if fact == .accountID, case .read(let items) = reading { words[.accountID] = items.first?["id"] }
            found[fact] = withRemovals(reading, fact, facts, words)
        }
        return found
    }

    private func withRemovals(
        _ reading: FactReading, _ fact: ProviderFact, _ facts: ProvingFacts, _ words: [ProvingWord: String]
    ) -> FactReading {
        guard case .read(let items) = reading else { return reading }
        return .read(
            items.map { item in
                var item = item
                item["removal"] = spokes.removal(of: item, fact, spoke: facts.connection.spoke, words)
                return item
            })
    }
}

extension ResolvedConnection {
    /// The connection with one of its credentials alone; with all where that one is not among them.
    fileprivate func only(_ credential: String?) -> ResolvedConnection {
        let chosen = credentials.filter { $0.name == credential }
        return ResolvedConnection(
            id: id, name: name, spoke: spoke, url: url, actions: actions, allowsLoopbackHTTP: allowsLoopbackHTTP,
            needsApproval: needsApproval, callsPerMinute: callsPerMinute,
            credentials: chosen.isEmpty ? credentials : chosen, passage: passage)
    }
}
