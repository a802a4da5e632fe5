public import Keys

/// Judges a chain link by link, in the order of their numbers, holding nothing but the last one.
///
/// What it rests on: the hashes bind each event to all earlier ones; the checkpoints bind the hashes to a key that is
/// not in the database; a witness binds them to something that is not in the hub's hands at all.
public struct ChainVerifier: Sendable {
    private let keys: [String: VerifyingKey]
    private let witness: Checkpoint?
    private var first: Int64 = 1
    private var head = ChainHead.genesis
    private var lastSigned: Int64 = 0
    private var fault: ChainBreak?

    /// A verifier for one chain.
    ///
    /// - Parameters:
    ///   - keys: whose checkpoints count.
    ///   - truncation: the signed statement that earlier links were removed by retention; nil when none were.
    ///   - witness: a checkpoint that was kept elsewhere.
    public init(keys: [VerifyingKey], truncation: Checkpoint? = nil, witness: Checkpoint? = nil) {
        self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
        self.witness = witness
        if let truncation {
            first = truncation.n + 1
            head = truncation.head
            lastSigned = truncation.n
            if truncation.kind != .truncation || !isGenuine(truncation) {
                fault = ChainBreak(at: 1, through: truncation.n, .forgedCheckpoint)
            }
        }
        judgeWitness()
    }

    /// Whether a fault was found; more links change nothing then.
    public var isBroken: Bool { fault != nil }

    /// Takes the next link, with the checkpoints that the store keeps about its number.
    public mutating func take(_ link: ChainLink, _ checkpoints: [Checkpoint] = []) {
        guard fault == nil else { return }
        guard link.n == head.n + 1 else {
            fault = link.n > head.n + 1 ? ChainBreak(at: head.n + 1, .missing) : ChainBreak(at: link.n, .reordered)
            return
        }
        guard head.link(link.event).hash == link.hash else {
            fault = ChainBreak(at: link.n, .altered)
            return
        }
        for checkpoint in checkpoints where checkpoint.kind == .head {
            judge(checkpoint, against: link)
            guard fault == nil else { return }
        }
        if let witness, witness.n == link.n, witness.hash != link.hash {
            fault = ChainBreak(at: first, through: link.n, .notAsWitnessed)
            return
        }
        head = link.head
    }

    /// The verdict once all links were taken.
    ///
    /// - Parameter newest: the newest checkpoint that the store keeps about its head; nil when it keeps none.
    public func finish(newest: Checkpoint?) -> ChainVerdict {
        if let fault { return .broken(fault) }
        if let newest, newest.n > head.n {
            return .broken(ChainBreak(at: head.n + 1, through: newest.n, .cutOff))
        }
        if let witness, witness.n > head.n {
            return .broken(ChainBreak(at: head.n + 1, through: witness.n, .cutOff))
        }
        if lastSigned < head.n { return .broken(ChainBreak(at: lastSigned + 1, through: head.n, .notSigned)) }
        return .intact(from: first, to: head.n)
    }

    private mutating func judge(_ checkpoint: Checkpoint, against link: ChainLink) {
        let range = (at: lastSigned + 1, through: link.n)
        if checkpoint.n != link.n || !isGenuine(checkpoint) {
            fault = ChainBreak(at: range.at, through: range.through, .forgedCheckpoint)
        } else if checkpoint.hash != link.hash {
            fault = ChainBreak(at: range.at, through: range.through, .recomputed)
        } else {
            lastSigned = link.n
        }
    }

    private mutating func judgeWitness() {
        guard fault == nil, let witness else { return }
        if keys[witness.keyID] == nil {
            fault = ChainBreak(at: 1, through: witness.n, .witnessKeyUnknown)
        } else if !isGenuine(witness) {
            fault = ChainBreak(at: witness.n, .witnessDamaged)
        } else if witness.n == head.n, witness.hash != head.hash {
            fault = ChainBreak(at: 1, through: witness.n, .notAsWitnessed)
        }
    }

    private func isGenuine(_ checkpoint: Checkpoint) -> Bool {
        keys[checkpoint.keyID].map(checkpoint.isSigned(by:)) ?? false
    }
}
