import AuditTrail
import Core
import Keys
import Testing

struct CheckpointTests {
    @Test("the text form comes back as it was, with line ends around it too")
    func roundTrip() throws {
        let checkpoint = try #require(try TestChain().checkpoints[300])
        #expect(checkpoint.text.hasPrefix("linchpin-checkpoint v1 300 "))
        #expect(Checkpoint(text: checkpoint.text) == checkpoint)
        #expect(Checkpoint(text: " \(checkpoint.text)\r\n") == checkpoint)
    }

    @Test(
        "what is no checkpoint line is not read",
        arguments: [
            "", "linchpin-checkpoint v1", "linchpin-checkpoint v2 1 # # # #", "no hash",
        ] + badLines)
    func refused(line: String) { #expect(Checkpoint(text: line) == nil) }

    @Test("fields cannot be shifted into each other")
    func framing() {
        let one = ChainHead.genesis.link("ab")
        let other = ChainHead.genesis.link("a")
        #expect(one.hash != other.hash)
        #expect(ChainHead(n: 1, hash: ChainHead.genesis.hash).link("ab").hash != one.hash)
    }

    private static let hash = String(repeating: "a", count: 64)
    private static let signature = String(repeating: "A", count: 86)
    private static let badLines = [
        "linchpin-checkpoint v1 0 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature)",
        "linchpin-checkpoint v1 +1 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature)",
        "linchpin-checkpoint v1 01 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature)",
        "linchpin-checkpoint v1 1 \(hash)a 2026-11-21T20:56:01.250Z abcd \(signature)",
        "linchpin-checkpoint v1 1 \(hash) 2026-11-21T20:56:01Z abcd \(signature)",
        "linchpin-checkpoint v1 1 \(hash) 2026-11-21T20:56:01.250Z xyz \(signature)",
        "linchpin-checkpoint v1 1 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature)A",
        "linchpin-checkpoint  v1 1 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature)",
        "linchpin-checkpoint v1 1 \(hash) 2026-11-21T20:56:01.250Z abcd \(signature) more",
    ]
}
