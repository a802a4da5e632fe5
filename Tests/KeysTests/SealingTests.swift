import Core
import Keys
import Testing

/// Bent, cut, moved and foreign values do not open and do not verify.
struct TamperingTests {
    private let key = Secret([UInt8](repeating: 7, count: 32))
    private let nonce = [UInt8](repeating: 1, count: 12)

    private func reason(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return (error as? HubError)?.reason }
    }

    @Test("each byte of a sealed value counts")
    func eachByte() throws {
        let sealing = try SealingKey(key)
        let sealed = try sealing.seal(Secret("hunter2 hunter2"), nonce: nonce, associated: [1])
        for index in sealed.indices {
            var bent = sealed
            bent[index] ^= 1
            #expect(reason { _ = try sealing.open(bent, associated: [1]) } == "seal_does_not_open", "byte \(index)")
        }
        for count in 0..<sealed.count {
            #expect(
                reason { _ = try sealing.open(Array(sealed.prefix(count)), associated: [1]) } == "seal_does_not_open")
        }
    }

    @Test("other associated bytes and another key do not open")
    func elsewhere() throws {
        let sealing = try SealingKey(key)
        let other = try SealingKey(Secret([UInt8](repeating: 8, count: 32)))
        let sealed = try sealing.seal(Secret("x"), nonce: nonce, associated: [1])
        #expect(reason { _ = try sealing.open(sealed, associated: [2]) } == "seal_does_not_open")
        #expect(reason { _ = try sealing.open(sealed, associated: []) } == "seal_does_not_open")
        #expect(reason { _ = try other.open(sealed, associated: [1]) } == "seal_does_not_open")
    }

    @Test("only the right lengths", arguments: [0, 16, 31, 33, 64])
    func lengths(count: Int) {
        let bytes = [UInt8](repeating: 0, count: count)
        #expect(reason { _ = try SealingKey(Secret(bytes)) } == "bad_key_length")
        #expect(reason { _ = try SigningKey(seed: Secret(bytes)) } == "bad_key_length")
        #expect(reason { _ = try VerifyingKey(bytes) } == "bad_key_length")
        #expect(
            reason { _ = try SealingKey(key).seal(Secret("x"), nonce: bytes, associated: []) } == "bad_nonce_length")
    }

    @Test("each byte of a signature and of its message counts")
    func signatures() throws {
        let signing = try SigningKey(seed: key)
        let verifying = try VerifyingKey(signing.publicKey)
        let stranger = try VerifyingKey(try SigningKey(seed: Secret([UInt8](repeating: 9, count: 32))).publicKey)
        let message = Array("42 events".utf8)
        let signature = try signing.sign(message)
        #expect(verifying.verifies(signature, of: message))
        #expect(!stranger.verifies(signature, of: message))
        #expect(stranger.id != verifying.id)
        for index in signature.indices {
            var bent = signature
            bent[index] ^= 1
            #expect(!verifying.verifies(bent, of: message), "byte \(index)")
        }
        #expect(!verifying.verifies(Array(signature.dropLast()), of: message))
        #expect(!verifying.verifies(signature + [0], of: message))
        #expect(!verifying.verifies([], of: message))
        #expect(!verifying.verifies(signature, of: message + [0]))
    }

    @Test("labels give different keys")
    func labels() {
        let one = Derivation.key("audit", from: key)
        #expect(one.count == 32)
        #expect(one.matches(Derivation.key("audit", from: key)))
        #expect(!one.matches(Derivation.key("vault", from: key)))
        #expect(!one.matches(key))
    }

    @Test(
        "constant-time comparison compares",
        arguments: [
            ([], [], true), ([1], [1], true), ([1], [2], false), ([1], [1, 1], false), ([1, 2], [1, 3], false),
        ]
            as [([UInt8], [UInt8], Bool)])
    func equality(a: [UInt8], b: [UInt8], same: Bool) { #expect(ConstantTime.equal(a, b) == same) }
}
