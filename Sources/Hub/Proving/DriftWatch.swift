import Core
import Identity
import Spokes
import Storage
import Vault

/// Looks at what providers grant, one connection after the other, again and again; of several hubs one does.
struct DriftWatch: Sendable {
    let gatherer: FactGatherer
    let hub: String
    let effects: Effects

    init(_ parts: Parts) {
        gatherer = FactGatherer(parts)
        hub = parts.hub
        effects = parts.effects
    }

    /// One turn: how many connections it looked at.
    @discardableResult func tick() async throws -> Int {
        let now = effects.now()
        let most = Limits.driftAtOnce.value
        let database = gatherer.database
        let due = try await database.read { try Vault.connectionsToLookAt(at: now, most: most, in: $0) }
        guard !due.isEmpty else { return 0 }
        let hold = try await database.write(.bookkeeping("who looks at providers")) { [hub] writer in
            try Lease.acquire(
                "drift", holder: hub, at: now, seconds: Limits.driftLeaseSeconds.value, in: writer)
        }
        guard hold != nil else { return 0 }
        for id in due { try await look(at: id) }
        return due.count
    }

    private func look(at id: String) async throws {
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        let database = gatherer.database
        let facts: ProvingFacts
        do { facts = try await gatherer.gather(id, .init(), cause) } catch let error as HubError {
            // Gone meanwhile; or changed outside, which the connection's findings say. Anything else is a fault of ours,
            // which must not keep the others from being looked at.
            if error.kind == .notFound { return }
            try await putOff(id)
            guard error.kind == .conflict else { throw error }
            return
        }
        let sightings = Sighting.all(facts)
        // An outage says nothing of what is granted: what was found before stays, and another look comes soon.
        if sightings.contains(where: \.passes) { return try await putOff(id) }
        let seen = DriftLook(
            checkedAt: cause.now, nextAt: cause.now.adding(seconds: Int64(Limits.driftSeconds.value)),
            picture: DriftPicture(facts).columns, findings: sightings.filter(\.isKept).map { $0.finding(facts) })
        try await database.write(.bookkeeping("what a look saw; a change of it is an event")) { writer in
            try Vault.keep(seen, of: facts.connection, in: writer, by: cause)
        }
    }

    private func putOff(_ id: String) async throws {
        let until = effects.now().adding(seconds: Int64(Limits.driftRetrySeconds.value))
        try await gatherer.database.write(.bookkeeping("when to look again")) { writer in
            try Vault.putOffLook(at: id, until: until, in: writer)
        }
    }
}

/// The four columns and what was seen, as operations answer them.
struct DriftPicture: Sendable {
    let facts: ProvingFacts

    init(_ facts: ProvingFacts) { self.facts = facts }

    /// The columns, and of those that cannot be read, why. A key has none.
    var columns: JSON {
        guard facts.oauth != nil else { return ["scopes": [], "not_readable": [:], "not_read": []] }
        let columns = ScopeColumns(facts)
        var unread = JSONObject()
        if columns.granted == nil {
            unread[ScopeColumns.Column.granted.rawValue] = .string(facts.whyNotRead(.grantedScopes))
        }
        if columns.carried == nil { unread[ScopeColumns.Column.carried.rawValue] = "There is no token yet." }
        return ["scopes": columns.json, "not_readable": .object(unread), "not_read": .texts(notRead.map(\.rawValue))]
    }

    /// Facts beside the columns that a change could hide in, because they could not be read.
    private var notRead: [ProviderFact] {
        let isConsented = facts.oauth?.needsConsent ?? false
        return ProviderFact.allCases.filter { fact in
            guard case .notReadable? = facts.readings[fact] else { return false }
            switch fact {
            case .accountID, .grantedScopes: return false
            case .appActive: return true
            case .assignedPeople, .assignedGroups, .accountRoles, .accountActive: return isConsented
            }
        }
    }

    /// Why there are no columns; nil where there are.
    private var noScopes: String? {
        guard let subject = facts.subject, subject.oauth == nil else { return nil }
        return "Credential \(subject.name) is a key, and a key has no scopes: there is nothing to compare."
    }

    var json: JSON {
        let sightings = Sighting.all(facts)
        return [
            "connection": .string(facts.connection.name), "credential": facts.subject.map { .string($0.name) } ?? .null,
            "checked_at": .string(facts.now.rfc3339), "with_administrator_token": .bool(facts.isAdministrators),
            "columns": columns,
            "says": noScopes.map { .string($0) } ?? .null, "changes": .array(sightings.map { $0.json(facts) }),
            "set_up": facts.setUp.map(\.json) ?? .null,
        ]
    }
}
