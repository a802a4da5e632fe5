/// What a verifier found.
public enum ChainVerdict: Sendable, Equatable {
    /// Every link from the first number to the last holds and the last one is signed. `to` is 0 for an empty chain.
    case intact(from: Int64, to: Int64)
    /// The first place that does not hold. Later places were not judged.
    case broken(ChainBreak)

    /// Whether it holds.
    public var isIntact: Bool {
        switch self {
        case .intact: true
        case .broken: false
        }
    }
}

/// Where a chain does not hold, and why.
public struct ChainBreak: Sendable, Equatable {
    /// Why it does not hold.
    public enum Reason: String, Sendable, CaseIterable {
        /// The event, or its hash, is not what was chained.
        case altered
        /// A link is not there.
        case missing
        /// A link comes again, or before its turn.
        case reordered
        /// The hashes agree with each other but not with a signed checkpoint: the chain was computed anew.
        case recomputed
        /// A checkpoint's signature does not hold, or its key is not known.
        case forgedCheckpoint = "forged_checkpoint"
        /// Links stand behind the last signed checkpoint; the chainer never leaves that.
        case notSigned = "not_signed"
        /// A signed checkpoint or a witness is about links that are gone.
        case cutOff = "cut_off"
        /// The chain is not the one that the witness saw.
        case notAsWitnessed = "not_as_witnessed"
        /// The witness is signed by a key that this store does not name: another hub's witness, or altered keys.
        case witnessKeyUnknown = "witness_key_unknown"
        /// The witness's own signature does not fit what it says. Nothing is known of the chain then.
        case witnessDamaged = "witness_damaged"
    }

    /// The first number that cannot be trusted.
    public let at: Int64
    /// The last number among which the fault lies; the same as `at` where it is known exactly.
    public let through: Int64
    /// Why.
    public let reason: Reason

    /// Names a fault.
    public init(at: Int64, through: Int64? = nil, _ reason: Reason) {
        self.at = at
        self.through = max(at, through ?? at)
        self.reason = reason
    }
}

extension ChainVerdict: CustomStringConvertible {
    /// `intact, chained to 41` or `broken at 17: event altered`.
    public var description: String {
        switch self {
        case .intact(let from, let to) where from > 1:
            "intact from \(from) (earlier ones were removed), chained to \(to)"
        case .intact(_, let to): "intact, chained to \(to)"
        case .broken(let fault): fault.description
        }
    }
}

extension ChainBreak: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        if reason == .witnessDamaged { return Self.damagedWitness }
        let place = at == through ? "broken at \(at)" : "broken between \(at) and \(through)"
        let what =
            switch reason {
            case .altered: "event altered"
            case .missing: "event missing"
            case .reordered: "event out of order"
            case .recomputed: "events are not what the checkpoint signed"
            case .forgedCheckpoint: "a checkpoint's signature does not hold"
            case .notSigned: "events behind the last signed checkpoint"
            case .cutOff: "events that were signed are gone"
            case .notAsWitnessed: "events are not what the witness saw"
            case .witnessKeyUnknown: "the witness is signed by a key that this hub does not know"
            case .witnessDamaged: Self.damagedWitness
            }
        return "\(place): \(what)"
    }

    private static let damagedWitness =
        "the witness is not intact: its signature does not fit its text. Was it copied whole?"
}
