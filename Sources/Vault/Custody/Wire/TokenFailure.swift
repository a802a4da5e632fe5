import Core
import Ports

/// A kind of failure at a token endpoint: its stable code, what it means for the grant, and the one next step.
public struct TokenFailure: Sendable, Equatable {
    /// What follows for the grant.
    public enum Meaning: String, Sendable, CaseIterable {
        /// The provider ended the grant: only a new consent helps.
        case dead = "grant ended"
        /// It passes by itself: tried again, later and later.
        case later = "tried again"
        /// The provider no longer grants what is asked for.
        case scope = "scope problem"
        /// The provider refuses the client itself: tried a few times an hour at most, because providers lock out.
        case client = "client refused"
        /// Two clocks differ.
        case clock = "clocks differ"
        /// Something here, or in the provider's set-up, is wrong and stays wrong until a person mends it.
        case setUp = "set-up wrong"
        /// It may have been carried out, and the answer is lost.
        case lost = "answer lost"
    }

    /// What the body of an answer is.
    public enum Body: String, Sendable, CaseIterable {
        case json, html, other, none
    }

    /// Stable, such as `grant_revoked`.
    public let code: String
    /// The statuses that it answers to; empty for no answer at all.
    public let statuses: [ClosedRange<Int>]
    /// The OAuth error codes (RFC 6749 §5.2); nil for any or none.
    public let errors: [String]?
    /// The kinds of body; nil for any.
    public let bodies: [Body]?
    /// Words of which the description holds one, in lowercase; nil for any description.
    public let words: [String]?
    /// Reasons of an `OutboundFailure`, where there was no answer.
    public let failures: [String]
    public let meaning: Meaning
    /// What happened and why.
    public let says: String
    /// The one next step.
    public let next: String

    init(
        _ code: String, _ statuses: [ClosedRange<Int>], _ errors: [String]?, bodies: [Body]? = nil,
        words: [String]? = nil, failures: [String] = [], _ meaning: Meaning, _ says: String, next: String
    ) {
        self.code = code
        self.statuses = statuses
        self.errors = errors
        self.bodies = bodies
        self.words = words
        self.failures = failures
        self.meaning = meaning
        self.says = says
        self.next = next
    }

    /// The statuses as the reference shows them.
    public var shownStatuses: String {
        statuses.isEmpty
            ? "none"
            : statuses.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
                .joined(separator: ", ")
    }
    /// The errors, and the words of which one stands in the description; without an answer, why there is none.
    public var shownErrors: String {
        if !failures.isEmpty { return failures.map { "`\($0)`" }.joined(separator: ", ") }
        let known = errors.map { $0.map { "`\($0)`" }.joined(separator: ", ") } ?? "any or none"
        return known + (words.map { " with " + $0.map { "*\($0)*" }.joined(separator: ", ") } ?? "")
    }
    /// The kinds of body.
    public var shownBodies: String { bodies.map { $0.map(\.rawValue).joined(separator: ", ") } ?? "any" }

    /// Stands in `errors` for whatever error there is.
    static let anyError = "any error"

    func fits(_ answer: TokenAnswer) -> Bool {
        statuses.contains { $0.contains(answer.status) }
            && (errors.map { known in answer.error.map { known == [Self.anyError] || known.contains($0) } ?? false }
                ?? true)
            && (bodies?.contains(answer.body) ?? true)
            && (words.map { words in words.contains { answer.description.contains($0) } } ?? true)
    }

    /// What an answer that is no token set means: the first row that fits. The last row fits anything.
    static func judge(_ answer: TokenAnswer) -> TokenFailure {
        all.first { $0.fits(answer) } ?? unexplained
    }

    /// What the lack of an answer means.
    static func judge(_ failure: OutboundFailure) -> TokenFailure {
        switch failure {
        case .notSent(let reason, _): all.first { $0.failures.contains(reason) } ?? notSent
        case .unknown(let reason, _): all.first { $0.failures.contains(reason) } ?? broken
        }
    }

    /// In how many seconds it is tried again at the earliest, where it is.
    var retrySeconds: Int64 {
        switch meaning {
        case .later, .lost: 0
        case .clock: 60
        case .scope, .client, .setUp: Int64(Limits.credentialRestSeconds.value)
        case .dead: 0
        }
    }
}

/// The parts of a token endpoint's answer that a judgement rests on; holds no token.
struct TokenAnswer: Sendable, Equatable {
    let status: Int
    let body: TokenFailure.Body
    /// The OAuth error code, in the characters that RFC 6749 §5.2 allows; nil when there is none.
    let error: String?
    /// The error's description in lowercase, bounded; only searched, never shown.
    let description: String

    init(status: Int, body: TokenFailure.Body, error: String? = nil, description: String = "") {
        self.status = status
        self.body = body
        self.error = error
        self.description = description.lowercased()
    }
}
