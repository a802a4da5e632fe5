import Core
import Ports
import Spokes
import Vault

// What the connection can really do, and for how long.
extension ConnectionCheck {
    static let scopesHeld = ConnectionCheck(
        "scopes_held", "The token holds every scope that an enabled action needs.", applies: { $0.oauth != nil }
    ) { facts in
        let name = facts.subject?.name ?? "-"
        guard let carried = facts.carried, let rules = facts.rules else {
            return .notReadable(
                "There is no token yet.", next: "Get one: linchpin credential authorize \(name)")
        }
        let reached = rules.reached(by: carried)
        let lacking = facts.connection.actions.compactMap { key -> Judgement.Item? in
            let missing = (rules.byAction[key] ?? []).filter { !reached.contains($0) }
            return missing.isEmpty ? nil : .init(says: "\(key) needs \(missing.joined(separator: ", "))")
        }
        guard lacking.isEmpty else {
            return .refuted(
                "\(lacking.count) enabled actions lack a scope; the gate refuses them.", lacking,
                next:
                    "Grant the scopes there, add them to credential \(name) and consent anew; or disable the "
                    + "actions.")
        }
        return .proved("All \(facts.connection.actions.count) enabled actions are covered by \(carried.count) scopes.")
    }

    static let functionsTested = ConnectionCheck(
        "functions_tested", "One reading action of each family answers."
    ) { facts in
        let items = facts.probes.map { probe in
            Judgement.Item(says: "\(probe.family): " + (probe.action.map { "\($0). " } ?? "") + probe.says)
        }
        guard !facts.probes.isEmpty else {
            return .notReadable(
                "Nothing was tried: the connection enables no action, or no credential may be used now.",
                next: "Look at it: linchpin connection get \(facts.connection.name)")
        }
        let failed = facts.probes.filter { $0.action != nil && $0.reason != nil }
        let passing = failed.filter { ActionOutcome.passing.contains($0.reason ?? "") }
        if failed.count > passing.count {
            return .refuted(
                "\(failed.count - passing.count) of \(facts.probes.count) families do not answer.", items,
                next: "See the log under this run's correlation id: linchpin log list --direction out")
        }
        if !passing.isEmpty {
            return .notReadable("The provider is out of order or overrun.", items, next: "Run it again later.")
        }
        let untried = facts.probes.filter { $0.action == nil }
        guard untried.isEmpty else {
            return .notReadable(
                "\(untried.count) of \(facts.probes.count) families have no enabled action that only reads.", items,
                next: "Enable one for the time of the test, or run a flow that uses the family.")
        }
        return .proved("\(facts.probes.count) of \(facts.probes.count) families answer.", items)
    }

    static let refreshTested = ConnectionCheck(
        "refresh_tested", "A new token can be fetched without anybody.", applies: { $0.oauth != nil }
    ) { facts in
        let name = facts.subject?.name ?? "-"
        switch facts.refresh {
        case .done(let generation): return .proved("A new token was fetched now; it is generation \(generation).")
        case .notTried:
            return .notReadable(
                "No refresh was tried.",
                next: "Run it with the refresh: linchpin connection verify "
                    + facts.connection.name)
        case .tooFresh:
            return .notReadable(
                "The present token is younger than a minute, and no other one is fetched for that.",
                next: "Run it again in a minute.")
        case .failed(let reason, let says):
            return .refuted("\(reason): \(says)", next: "Look at the grant: linchpin credential grant \(name)")
        }
    }

    static let keysLast = ConnectionCheck(
        "keys_last", "No key ends soon.", applies: { !ending($0).isEmpty }
    ) { facts in
        let soon = facts.now.adding(seconds: Int64(Limits.credentialWarningDays.value) * 86_400)
        let keys = ending(facts)
        let items = keys.map { key in
            let end = key.end.map { "ends at \($0.rfc3339)" }
            return Judgement.Item(says: "\(key.name) \(end ?? "does not say when it ends")")
        }
        if let ending = keys.first(where: { $0.end.map { $0 < soon } ?? false }) {
            return .refuted(
                "\(ending.name) ends within \(Limits.credentialWarningDays.value) days.", items,
                next: ending.oauth == nil
                    ? "Seal its successor: linchpin credential update \(ending.name) --secret --expires-at MOMENT"
                    : "Consent anew: linchpin credential authorize \(ending.name)")
        }
        if let unknown = keys.first(where: { $0.oauth == nil && $0.expiresAt == nil }) {
            return .notReadable(
                "When \(unknown.name) ends was not stated.", items,
                next: "Note the date from the provider: linchpin credential update \(unknown.name) --expires-at MOMENT")
        }
        return .proved("Every key that ends does so later than in \(Limits.credentialWarningDays.value) days.", items)
    }

    /// Keys, and OAuth credentials whose refresh token ends.
    private static func ending(_ facts: ProvingFacts) -> [CredentialFacts] {
        facts.credentials.filter { $0.oauth == nil || $0.oauth?.refreshEnd != nil }
    }
}

extension CredentialFacts {
    /// When it, or its refresh token, stops working; nil when nobody said.
    fileprivate var end: Timestamp? { oauth?.refreshEnd ?? expiresAt }
}
