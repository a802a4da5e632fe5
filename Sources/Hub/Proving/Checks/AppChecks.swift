import Core
import Spokes
import Vault

// Who has the application at the provider, and what the provider grants to it.
extension ConnectionCheck {
    static let nobodyElseAssigned = ConnectionCheck(
        "nobody_else_assigned", "No other person is assigned to the application.",
        applies: { $0.oauth?.needsConsent ?? false }
    ) { facts in
        guard let people = facts.items(.assignedPeople) else { return .notReadable(facts, .assignedPeople) }
        let others = facts.others(people)
        guard others.isEmpty else {
            return .refuted(
                others.hasIt,
                others.named { person in
                    let through = person["through"] == "GROUP" ? ", through a group" : ""
                    return Shown.name(person["name"] ?? person["id"] ?? "somebody") + through
                }, next: "Remove each of them from the application.")
        }
        return .proved("Nobody but the service account has it.")
    }

    static let assignedAlone = ConnectionCheck(
        "assigned_alone", "The application is assigned to the service account alone, and to it by itself.",
        applies: { $0.oauth?.needsConsent ?? false }
    ) { facts in
        if let groups = facts.items(.assignedGroups), !groups.isEmpty {
            return .refuted(
                "It is assigned to \(Judgement.count(groups.count, "group", "groups")), so whoever is in one has it.",
                groups.named { "group \(Shown.name($0["id"] ?? "-"))" },
                next: "Remove each group from the application; assign the service account by itself.")
        }
        if let people = facts.items(.assignedPeople) {
            let others = facts.others(people)
            if !others.isEmpty {
                return .refuted(
                    others.hasIt, next: "Remove each of them from the application.")
            }
            guard people.count == 1 else {
                return .refuted(
                    "The service account does not have it, so its next refresh will fail.",
                    next: "Assign \(facts.declared ?? "the service account") to the application.")
            }
        }
        for fact in [ProviderFact.assignedPeople, .assignedGroups] where facts.items(fact) == nil {
            return .notReadable(facts, fact)
        }
        return .proved("One account has it by itself, and no group does.")
    }

    static let scopesAgree = ConnectionCheck(
        "scopes_agree", "The provider grants the application the scopes that are configured here, and no others.",
        applies: { $0.oauth != nil }
    ) { facts in
        guard let granted = facts.items(.grantedScopes) else { return .notReadable(facts, .grantedScopes) }
        let drift = ScopeColumns(facts).changes.filter { change in
            [.configuredNotGranted, .grantedNotConfigured].contains(change.kind)
        }
        guard let first = drift.first else {
            return .proved(
                "What is granted there is what is configured: \(Judgement.count(granted.count, "scope", "scopes")).")
        }
        let removals = Dictionary(granted.map { ($0["scope"] ?? "", $0["removal"]) }) { first, _ in first }
        return .refuted(
            "The provider's scopes and the configured ones differ.",
            drift.flatMap { change in
                change.scopes.map { scope in
                    let isWider = change.kind == .grantedNotConfigured
                    return .init(
                        says: "\(scope): " + (isWider ? "granted there, not wanted here" : "wanted here, not granted"),
                        next: isWider ? removals[scope] ?? nil : nil)
                }
            }, next: ProviderChange.named(first.kind.rawValue)?.next(for: facts) ?? "Make both the same.")
    }
}

extension ProvingFacts {
    /// Those who are not the declared account.
    func others(_ people: [FactItem]) -> [FactItem] {
        people.filter { person in
            guard let declared, let name = person["name"] else { return true }
            return !Custodian.isSameAccount(name, declared)
        }
    }
}

extension [FactItem] {
    /// How many other people have the application.
    fileprivate var hasIt: String { Judgement.count(count, "other person has it.", "other people have it.") }
}
