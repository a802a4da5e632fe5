import Core
import Spokes
import Vault

/// One change at a provider as a look saw it. Which ones there are follows from the facts alone.
struct Sighting: Sendable, Equatable {
    let change: ProviderChange
    /// What it is about: scopes, names, seconds; empty where there is nothing to name.
    let what: String
    /// Whether it says nothing of the grant, such as an outage: shown, and not kept.
    var passes = false

    /// What a look keeps and alerts.
    var isKept: Bool { change.seen.isKept && !passes }

    func finding(_ facts: ProvingFacts) -> DriftFinding {
        DriftFinding(
            code: change.code, says: change.says.replacing("WHAT", with: what) + " " + change.next(for: facts))
    }

    func json(_ facts: ProvingFacts) -> JSON {
        [
            "code": .string(change.code), "says": .string(change.says.replacing("WHAT", with: what)),
            "next": .string(change.next(for: facts)), "seen_by": .string(change.seen.rawValue), "passes": .bool(passes),
        ]
    }

    /// All of them, each code once, the gravest first.
    static func all(_ facts: ProvingFacts) -> [Sighting] {
        var seen: Set<String> = []
        return (ofToken(facts) + ofRenewal(facts) + ofReadings(facts) + ofScopes(facts) + ofClock(facts))
            .filter { seen.insert($0.change.code).inserted }
    }

    private static func one(_ code: String, _ what: String = "", passes: Bool = false) -> [Sighting] {
        ProviderChange.named(code).map { [Sighting(change: $0, what: what, passes: passes)] } ?? []
    }

    private static func ofScopes(_ facts: ProvingFacts) -> [Sighting] {
        guard facts.oauth != nil, facts.rules != nil else { return [] }
        return ScopeColumns(facts).changes.flatMap { change in
            one(change.kind.rawValue, change.scopes.joined(separator: ", "))
        }
    }

    private static func ofToken(_ facts: ProvingFacts) -> [Sighting] {
        switch facts.look?.standing {
        case .inactive: return one("token_void")
        case .failed(let code, let passes): return one(code, passes: passes)
        case .active(_, let owner?):
            guard let declared = facts.declared, !Custodian.isSameAccount(owner, declared) else { return [] }
            return one("owner_changed", Shown.name(owner))
        case .active, .noToken, .notAsked, nil: return []
        }
    }

    private static func ofRenewal(_ facts: ProvingFacts) -> [Sighting] {
        let ending = facts.endingRefresh.map { one("refresh_token_ends", $0.rfc3339) } ?? []
        let refusal = facts.oauth?.refusal.map { one($0) } ?? []
        return ending + refusal + (facts.subject?.unusable.map { one($0) } ?? [])
    }

    private static func ofReadings(_ facts: ProvingFacts) -> [Sighting] {
        var found: [Sighting] = []
        if facts.items(.appActive)?.first?["active"] == "false" { found += one("app_switched_off") }
        if facts.items(.accountActive)?.first?["active"] == "false" {
            found += one("account_switched_off", facts.owner ?? facts.declared ?? "-")
        }
        guard facts.oauth?.needsConsent ?? false else { return found }
        if let people = facts.items(.assignedPeople) {
            let others = facts.others(people)
            if !others.isEmpty { found += one("people_assigned", names(others)) }
            if facts.declared != nil, others.count == people.count { found += one("account_not_assigned") }
        }
        if let groups = facts.items(.assignedGroups), !groups.isEmpty { found += one("groups_assigned", names(groups)) }
        if let roles = facts.items(.accountRoles) {
            let surplus = facts.surplus(roles)
            if !surplus.isEmpty { found += one("account_is_administrator", names(surplus)) }
        }
        return found
    }

    private static func ofClock(_ facts: ProvingFacts) -> [Sighting] {
        guard let ahead = facts.look?.clockAhead, abs(ahead) > Int64(Limits.clockDifferenceSeconds.value) else {
            return []
        }
        return one("provider_clock", String(abs(ahead)))
    }

    private static func names(_ items: [FactItem]) -> String {
        let shown = items.prefix(5).map { Shown.name($0["name"] ?? $0["id"] ?? "-") }.joined(separator: ", ")
        return items.count > 5 ? "\(shown) and \(items.count - 5) more" : shown
    }
}

extension ProvingFacts {
    /// Administrator roles that no enabled action needs; roles of one's own are what the grant asks for.
    func surplus(_ roles: [FactItem]) -> [FactItem] {
        let needed = Set(connection.actions.flatMap { rules?.rolesByAction[$0] ?? [] })
        return roles.filter { $0["type"] != "CUSTOM" && !needed.contains($0["type"] ?? "") }
    }
}
