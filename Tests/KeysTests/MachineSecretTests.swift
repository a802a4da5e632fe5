import Core
import Keys
import TestSupport
import Testing

struct MachineSecretTests {
    private func new(_ kind: MachineSecret.Kind, seed: UInt64 = 1) -> String {
        MachineSecret.new(kind, TestEffects(seed: seed).effects).reveal { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a new one is well formed for its own kind only", arguments: MachineSecret.Kind.allCases)
    func own(kind: MachineSecret.Kind) {
        let text = new(kind)
        #expect(text.hasPrefix(kind.rawValue))
        #expect(text.utf8.count == 54)
        for other in MachineSecret.Kind.allCases {
            #expect(MachineSecret.isWellFormed(text, other) == (other == kind))
        }
        #expect(text != new(kind, seed: 2))
    }

    @Test("B12 (RFC 6819 §5.1.4.2.2): a thousand codes are 256 bits each and have nothing in common")
    func alike() {
        let effects = TestEffects().effects
        let texts = (0..<1_000).map { _ in
            MachineSecret.new(.authorizationCode, effects).reveal { Array($0.dropFirst(5).prefix(43)) }
        }
        #expect(Set(texts).count == 1_000)
        #expect(Base64URL.decode(String(decoding: texts[0], as: UTF8.self))?.count == 32)
        // The last letter holds four bits.
        for place in 0..<42 { #expect(Set(texts.map { $0[place] }).count > 60, "at \(place)") }
    }

    @Test("each single character changed is refused", arguments: MachineSecret.Kind.allCases)
    func eachCharacter(kind: MachineSecret.Kind) {
        let text = Array(new(kind).utf8)
        for index in text.indices {
            for byte in UInt8(0x20)...0x7E where byte != text[index] {
                var bent = text
                bent[index] = byte
                #expect(!MachineSecret.isWellFormed(String(decoding: bent, as: UTF8.self), kind), "at \(index)")
            }
        }
    }

    @Test(
        "what is not of the form is refused",
        arguments: [
            "", "lpat_", "lpat_AAAA", " \(String(repeating: "A", count: 53))", String(repeating: "é", count: 27),
        ])
    func malformed(text: String) { #expect(!MachineSecret.isWellFormed(text, .accessToken)) }

    @Test("longer, shorter and swapped neighbours are refused")
    func neighbours() {
        let text = new(.accessToken)
        #expect(!MachineSecret.isWellFormed(text + "A", .accessToken))
        #expect(!MachineSecret.isWellFormed(text + "=", .accessToken))
        #expect(!MachineSecret.isWellFormed(text + "\n", .accessToken))
        #expect(!MachineSecret.isWellFormed(String(text.dropLast()), .accessToken))
        var bytes = Array(text.utf8)
        for index in bytes.indices.dropLast() where bytes[index] != bytes[index + 1] {
            bytes.swapAt(index, index + 1)
            #expect(!MachineSecret.isWellFormed(String(decoding: bytes, as: UTF8.self), .accessToken))
            bytes.swapAt(index, index + 1)
        }
    }

    @Test("the hash is over the whole text")
    func hash() {
        let text = new(.clientSecret)
        #expect(MachineSecret.hash(Secret(text)) == Hashing.sha256(Array(text.utf8)))
    }
}
