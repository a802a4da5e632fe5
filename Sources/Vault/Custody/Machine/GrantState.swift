import Core

/// Where the outside grant of one credential stands: what the machine decides on. Its tokens, scopes and owner lie
/// beside it and change only together with it.
struct GrantState: Sendable, Equatable {
    enum Word: String, Sendable, CaseIterable {
        /// No token was ever got, or the last one was given back.
        case none
        /// There is a token set.
        case held
        /// A refresh was sent, its answer was lost, and sending it again could end the grant. A person decides.
        case inDoubt = "in_doubt"
        /// The provider ended it; only a new consent helps.
        case dead
    }

    var word = Word.none
    /// Grows by one with each token set that is stored; whoever presents a token says of which one it is.
    var generation: Int64 = 0
    /// Whether the token set holds a refresh token.
    var hasRefreshToken = false
    /// When the hub stored the token set.
    var issuedAt: Timestamp?
    /// When the access token ends, as the provider stated it; nil when it did not.
    var statedEnd: Timestamp?
    /// How long an access token was seen to live, in milliseconds, where that was less than was stated.
    var observedLife: Int64?
    /// Whether a refresh was seen to replace the refresh token. Then repeating one is not safe, whatever was declared.
    var rotates = false
    /// Refusals in a row that were worth trying again.
    var failures: Int64 = 0
    /// Before then nothing is tried.
    var retryAt: Timestamp?
}

/// A refresh that was begun and is not settled: written before the request leaves, deleted with its outcome. Its key
/// is (credential, generation), so there is one at a time whatever hubs do.
struct RefreshIntent: Sendable, Equatable {
    /// Why the token was not good enough.
    enum Cause: String, Sendable, CaseIterable {
        /// There is none yet.
        case first
        /// Its end comes near.
        case due
        /// The outside system refused it.
        case refused
    }

    /// Of the token set that is presented.
    let generation: Int64
    /// The fence of the lease of whoever may settle it. Taking over is raising it.
    var fence: Int64
    let because: Cause
    /// When it was sent first; the provider's grace counts from there.
    let begunAt: Timestamp
    /// How often it was sent or taken over.
    var attempts: Int64 = 1
}

/// What a credential's settings say about getting and refreshing its tokens.
struct RefreshPolicy: Sendable, Equatable {
    /// How a new token set comes about.
    enum Way: Sendable, Equatable {
        /// By the client itself, whenever it likes: client credentials, a JWT as grant.
        case client
        /// By a refresh token that a person's consent brought.
        case refreshToken
    }

    let way: Way
    /// Whether the template declares that presenting a refresh token twice does no harm.
    let repeatIsSafe: Bool
    /// For how many seconds the provider takes a replaced refresh token once more; 0 for not at all.
    let graceSeconds: Int64
    /// 0 to 999, spread over credentials, so that not all refresh in the same second.
    let jitter: Int64

    /// Whether the request may be sent again though its answer is not known.
    func mayRepeat(_ intent: RefreshIntent, _ grant: GrantState, at now: Timestamp) -> Bool {
        if way == .client { return true }
        if repeatIsSafe && !grant.rotates { return true }
        // A clock that went back says nothing about how long it is ago.
        let age = now.milliseconds(since: intent.begunAt)
        return age >= 0 && age < graceSeconds * 1_000
    }

    /// Whether a new token set can be had without a person.
    func canRenew(_ grant: GrantState) -> Bool { way == .client || grant.hasRefreshToken }
}
