import AuditTrail
import Core
import Keys
import TestSupport

/// A chain of 300 events, signed every 50, as the chainer leaves it.
struct TestChain: Sendable {
    let key: SigningKey
    var links: [ChainLink]
    var checkpoints: [Int64: Checkpoint]

    init(seed: UInt8 = 7, events: Int = 300, every: Int = 50, from start: ChainHead = .genesis) throws {
        key = try SigningKey(seed: Secret([UInt8](repeating: seed, count: 32)))
        links = []
        checkpoints = [:]
        var head = start
        for index in 1...events {
            let link = head.link(#"{"action":"client.updated","id":"\#(index)","by":"mara"}"#)
            links.append(link)
            head = link.head
            if index % every == 0 { try sign(head) }
        }
    }

    mutating func sign(_ head: ChainHead) throws {
        checkpoints[head.n] = try Checkpoint.sign(head, at: Timestamp(epochSeconds: 1_790_000_000 + head.n), with: key)
    }

    /// Computes all hashes anew from that index on, as somebody with the database and without the key could.
    mutating func recompute(from index: Int) {
        var head = index == 0 ? ChainHead.genesis : links[index - 1].head
        for index in index..<links.count {
            links[index] = head.link(links[index].event)
            head = links[index].head
        }
    }

    func verifier(witness: Checkpoint? = nil, truncation: Checkpoint? = nil) throws -> ChainVerifier {
        ChainVerifier(keys: [try VerifyingKey(key.publicKey)], truncation: truncation, witness: witness)
    }

    func verdict(witness: Checkpoint? = nil, truncation: Checkpoint? = nil) throws -> ChainVerdict {
        var verifier = try verifier(witness: witness, truncation: truncation)
        for link in links { verifier.take(link, checkpoints[link.n].map { [$0] } ?? []) }
        return verifier.finish(newest: checkpoints.values.max { $0.n < $1.n })
    }
}

extension ChainVerdict {
    var fault: ChainBreak? { if case .broken(let fault) = self { fault } else { nil } }
}
