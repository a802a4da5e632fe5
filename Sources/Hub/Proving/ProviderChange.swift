import Core
import Vault

/// A kind of change at a provider: its stable code, what it means for the connection, and the one next step.
struct ProviderChange: Sendable, Equatable {
    /// Where the hub sees it.
    enum Seen: String, Sendable, CaseIterable {
        /// The four columns differ.
        case columns = "the four columns"
        /// What the provider says of the token that is held.
        case introspection
        /// What is read at the provider, where the grant lets us, or with an administrator's token.
        case reading = "a reading"
        /// The provider's clock.
        case clock
        /// Calls with a key.
        case calls
        /// The token endpoint, when a token is renewed.
        case renewal

        /// Whether a look keeps it as a finding of the connection; the others are findings of the credential already.
        var isKept: Bool {
            switch self {
            case .columns, .introspection, .reading, .clock: true
            case .calls, .renewal: false
            }
        }
    }

    let code: String
    let seen: Seen
    /// What happened and why it matters; `WHAT` stands for what it is about.
    let says: String
    /// The one next step; `NAME` stands for the credential, `CONNECTION` for the connection.
    let next: String

    init(_ code: String, _ seen: Seen, _ says: String, next: String) {
        self.code = code
        self.seen = seen
        self.says = says
        self.next = next
    }

    static func named(_ code: String) -> ProviderChange? { all.first { $0.code == code } }

    /// Every kind there is. The reference page `provider-changes.md` is made of it, and a test takes it row by row.
    static let all: [ProviderChange] = scopes + tokens + application + account + others + renewals

    func next(for facts: ProvingFacts) -> String {
        facts.step(next).replacing("CONNECTION", with: facts.connection.name)
            .replacing("NAME", with: facts.subject?.name ?? "-")
    }
}

extension ProviderChange {
    private static func columns(
        _ kind: ScopeColumns.Change.Kind, _ says: String, next: String
    ) -> ProviderChange {
        ProviderChange(kind.rawValue, .columns, says, next: next)
    }

    private static let consent = "Consent anew: linchpin credential authorize NAME."
    private static let same =
        "Make both the same: take them out of the credential's scopes, or grant them at the provider and consent anew."

    private static let scopes = [
        columns(
            .carriedNotGranted,
            "The provider no longer grants the application WHAT, which the token still carries: calls fail, and the next "
                + "refresh would.",
            next: "Grant them there again, or take them out of the credential's scopes."),
        columns(
            .neededNotConfigured, "Active flows need WHAT, which is not among the credential's scopes.",
            next: "Add them: linchpin credential update NAME; grant them at the provider, then consent anew."),
        columns(
            .neededNotGranted, "Active flows need WHAT, which the provider does not grant to the application.",
            next:
                "Grant them at the provider, then consent anew: linchpin credential authorize NAME."),
        columns(
            .neededNotCarried, "Active flows need WHAT, which the token does not carry; a refresh cannot add them.",
            next: consent),
        columns(
            .configuredNotGranted, "Here WHAT are wanted, and the provider does not grant them to the application.",
            next: same),
        columns(
            .configuredNotCarried,
            "Here WHAT are wanted, and the token does not carry them. Refreshes ask for the granted ones only.",
            next: same),
        columns(
            .grantedNotConfigured,
            "The provider grants the application WHAT, which nothing here wants: more than is needed.",
            next: "Revoke them for the application at the provider."),
        columns(
            .carriedNotConfigured, "The token carries WHAT, which are no longer wanted here.",
            next: "Renew it, which gives them up: linchpin credential refresh NAME."),
    ]

    private static let tokens = [
        ProviderChange(
            "token_void", .introspection,
            "The provider calls the present token void before its end: it was revoked, or its account was switched off.",
            next: "Look at the account at the provider, then consent anew: linchpin credential authorize NAME."),
        ProviderChange(
            "refresh_token_ends", .introspection,
            "By the provider's word the refresh token ends at WHAT: from then on no token is renewed.",
            next: consent),
        ProviderChange(
            "owner_changed", .introspection,
            "The provider names WHAT as the token's owner, and another is declared.",
            next: consent),
    ]

    private static let application = [
        ProviderChange(
            "app_switched_off", .reading, "The application is switched off at the provider: no token is renewed.",
            next: "Switch it on there."),
        ProviderChange(
            "people_assigned", .reading, "Other people have the application: WHAT.",
            next: "See how each is removed: linchpin connection verify CONNECTION."),
        ProviderChange(
            "groups_assigned", .reading, "The application is assigned to groups (WHAT), so whoever is in them has it.",
            next: "Remove the groups from the application; assign the service account by itself."),
        ProviderChange(
            "account_not_assigned", .reading,
            "The service account no longer has the application: the next refresh fails.",
            next: "Assign the account to the application at the provider."),
    ]

    private static let account = [
        ProviderChange(
            "account_switched_off", .reading, "The account WHAT is not active at the provider: its tokens end.",
            next: "Switch the account on there, then consent anew: linchpin credential authorize NAME."),
        ProviderChange(
            "account_is_administrator", .reading,
            "The account has administrator roles that no enabled action needs: WHAT.",
            next: "Remove the roles from the account at the provider."),
    ]

    private static let others = [
        ProviderChange(
            "provider_clock", .clock,
            "The provider's clock and the hub's differ by WHAT seconds.",
            next: "Set the hub's clock by NTP."),
        ProviderChange(
            "credential_rests", .calls, "The provider refused the key again and again, so it rests.",
            next: "Seal a working key: linchpin credential update NAME --secret."),
        ProviderChange(
            "credential_expired", .calls, "The key has ended.",
            next: "Seal its successor: linchpin credential update NAME --secret."),
    ]

    /// What a token endpoint answers when something changed there.
    private static let renewals = TokenFailure.all.map { failure in
        ProviderChange(failure.code, .renewal, failure.says, next: failure.next)
    }
}
