import Core
import Testing

@testable import Keys

/// A token signed by the right key and then bent, or signed over something that must not be accepted.
struct BentToken: Sendable, CustomTestStringConvertible {
    let name: String
    let problem: JWSProblem
    let token: @Sendable (Bench) throws -> String
    var testDescription: String { name }

    init(_ name: String, _ problem: JWSProblem, _ token: @escaping @Sendable (Bench) throws -> String) {
        self.name = name
        self.problem = problem
        self.token = token
    }
}

/// One key and what it signs.
struct Bench: Sendable {
    let key: JWSPrivateKey

    init() throws { key = try JWSPrivateKey.make(.es256) }

    func token() throws -> String {
        try JWS.sign(["iss": "joe", "exp": 1_800_000_000], header: ["kid": "one", "typ": "JWT"], with: key)
    }

    /// Signs any two texts, whatever they are.
    func signed(header: String, claims: String = #"{"iss":"joe"}"#) throws -> String {
        let input = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    /// The verdict that a caller gets who wants ES256 and a JWT.
    func verify(_ token: String) throws(JWSProblem) -> VerifiedJWS {
        try JWS.read(token).verified(by: key.publicKey, allowing: [.es256], type: "JWT")
    }
}

private let es = #""alg":"ES256","typ":"JWT""#

struct JWSStrictnessTests {
    @Test(
        "what lax readers accept is refused",
        arguments: [
            BentToken("RFC 7515 §4.1.11: crit of an unknown extension", .criticalExtension) {
                try $0.signed(header: "{\(es),\"crit\":[\"exp2\"],\"exp2\":1}")
            },
            BentToken("RFC 7515 §4.1.11: an empty crit", .criticalExtension) {
                try $0.signed(header: "{\(es),\"crit\":[]}")
            },
            BentToken("RFC 7797 §7: b64", .unencodedPayload) { try $0.signed(header: "{\(es),\"b64\":false}") },
            BentToken("RFC 8725 §3.2: alg none", .algorithmUnknown) {
                try $0.signed(header: #"{"alg":"none","typ":"JWT"}"#)
            },
            BentToken("alg none in another case", .algorithmUnknown) { try $0.signed(header: #"{"alg":"nOnE"}"#) },
            BentToken("RFC 8725 §2.1: HMAC", .algorithmUnknown) { try $0.signed(header: #"{"alg":"HS256"}"#) },
            BentToken("alg in lower case", .algorithmUnknown) { try $0.signed(header: #"{"alg":"es256"}"#) },
            BentToken("RFC 7515 §4.1.1: no alg", .algorithmMissing) { try $0.signed(header: #"{"typ":"JWT"}"#) },
            BentToken("alg that is no text", .headerMember) { try $0.signed(header: #"{"alg":256}"#) },
            BentToken("RFC 8725 §3.1: alg of another curve", .algorithmNotAllowed) {
                try $0.signed(header: #"{"alg":"ES384","typ":"JWT"}"#)
            },
            BentToken("RFC 8725 §3.1: alg of another kind of key", .algorithmNotAllowed) {
                try $0.signed(header: #"{"alg":"RS256","typ":"JWT"}"#)
            },
            BentToken("RFC 7515 §4: a header member twice", .headerUnreadable) {
                try $0.signed(header: "{\(es),\"alg\":\"ES256\"}")
            },
            BentToken("a header with a trailing comma", .headerUnreadable) { try $0.signed(header: "{\(es),}") },
            BentToken("a header with something behind", .headerUnreadable) { try $0.signed(header: "{\(es)} {}") },
            BentToken("a header with a byte order mark", .headerUnreadable) {
                try $0.signed(header: "\u{FEFF}{\(es)}")
            },
            BentToken("a header that is a list", .headerUnreadable) { try $0.signed(header: "[]") },
            BentToken("kid that is no text", .headerMember) { try $0.signed(header: "{\(es),\"kid\":1}") },
            BentToken("typ that is no text", .headerMember) { try $0.signed(header: #"{"alg":"ES256","typ":null}"#) },
            BentToken("RFC 8725 §3.11: another typ", .wrongType) {
                try $0.signed(header: #"{"alg":"ES256","typ":"dpop+jwt"}"#)
            },
            BentToken("no typ where one is wanted", .wrongType) { try $0.signed(header: #"{"alg":"ES256"}"#) },
            BentToken("RFC 7519 §4: a claim twice", .claimsUnreadable) {
                try $0.signed(header: "{\(es)}", claims: #"{"sub":"a","sub":"b"}"#)
            },
            BentToken("a claim twice, once escaped", .claimsUnreadable) {
                try $0.signed(header: "{\(es)}", claims: #"{"sub":"a","su\u0062":"b"}"#)
            },
            BentToken("RFC 7519 §7.2: claims that are no object", .claimsUnreadable) {
                try $0.signed(header: "{\(es)}", claims: #""joe""#)
            },
            BentToken("claims with NUL", .claimsUnreadable) {
                try $0.signed(header: "{\(es)}", claims: #"{"sub":"a\u0000"}"#)
            },
            BentToken("RFC 7515 §4.1.3: jwk with a private key", .embeddedKey) {
                try $0.signed(header: "{\(es),\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"d\":\"AA\"}}")
            },
            BentToken("RFC 7515 §2: padding", .notBase64URL) { try $0.token() + "==" },
            BentToken("padding in the header", .notBase64URL) {
                try $0.token().replacing(".", with: "=.", maxReplacements: 1)
            },
            BentToken("RFC 4648 §3.5: unused bits set", .notBase64URL) { try lastCharacter(of: $0.token(), plus: 1) },
            BentToken("a line feed behind", .notBase64URL) { try $0.token() + "\n" },
            BentToken("a space in front", .notBase64URL) { " " + (try $0.token()) },
            BentToken("NUL behind", .notBase64URL) { try $0.token() + "\0" },
            BentToken("RFC 7515 §7.1: a fourth part", .notCompact) { try $0.token() + "." },
            BentToken("two parts", .notCompact) { String(try $0.token().prefix { $0 != "." }) + ".e30" },
            BentToken("nothing", .notCompact) { _ in "" },
            BentToken("RFC 7515 §7.2: the JSON serialization", .notCompact) { _ in
                #"{"protected":"eyJhbGciOiJFUzI1NiJ9","payload":"e30","signature":"AA"}"#
            },
            BentToken("an empty signature", .signatureWrong) { bench in
                let token = try bench.token()
                return String(token[...(token.lastIndex(of: ".") ?? token.startIndex)])
            },
            BentToken("RFC 7518 §3.4: a signature in DER", .signatureWrong) { bench in
                let parts = try bench.token().split(separator: ".")
                return "\(parts[0]).\(parts[1])."
                    + Base64URL.encode([0x30, 0x44, 0x02, 0x20] + [UInt8](repeating: 1, count: 66))
            },
            BentToken("a signature with a byte too many", .signatureWrong) { bench in
                let parts = try bench.token().split(separator: ".")
                let bytes = try #require(Base64URL.decode(String(parts[2])))
                return "\(parts[0]).\(parts[1])." + Base64URL.encode(bytes + [0])
            },
            BentToken("another's signature", .signatureWrong) { _ in try Bench().token() },
            BentToken("longer than the bound", .tooLong) {
                try JWS.sign(
                    ["long": .string(String(repeating: "a", count: Limits.jwsBytes.value))], header: [:], with: $0.key)
            },
        ])
    func refused(row: BentToken) throws {
        let bench = try Bench()
        let token = try row.token(bench)
        #expect(throws: row.problem) { try bench.verify(token) }
    }

    @Test("the + and / alphabet is refused wherever it would differ")
    func otherAlphabet() throws {
        let bench = try Bench()
        // Chosen so that the claims' base64url holds both special characters.
        let token = try bench.signed(header: "{\(es)}", claims: #"{"a":"???>>>~~~"}"#)
        let bent = token.replacing("-", with: "+").replacing("_", with: "/")
        #expect(bent != token)
        #expect(throws: JWSProblem.notBase64URL) { try bench.verify(bent) }
    }

    @Test("a token with any one character changed is refused")
    func everyCharacterCounts() throws {
        let bench = try Bench()
        let token = Array(try bench.token().utf8)
        let verified = try bench.verify(String(decoding: token, as: UTF8.self))
        #expect(verified.claims["iss"] == "joe")
        for index in token.indices {
            for other in [UInt8(ascii: "A"), UInt8(ascii: "Q"), UInt8(ascii: "z"), UInt8(ascii: ".")]
            where other != token[index] {
                var bent = token
                bent[index] = other
                #expect(throws: JWSProblem.self, "at \(index)") {
                    try bench.verify(String(decoding: bent, as: UTF8.self))
                }
            }
        }
    }

    @Test(
        "typ names a media type, in any case, with or without application/ (RFC 7515 §4.1.9)",
        arguments: ["JWT", "jwt", "application/jwt", "application/JWT"])
    func types(typ: String) throws {
        let bench = try Bench()
        let verified = try bench.verify(try bench.signed(header: "{\"alg\":\"ES256\",\"typ\":\"\(typ)\"}"))
        #expect(verified.claims["iss"] == "joe")
    }

    @Test("an unknown header member is passed over (RFC 7515 §4), a key's address too")
    func unknownMembers() throws {
        let bench = try Bench()
        let token = try bench.signed(header: "{\(es),\"jku\":\"https://evil.example/keys\",\"more\":{\"x\":[]}}")
        #expect(try bench.verify(token).header["more"] == ["x": []])
    }

    @Test("a header cannot state alg, crit or b64 by itself", arguments: ["alg", "crit", "b64"])
    func statedHeader(name: String) throws {
        let key = try JWSPrivateKey.make(.es256)
        #expect(throws: HubError.self) { try JWS.sign([:], header: [name: "ES256"], with: key) }
    }
}

/// Moves the last character that many places up in the alphabet: the bits that carry nothing.
private func lastCharacter(of token: String, plus step: Int) throws -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let last = try #require(token.last)
    let index = try #require(alphabet.firstIndex(of: last))
    return token.dropLast() + String(alphabet[index + step])
}
