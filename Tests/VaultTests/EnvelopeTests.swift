import Core
import Keys
import TestSupport
import Testing

@testable import Vault

struct EnvelopeTests {
    private let place = SecretPlace(owner: "credential:a", id: "b", version: 2)
    private let plain = Secret("s3cret")

    private func envelope(_ byte: UInt8 = 1) throws -> Envelope {
        try Envelope(masterKey: Secret([UInt8](repeating: byte, count: 32)))
    }

    private func opens(_ sealed: SealedSecret, at place: SecretPlace, _ envelope: Envelope) -> Bool {
        do { return try envelope.open(sealed, at: place).matches(plain) } catch { return false }
    }

    @Test("opens where it was sealed, and nowhere else")
    func places() throws {
        let envelope = try envelope()
        let sealed = try envelope.seal(plain, at: place, SealingDice(TestEffects().effects))
        #expect(opens(sealed, at: place, envelope))
        let others = [
            SecretPlace(owner: "credential:c", id: "b", version: 2),
            SecretPlace(owner: "credential:a", id: "c", version: 2),
            SecretPlace(owner: "credential:a", id: "b", version: 1),
            SecretPlace(owner: "credential:a", id: "b", version: 3),
            SecretPlace(owner: "internal_key:a", id: "b", version: 2),
            SecretPlace(owner: "credential:", id: "ab", version: 2),
        ]
        for other in others { #expect(!opens(sealed, at: other, envelope), "\(other)") }
        #expect(!opens(sealed, at: place, try self.envelope(2)))
    }

    @Test("every bent byte and every cut is noticed, in the value and in its key")
    func bent() throws {
        let envelope = try envelope()
        let sealed = try envelope.seal(plain, at: place, SealingDice(TestEffects().effects))
        func changed(ciphertext: [UInt8]? = nil, wrappedKey: [UInt8]? = nil) -> SealedSecret {
            SealedSecret(
                id: sealed.id, version: sealed.version, ciphertext: ciphertext ?? sealed.ciphertext,
                wrappedKey: wrappedKey ?? sealed.wrappedKey, keyID: sealed.keyID)
        }
        for index in sealed.ciphertext.indices {
            var bent = sealed.ciphertext
            bent[index] ^= 0x80
            #expect(!opens(changed(ciphertext: bent), at: place, envelope))
            #expect(!opens(changed(ciphertext: Array(sealed.ciphertext.prefix(index))), at: place, envelope))
        }
        for index in sealed.wrappedKey.indices {
            var bent = sealed.wrappedKey
            bent[index] ^= 0x80
            #expect(!opens(changed(wrappedKey: bent), at: place, envelope))
            #expect(!opens(changed(wrappedKey: Array(sealed.wrappedKey.prefix(index))), at: place, envelope))
        }
    }

    @Test("no two seals share a data key, a nonce or a ciphertext")
    func fresh() throws {
        let envelope = try envelope()
        let effects = TestEffects().effects
        let one = try envelope.seal(plain, at: place, SealingDice(effects))
        let two = try envelope.seal(plain, at: place, SealingDice(effects))
        #expect(one.ciphertext.prefix(12) != two.ciphertext.prefix(12))
        #expect(one.wrappedKey.prefix(12) != two.wrappedKey.prefix(12))
        #expect(one.ciphertext != two.ciphertext)
        let crossed = SealedSecret(
            id: one.id, version: one.version, ciphertext: one.ciphertext, wrappedKey: two.wrappedKey, keyID: one.keyID)
        #expect(!opens(crossed, at: place, envelope))
    }

    @Test("the master key has 32 bytes", arguments: [0, 16, 31, 33])
    func length(count: Int) async {
        let error = await failure { try Envelope(masterKey: Secret([UInt8](repeating: 0, count: count))) }
        #expect(error?.reason == "bad_master_key")
    }

    @Test("a binding depends on each part and on where the parts end")
    func binding() throws {
        let envelope = try envelope()
        #expect(envelope.bind(["a", "bc"]) == envelope.bind(["a", "bc"]))
        #expect(envelope.bind(["a", "bc"]) != envelope.bind(["ab", "c"]))
        #expect(envelope.bind(["a", "bc"]) != envelope.bind(["a", "b"]))
        #expect(envelope.bind(["a"]) != (try self.envelope(2)).bind(["a"]))
    }
}
