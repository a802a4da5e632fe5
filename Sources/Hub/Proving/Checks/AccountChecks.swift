import Core
import Identity
import Ports
import Spokes
import Vault

// Whose token it is, and what that account still is here and at the provider.
extension ConnectionCheck {
    static let tokenOwner = ConnectionCheck(
        "token_owner", "The token belongs to the declared service account."
    ) { facts in
        let name = facts.subject?.name ?? "-"
        guard let oauth = facts.oauth else {
            return .notReadable(
                "An API key does not say whose it is.",
                next: "Use OAuth, where the provider names the account behind a token.")
        }
        guard let declared = oauth.expectedOwner else {
            return .refuted(
                "No account is declared, so whoever consents becomes the owner.",
                next: "Declare it: linchpin credential update \(name) --expected-owner LOGIN")
        }
        let again = "Consent anew as \(declared): linchpin credential authorize \(name)"
        if facts.look?.standing == .inactive {
            return .refuted("The provider calls the present token void.", next: again)
        }
        guard let owner = facts.owner else {
            return .notReadable("The provider does not say whose token it is.", next: again)
        }
        guard Custodian.isSameAccount(owner, declared) else {
            return .refuted(
                "The provider names \(Shown.name(owner)) as its owner, and \(declared) is declared.", next: again)
        }
        guard case .active(_, _?) = facts.look?.standing else {
            return .proved("The provider named \(Shown.name(owner)) when the token was stored.")
        }
        return .proved("The provider names \(Shown.name(owner)) now.")
    }

    static let noAdministrator = ConnectionCheck(
        "no_administrator", "The account is no administrator of the provider.",
        applies: { $0.oauth?.hasAccount ?? false }
    ) { facts in
        guard let roles = facts.items(.accountRoles) else { return .notReadable(facts, .accountRoles) }
        let surplus = facts.surplus(roles)
        let name = { (role: FactItem) in Shown.name(role["name"] ?? role["type"] ?? "a role") }
        guard surplus.isEmpty else {
            return .refuted(
                "It has \(Judgement.count(surplus.count, "administrator role", "administrator roles")) that no enabled action "
                    + "needs.", surplus.named(name), next: "Remove what is named from the account at the provider.")
        }
        return .proved(
            roles.isEmpty
                ? "It has no administrator role." : "It has only roles of one's own, or such as enabled actions need.",
            roles.named(name))
    }

    static let webServiceOnly = ConnectionCheck(
        "web_service_only", "The account is for web services only on this hub."
    ) { facts in
        guard let account = facts.account else { return noAccount(facts) }
        guard account.isWebServiceOnly else {
            return .refuted(
                "User \(account.name) may sign in to the console.",
                next: facts.hasOpenSetUp
                    ? "End the set-up session: linchpin connection end-set-up \(facts.connection.name)"
                    : "linchpin user update \(account.name) --web-service-only true")
        }
        return .proved("User \(account.name) is web service access only.")
    }

    static let noTemporaryRole = ConnectionCheck(
        "no_temporary_role", "No temporary role is left, and no set-up session is open."
    ) { facts in
        if facts.hasOpenSetUp, let setUp = facts.setUp {
            return .refuted(
                "\(setUp.acting) acts for \(setUp.account) with the role \(setUp.role) until \(setUp.until.rfc3339).",
                next: "End it: linchpin connection end-set-up \(facts.connection.name)")
        }
        guard let account = facts.account else { return noAccount(facts) }
        let withdraw = "Withdraw each: linchpin role withdraw GRANT, with the ids of: linchpin role grants"
        if !account.temporary.isEmpty {
            return .refuted(
                "User \(account.name) has a role until a moment to come.",
                account.temporary.map { .init(says: "\($0.role) until \($0.until.rfc3339)") },
                next: withdraw)
        }
        let administrative = account.roles.filter { AdminRole(rawValue: $0) != nil }
        if !administrative.isEmpty {
            return .refuted(
                "User \(account.name) has administrative roles of this hub for good.",
                administrative.map { .init(says: $0) },
                next: withdraw)
        }
        let ended = facts.setUp?.endedAt.map { " The last set-up session ended at \($0.rfc3339)." } ?? ""
        return .proved("User \(account.name) has no role that ends and no administrative one.\(ended)")
    }

    private static func noAccount(_ facts: ProvingFacts) -> Judgement {
        guard let declared = facts.declared else {
            return .notReadable(
                "No account is declared, so no user of this hub stands for it.",
                next: "Name the user: linchpin connection verify \(facts.connection.name) --account USER")
        }
        return .notReadable(
            "No user of this hub is named \(declared).",
            next: "Name the user who stands for it: linchpin connection verify \(facts.connection.name) --account USER")
    }
}

extension ProvingFacts {
    var hasOpenSetUp: Bool { setUp.map { $0.endedAt == nil } ?? false }
}
