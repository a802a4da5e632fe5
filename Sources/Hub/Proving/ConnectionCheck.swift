import Core
import Spokes
import Vault

/// One question about a connection, judged from facts alone. One more is one value in `Checks` and one line in `all`.
struct ConnectionCheck: Sendable {
    /// Stable, such as `token_owner`.
    let key: String
    /// What is asked, as a sentence that is true when it is proved.
    let claim: String
    /// Whether there is anything to ask; a connection by API key has no refresh.
    let applies: @Sendable (ProvingFacts) -> Bool
    let judge: @Sendable (ProvingFacts) -> Judgement

    init(
        _ key: String, _ claim: String, applies: @escaping @Sendable (ProvingFacts) -> Bool = { _ in true },
        judge: @escaping @Sendable (ProvingFacts) -> Judgement
    ) {
        self.key = key
        self.claim = claim
        self.applies = applies
        self.judge = judge
    }

    /// In the order of the clean-up.
    static let all: [ConnectionCheck] = [
        .tokenOwner, .noAdministrator, .webServiceOnly, .noTemporaryRole, .nobodyElseAssigned, .assignedAlone,
        .scopesAgree, .scopesHeld, .functionsTested, .refreshTested, .keysLast,
    ]

    /// Judges all that apply.
    ///
    /// - Parameter isFurther: whether it is about a further credential; what is about all of them was asked of the first.
    static func judge(
        _ facts: ProvingFacts, isFurther: Bool = false
    ) -> [(check: ConnectionCheck, judgement: Judgement)] {
        all.compactMap { check in
            if isFurther, check.key == keysLast.key { return nil }
            if facts.actsForItself, ofAccount.contains(check.key) { return (check, .doesNotApply) }
            guard check.applies(facts) else { return nil }
            var judgement = check.judge(facts)
            judgement.next = judgement.next.map(facts.step)
            return (check, judgement)
        }
    }

    /// Those about the account behind the tokens.
    private static let ofAccount = Set(
        [
            tokenOwner, noAdministrator, webServiceOnly, noTemporaryRole, nobodyElseAssigned, assignedAlone,
        ].map(\.key))
}

/// What a check came to, with what it rests on.
struct Judgement: Sendable, Equatable {
    enum Verdict: String, Sendable, CaseIterable {
        case proved
        case refuted
        /// What it would rest on cannot be read. It is never taken for well.
        case notReadable = "not_readable"
        /// There is nothing that it could be about.
        case doesNotApply = "does_not_apply"
    }

    /// One thing that the evidence names, and what to do about it.
    struct Item: Sendable, Equatable {
        let says: String
        var next: String?
    }

    let verdict: Verdict
    /// What was seen, or why it could not be.
    let evidence: String
    var items: [Item] = []
    /// The one next step; nil for what is proved.
    var next: String?

    /// Whatever it names is as it should be, so there is nothing to do about it.
    static func proved(_ evidence: String, _ items: [Item] = []) -> Judgement {
        Judgement(verdict: .proved, evidence: evidence, items: items.map { Item(says: $0.says) })
    }

    static func refuted(_ evidence: String, _ items: [Item] = [], next: String) -> Judgement {
        Judgement(verdict: .refuted, evidence: evidence, items: items, next: next)
    }

    static func notReadable(_ evidence: String, _ items: [Item] = [], next: String) -> Judgement {
        Judgement(verdict: .notReadable, evidence: evidence, items: items, next: next)
    }

    /// Of an account, where there is none.
    static let doesNotApply = Judgement(
        verdict: .doesNotApply, evidence: "The client acts for itself; no account is behind its tokens.")

    /// A fact that could not be read: why, which scope would change that, and the way that changes no grant.
    static func notReadable(_ facts: ProvingFacts, _ fact: ProviderFact) -> Judgement {
        notReadable(
            facts.whyNotRead(fact),
            next: facts.isAdministrators
                ? "Look at it at the provider by hand."
                : "Give an administrator's token for one run: linchpin connection verify \(facts.connection.name) "
                    + "--administrator-token")
    }

    var json: JSON {
        [
            "verdict": .string(verdict.rawValue), "evidence": .string(evidence),
            "items": .array(
                items.map { ["says": .string($0.says), "next": $0.next.map { .string($0) } ?? .null] }),
            "next": next.map { .string($0) } ?? .null,
        ]
    }
}

extension Judgement {
    /// A count with its noun, such as `1 family` and `2 families`.
    static func count(_ number: Int, _ one: String, _ more: String) -> String {
        "\(number) \(number == 1 ? one : more)"
    }
}

extension [FactItem] {
    /// As the evidence names them, bounded: what each is, and what to do about it.
    func named(_ says: (FactItem) -> String) -> [Judgement.Item] {
        let shown = prefix(Limits.shownItems.value).map { Judgement.Item(says: says($0), next: $0["removal"]) }
        guard count > shown.count else { return shown }
        return shown + [Judgement.Item(says: "and \(count - shown.count) more")]
    }
}
