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
                Judgement.count(lacking.count, "enabled action lacks", "enabled actions lack")
                    + " a scope; the gate refuses \(lacking.count == 1 ? "it" : "them").", lacking,
                next:
                    "Grant the scopes there, add them to credential \(name) and consent anew; or disable the "
                    + "actions.")
        }
        let actions = Judgement.count(facts.connection.actions.count, "enabled action has", "enabled actions have")
        return .proved(
            "\(actions) every scope; the token carries \(Judgement.count(carried.count, "scope", "scopes")).")
    }

    static let functionsTested = ConnectionCheck(
        "functions_tested", "One reading action of each family answers."
    ) { facts in
        let about = facts.connection.name
        guard !facts.probes.isEmpty else { return nothingTried(facts) }
        let items = facts.probes.map { probe in
            Judgement.Item(says: "\(probe.family): " + (probe.action.map { "\($0). " } ?? "") + probe.says)
        }
        let families = { (count: Int) in Judgement.count(count, "family", "families") }
        let refused = facts.probes.count { $0.meaning == .refuses }
        guard refused == 0 else {
            return .refuted(
                "\(families(refused)) of \(facts.probes.count) \(refused == 1 ? "does" : "do") not answer.", items,
                next:
                    "Compare its scopes, role and resources there with what it needs: linchpin connection grant \(about)"
            )
        }
        var passing: [Timestamp?] = []
        for case .passes(let until) in facts.probes.map(\.meaning) { passing.append(until) }
        if !passing.isEmpty {
            let until = passing.compactMap(\.self).max().map { "after \($0.rfc3339)" } ?? "later"
            return .notReadable(
                "The provider could not be asked just now.", items,
                next: "Run it again \(until): linchpin connection verify \(about)")
        }
        let silent = facts.probes.filter { $0.meaning == .tellsNothing }
        if let first = silent.first {
            return .notReadable(
                "\(families(silent.count)) of \(facts.probes.count) could not be tried on anything that tells.", items,
                next: first.next ?? "Run a flow that uses the family.")
        }
        return .proved("\(families(items.count)) of \(items.count) \(items.count == 1 ? "answers" : "answer").", items)
    }

    /// Why no family was tried.
    private static func nothingTried(_ facts: ProvingFacts) -> Judgement {
        let look = "Look at it: linchpin connection get \(facts.connection.name)"
        if let blocked = facts.blocked { return .notReadable("Nothing was tried. \(blocked)", next: look) }
        guard !facts.connection.actions.isEmpty else {
            return .notReadable(
                "Nothing was tried: the connection enables no action.",
                next: "Enable one: linchpin connection enable \(facts.connection.name) ACTION")
        }
        return .notReadable(
            "Nothing was tried: the file of spoke \(facts.connection.spoke) "
                + (facts.hasProbes ? "counts no enabled action to a family." : "names no action to try."),
            next: "Run one that only reads: linchpin action run \(facts.connection.spoke).ACTION --alias ALIAS")
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
        case .putOff(let says):
            return .notReadable(
                "No token could be fetched just now. \(says)",
                next: "Run it again later: linchpin connection verify \(facts.connection.name)")
        case .failed(let reason, let says):
            return .refuted("\(reason): \(says)", next: "Look at the grant: linchpin credential grant \(name)")
        }
    }

    static let keysLast = ConnectionCheck(
        "keys_last", "No key ends soon.", applies: { !ending($0).isEmpty }
    ) { facts in
        let keys = ending(facts)
        let items = keys.map { key in
            let end = key.end.map { "ends at \($0.rfc3339)" }
            return Judgement.Item(says: "\(key.name) \(end ?? "does not say when it ends")")
        }
        if let ending = keys.first(where: { $0.end.map { $0 < facts.soon } ?? false }) {
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
