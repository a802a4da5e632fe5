import Core
import Identity
import Ports
import Spokes
import Vault

/// Everything that the checks of a connection, and its drift, are judged by: gathered at one moment, nothing of it secret.
struct ProvingFacts: Sendable {
    /// What came of fetching a new token to see whether that works.
    enum RefreshTrial: Sendable, Equatable {
        case notTried
        case done(generation: Int64)
        /// There is one that is only just fetched, and no other is fetched for that.
        case tooFresh
        case failed(reason: String, says: String)
        /// None could be fetched now; that passes, or nobody knows what became of it, and it says nothing of the grant.
        case putOff(says: String)
    }

    let connection: ConnectionFacts
    let credentials: [CredentialFacts]
    /// The one that is looked at; nil for a connection without one.
    let subject: CredentialFacts?
    /// Nil when the spoke is not loaded.
    let rules: ScopeRules?
    /// Actions that active flows run through it, by key, with the flows' names.
    let usedByFlows: [(key: String, flows: [String])]
    /// The service account as a user of this hub; nil when there is none of that name.
    let account: AccountFacts?
    /// The latest set-up session; nil when there was none.
    let setUp: SetUpSession?
    /// Nil where the credential is none of kind oauth, or there is none.
    var look: TokenLook?
    var refresh = RefreshTrial.notTried
    /// Each fact; in its items `removal` says what a person does about one.
    var readings: [ProviderFact: FactReading] = [:]
    var probes: [ProbeOutcome] = []
    /// Whether the spoke's file names any action to try.
    var hasProbes = true
    /// Why nothing could be sent at all; nil when something could.
    var blocked: String?
    var isAdministrators = false
    let now: Timestamp

    var oauth: CredentialFacts.OAuth? { subject?.oauth }

    /// Whether the client acts for itself: no account consents, and none is behind its tokens. An open set-up session has
    /// an account all the same.
    var actsForItself: Bool { oauth?.hasAccount == false && !hasOpenSetUp }

    /// A next step in the words that fit: where nobody consents, the hub fetches a token by itself.
    func step(_ text: String) -> String {
        guard oauth?.needsConsent == false else { return text }
        return text.replacing("Consent anew", with: "Fetch a new token").replacing(
            "consent anew", with: "fetch a new token"
        ).replacing("linchpin credential authorize", with: "linchpin credential refresh")
    }

    /// The account that is declared to consent; nil when none is.
    var declared: String? { oauth?.expectedOwner }

    /// The account behind the token as far as the provider says it.
    var owner: String? {
        if case .active(_, let owner?) = look?.standing { return owner }
        return oauth?.owner
    }

    /// The scopes that the token carries, by the provider's word where it gives it.
    var carried: [String]? {
        if case .active(let scopes?, _) = look?.standing { return scopes }
        return oauth?.carried
    }

    /// When the refresh token ends, where that is so near that somebody should act; nil otherwise.
    var endingRefresh: Timestamp? {
        (look?.refreshEnd ?? oauth?.refreshEnd).flatMap { $0 < soon ? $0 : nil }
    }

    /// What ends before it ends soon.
    var soon: Timestamp { now.adding(days: Limits.credentialWarningDays.value) }

    /// What stands for the words of a fact.
    var words: [ProvingWord: String] {
        var words: [ProvingWord: String] = [:]
        words[.clientID] = oauth?.clientID
        words[.account] = owner ?? declared
        return words
    }

    /// Why a fact could not be read, and which scopes would change that; empty when it was read.
    func whyNotRead(_ fact: ProviderFact) -> String {
        switch readings[fact] {
        case .read: ""
        case .notReadable(_, let says, let scopes):
            scopes.isEmpty ? says : "\(says) The scope \(scopes.joined(separator: ", ")) would make it readable."
        case nil: "It was not asked for."
        }
    }

    /// The items of a fact; nil when it could not be read.
    func items(_ fact: ProviderFact) -> [FactItem]? {
        if case .read(let items) = readings[fact] { items } else { nil }
    }
}
