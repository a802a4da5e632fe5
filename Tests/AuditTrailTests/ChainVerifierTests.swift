import AuditTrail
import Core
import Keys
import Testing

struct ChainVerifierTests {
    @Test("an untouched chain is intact")
    func intact() throws {
        let verdict = try TestChain().verdict()
        #expect(verdict == .intact(from: 1, to: 300))
        #expect("\(verdict)" == "intact, chained to 300")
    }

    @Test("an empty chain is intact to 0")
    func empty() throws {
        let verdict = try TestChain().verifier().finish(newest: nil)
        #expect(verdict == .intact(from: 1, to: 0))
    }

    @Test("any flipped byte of any event is found at that event")
    func flips() throws {
        let chain = try TestChain()
        var verifier = try chain.verifier()
        var flips = 0
        for link in chain.links {
            for position in 0..<link.event.utf8.count {
                var bytes = Array(link.event.utf8)
                bytes[position] ^= 1
                var copy = verifier
                copy.take(ChainLink(n: link.n, hash: link.hash, event: String(decoding: bytes, as: UTF8.self)))
                let verdict = copy.finish(newest: nil)
                if verdict != .broken(ChainBreak(at: link.n, .altered)) { Issue.record("\(link.n): \(verdict)") }
                flips += 1
            }
            verifier.take(link, chain.checkpoints[link.n].map { [$0] } ?? [])
        }
        #expect(flips > 14_000)
        let end = verifier.finish(newest: chain.checkpoints[300])
        #expect(end == .intact(from: 1, to: 300))
    }

    @Test("any flipped byte of any hash is found at that link")
    func hashFlips() throws {
        let chain = try TestChain()
        var verifier = try chain.verifier()
        for link in chain.links {
            for position in 0..<32 {
                var hash = link.hash
                hash[position] ^= 0x80
                var copy = verifier
                copy.take(ChainLink(n: link.n, hash: hash, event: link.event))
                #expect(copy.finish(newest: nil) == .broken(ChainBreak(at: link.n, .altered)))
            }
            verifier.take(link)
        }
    }

    @Test("any deleted event is missing at its number, also when the rest is numbered and hashed anew")
    func deletions() throws {
        let chain = try TestChain()
        for index in 0..<299 {
            var cut = chain
            cut.links.remove(at: index)
            let fault = try cut.verdict().fault
            #expect(fault == ChainBreak(at: Int64(index + 1), .missing))
        }
        for index in [0, 16, 49, 50, 299] {
            var closed = chain
            closed.links.remove(at: index)
            closed.recompute(from: index)
            let signed = Int64((index / 50 + 1) * 50)
            let fault = try closed.verdict().fault
            let expected = ChainBreak(at: signed - 49, through: signed, signed == 300 ? .cutOff : .recomputed)
            #expect(fault?.reason == expected.reason)
            #expect(fault?.through == expected.through)
        }
    }

    @Test("an inserted event is found where it stands")
    func insertions() throws {
        let chain = try TestChain()
        for index in stride(from: 0, to: 300, by: 7) {
            var grown = chain
            let forged = ChainLink(n: Int64(index + 1), hash: chain.links[index].hash, event: "{}")
            grown.links.insert(forged, at: index)
            let fault = try grown.verdict().fault
            #expect(fault == ChainBreak(at: Int64(index + 1), .altered))
        }
    }

    @Test("an event that comes twice, or two that changed places, are found")
    func reordered() throws {
        let chain = try TestChain()
        for index in 0..<299 {
            var twice = chain
            twice.links.insert(chain.links[index], at: index + 1)
            let again = try twice.verdict().fault
            #expect(again == ChainBreak(at: Int64(index + 1), .reordered))

            var swapped = chain
            swapped.links[index] = ChainLink(
                n: Int64(index + 1), hash: chain.links[index].hash, event: chain.links[index + 1].event)
            let moved = try swapped.verdict().fault
            #expect(moved == ChainBreak(at: Int64(index + 1), .altered))
        }
    }

    @Test("any cut-off tail is caught by the checkpoint that outlived it")
    func tail() throws {
        let chain = try TestChain()
        for kept in 0..<300 {
            var cut = chain
            cut.links = Array(chain.links.prefix(kept))
            let fault = try cut.verdict().fault
            #expect(fault == ChainBreak(at: Int64(kept + 1), through: 300, .cutOff))
        }
    }

    @Test("a tail that is cut off together with its checkpoints is caught by a witness, and only by it")
    func witnessedTail() throws {
        var cut = try TestChain()
        let witness = try #require(cut.checkpoints[300])
        cut.links.removeLast(50)
        cut.checkpoints[300] = nil
        let alone = try cut.verdict()
        #expect(alone == .intact(from: 1, to: 250))
        let witnessed = try cut.verdict(witness: witness).fault
        #expect(witnessed == ChainBreak(at: 251, through: 300, .cutOff))
    }

    @Test("links behind the last checkpoint are not signed")
    func unsignedTail() throws {
        var chain = try TestChain()
        chain.checkpoints[300] = nil
        let fault = try chain.verdict().fault
        #expect(fault == ChainBreak(at: 251, through: 300, .notSigned))
    }

    @Test("a chain recomputed without the key does not match its checkpoints")
    func recomputed() throws {
        var chain = try TestChain()
        chain.links[16] = ChainLink(n: 17, hash: [], event: #"{"action":"nothing happened"}"#)
        chain.recompute(from: 16)
        let first = try chain.verdict().fault
        #expect(first == ChainBreak(at: 1, through: 50, .recomputed))

        chain.checkpoints = [:]
        let unsigned = try chain.verdict().fault
        #expect(unsigned == ChainBreak(at: 1, through: 300, .notSigned))
    }

    @Test("a chain recomputed and signed with another key is caught by the key, and by a witness if the key was added")
    func resigned() throws {
        let honest = try TestChain()
        let forged = try TestChain(seed: 8)
        var mixed = forged
        mixed.links = honest.links
        var verifier = try honest.verifier()
        for link in forged.links { verifier.take(link, forged.checkpoints[link.n].map { [$0] } ?? []) }
        let unknownKey = verifier.finish(newest: forged.checkpoints[300])
        #expect(unknownKey == .broken(ChainBreak(at: 1, through: 50, .forgedCheckpoint)))

        var altered = forged
        altered.links[16] = ChainLink(n: 17, hash: [], event: "{}")
        altered.recompute(from: 16)
        for n in altered.checkpoints.keys { try altered.sign(altered.links[Int(n) - 1].head) }
        let keys = [try VerifyingKey(honest.key.publicKey), try VerifyingKey(forged.key.publicKey)]
        var fooled = ChainVerifier(keys: keys, witness: honest.checkpoints[100])
        for link in altered.links { fooled.take(link, altered.checkpoints[link.n].map { [$0] } ?? []) }
        let witnessed = fooled.finish(newest: altered.checkpoints[300])
        #expect(witnessed == .broken(ChainBreak(at: 1, through: 100, .notAsWitnessed)))
    }

    @Test("a witness under an unknown key is said to be that")
    func strangeWitness() throws {
        let other = try TestChain(seed: 9)
        let fault = try TestChain().verdict(witness: other.checkpoints[50]).fault
        #expect(fault == ChainBreak(at: 1, through: 50, .witnessKeyUnknown))
    }

    @Test("a witness that was damaged is said to be that, whatever the chain is")
    func damagedWitness() throws {
        let chain = try TestChain()
        let real = try #require(chain.checkpoints[100])
        let damaged = Checkpoint(
            kind: .head, n: 100, hash: real.hash, at: real.at.adding(seconds: 1), keyID: real.keyID,
            signature: real.signature)
        let verdict = try chain.verdict(witness: damaged)
        #expect(verdict.fault == ChainBreak(at: 100, .witnessDamaged))
        #expect(
            "\(verdict)"
                == "the witness is not intact: its signature does not fit its text. Was it copied whole?")
    }

    @Test("a checkpoint whose number, hash or time was changed does not hold")
    func alteredCheckpoint() throws {
        let chain = try TestChain()
        let real = try #require(chain.checkpoints[100])
        let fakes = [
            Checkpoint(
                kind: .head, n: 100, hash: real.hash, at: real.at.adding(seconds: 1), keyID: real.keyID,
                signature: real.signature),
            Checkpoint(
                kind: .head, n: 100, hash: chain.links[0].hash, at: real.at, keyID: real.keyID,
                signature: real.signature),
            try #require(chain.checkpoints[50]),
        ]
        for fake in fakes {
            var forged = chain
            forged.checkpoints[100] = fake
            let fault = try forged.verdict().fault
            #expect(fault == ChainBreak(at: 51, through: 100, .forgedCheckpoint))
        }
    }

    @Test("after a signed truncation the chain goes on; an ordinary checkpoint does not excuse missing events")
    func truncation() throws {
        let whole = try TestChain()
        var rest = whole
        rest.links.removeFirst(100)
        rest.checkpoints[50] = nil
        rest.checkpoints[100] = nil
        let signed = try Checkpoint.sign(
            whole.links[99].head, .truncation, at: Timestamp(epochSeconds: 1_790_000_000), with: whole.key)
        let covered = try rest.verdict(truncation: signed)
        #expect(covered == .intact(from: 101, to: 300))
        #expect("\(covered)" == "intact from 101 (earlier ones were removed), chained to 300")

        let bare = try rest.verdict().fault
        #expect(bare == ChainBreak(at: 1, .missing))
        let excused = try rest.verdict(truncation: whole.checkpoints[100]).fault
        #expect(excused == ChainBreak(at: 1, through: 100, .forgedCheckpoint))
    }
}
