import Core
import Testing

@testable import Keys

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex.filter { $0 != " " })) }

/// Published vectors: what others compute, we compute.
struct VectorTests {
    @Test(
        "SHA-256, FIPS 180-4 examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(text: String, digest: String) {
        #expect(Hex.encode(Hashing.sha256(Array(text.utf8))) == digest)
    }

    @Test(
        "HMAC-SHA-1, RFC 2202 §3",
        arguments: [
            (String(repeating: "0b", count: 20), "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
        ])
    func hmacSHA1(key: String, data: String, code: String) throws {
        let found = Hashing.hmacSHA1(try bytes(data), key: Secret(try bytes(key)))
        #expect(Hex.encode(found) == code)
    }

    @Test(
        "HMAC-SHA-256, RFC 4231 §4.2, §4.3, §4.7",
        arguments: [
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                String(repeating: "aa", count: 131),
                "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579"
                    + "204669727374",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func hmac(key: String, data: String, code: String) throws {
        let found = Hashing.hmacSHA256(try bytes(data), key: Secret(try bytes(key)))
        #expect(Hex.encode(found) == code)
    }

    @Test(
        "scrypt, RFC 7914 §12",
        arguments: [
            (
                "", "", Scrypt.Cost(logN: 4, r: 1, p: 1),
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", Scrypt.Cost(logN: 10, r: 8, p: 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride", Scrypt.Cost(logN: 14, r: 8, p: 1),
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ])
    func scrypt(password: String, salt: String, cost: Scrypt.Cost, key: String) throws {
        let found = try Scrypt.derive(Secret(password), salt: Array(salt.utf8), cost: cost, byteCount: 64)
        #expect(Hex.encode(found) == key)
    }

    @Test("HKDF-SHA-256, RFC 5869 A.3: its first 32 bytes")
    func hkdf() throws {
        let derived = Derivation.key("", from: Secret(try bytes(String(repeating: "0b", count: 22))))
        derived.reveal {
            #expect(Hex.encode($0) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
        }
    }

    @Test(
        "Ed25519, RFC 8032 §7.1 tests 1 to 3",
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                    + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                    + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ])
    func ed25519(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try SigningKey(seed: Secret(try bytes(seed)))
        let signed = try key.sign(try bytes(message))
        #expect(Hex.encode(key.publicKey) == publicKey)
        #expect(Hex.encode(signed) == signature)
        let verifying = try VerifyingKey(try bytes(publicKey))
        #expect(verifying.verifies(signed, of: try bytes(message)))
        #expect(verifying.id == key.id)
        #expect(key.id == Hex.encode(Hashing.sha256(key.publicKey)).prefix(16))
    }

    @Test(
        "AES-256-GCM, McGrew and Viega test cases 13 to 16 (NIST SP 800-38D)",
        arguments: [
            (
                String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "", "",
                "530f8afbc74536b9a963b4f1c4cb738b"
            ),
            (
                String(repeating: "0", count: 64), String(repeating: "0", count: 24),
                String(repeating: "0", count: 32), "", "cea7403d4d606b6e074ec5d3baf39d18",
                "d0d1c8a799996bf0265b98b5d48ab919"
            ),
            (
                "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                "76fc6ece0f4e1768cddf8853bb2d551b"
            ),
        ])
    func gcm(key: String, nonce: String, plain: String, associated: String, cipher: String, tag: String) throws {
        let sealing = try SealingKey(Secret(try bytes(key)))
        let sealed = try sealing.seal(
            Secret(try bytes(plain)), nonce: try bytes(nonce), associated: try bytes(associated))
        #expect(Hex.encode(sealed) == nonce + cipher + tag)
        let opened = try sealing.open(sealed, associated: try bytes(associated))
        #expect(opened.matches(Secret(try bytes(plain))))
    }

    @Test("CRC-32 check value of \"123456789\"")
    func crc32() { #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926) }
}
