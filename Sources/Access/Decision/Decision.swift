public import Core
public import Ports

/// Allow or refuse, with everything that was looked at.
public struct Decision: Sendable, Equatable {
    /// The checks, in their order; always all nine.
    public let checks: [Check]
    /// The place of the first failed check; nil when the call is allowed.
    public let deciding: Int?
    /// Who calls, as far as it is known; it may act only if the call is allowed. Nil where everyone may call.
    public let principal: Principal?
    /// The narrowest auth scope that covers the call; nil if none does or none is needed.
    public let coveringScope: String?
    /// What else the caller's scopes let it read; it counts only if the call is allowed.
    public let reach: TableReach
    let method: String
    let path: String

    /// Whether the call may go on.
    public var isAllowed: Bool { deciding == nil }
    /// Why not; nil when the call is allowed.
    public var reason: Reason? { deciding.flatMap { checks[$0].reason } }

    /// How many seconds old the person's sign-in may be (RFC 9470 §3); nil unless it is what decides.
    public var maxAge: Int64? {
        guard let deciding, case .signInAgain(let most)? = checks[deciding].flip.first else { return nil }
        return most
    }

    /// All changes that it takes, none of them needless; empty when the call is allowed.
    public var flip: [Change] {
        var changes: [Change] = []
        for change in checks.flatMap(\.flip) where !changes.contains(change) { changes.append(change) }
        // One new token can do what two would: one that is asked for otherwise stands for both.
        let isOther = changes.contains { $0.bringsToken && $0 != .newToken(asking: []) }
        return isOther ? changes.filter { $0 != .newToken(asking: []) } : changes
    }

    /// The changes as one sentence that completes "would pass with: …"; empty when the call is allowed.
    public var flipSentence: String { flip.map(\.sentence).joined(separator: ", and ") }

    /// For the log, the API and the command line: administrators only.
    public var json: JSON {
        [
            "allowed": .bool(isAllowed),
            "reason": reason.map { .string($0.rawValue) } ?? .null,
            "says": reason.map { .string($0.says) } ?? .null,
            "method": .string(Shown.name(method)),
            "path": .string(Shown.name(path)),
            "user": principal.map { .string($0.userName) } ?? .null,
            "client": principal.map { .string($0.clientName) } ?? .null,
            "deciding": deciding.map { .string(checks[$0].name.rawValue) } ?? .null,
            "checks": .array(checks.map(\.json)),
            "flip": .array(flip.map(\.json)),
            "would_pass_with": .string(flipSentence),
        ]
    }
}

/// One check of a decision.
public struct Check: Sendable, Equatable {
    /// Which check; the order is the order of checking.
    public enum Name: String, Sendable, CaseIterable {
        case credential, token, audience, binding, client, user, scope, details, right
    }
    /// Which check.
    public let name: Name
    /// How it came out.
    public let outcome: CheckOutcome
    /// What was seen.
    let seen: Evidence
    /// One sentence: what was seen.
    public var evidence: String { seen.sentence }
    /// Why it failed; nil unless it did.
    public let reason: Reason?
    /// The smallest changes that would make this check pass; empty unless it failed.
    public let flip: [Change]

    static func passed(_ name: Name, _ seen: Evidence) -> Check {
        Check(name: name, outcome: .passed, seen: seen, reason: nil, flip: [])
    }
    static func notNeeded(_ name: Name, _ seen: Evidence) -> Check {
        Check(name: name, outcome: .notNeeded, seen: seen, reason: nil, flip: [])
    }
    static func failed(_ name: Name, _ reason: Reason, _ seen: Evidence, flip: [Change]) -> Check {
        Check(name: name, outcome: .failed, seen: seen, reason: reason, flip: flip)
    }

    var json: JSON {
        [
            "check": .string(name.rawValue), "outcome": .string(outcome.rawValue), "evidence": .string(evidence),
            "reason": reason.map { .string($0.rawValue) } ?? .null, "flip": .array(flip.map(\.json)),
        ]
    }
}
