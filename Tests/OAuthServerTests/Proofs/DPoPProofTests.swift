import Core
import Keys
import OAuthServer
import TestSupport
import Testing

private let now = Timestamp(epochSeconds: 1_790_000_000)
private let nonces = DPoPNonces(key: Secret([UInt8](repeating: 3, count: 32)))
private let token = Secret("lpat_token")
private let url = "https://hub.example/api/now/table/incident"
private let ath = Base64URL.encode(Hashing.sha256(Array("lpat_token".utf8)))

/// One proof as a row: what differs from a good one for a GET of `url` with `token`, and why it is refused; no reason for
/// one that is accepted.
struct ProofRow: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    let claims: JSONObject
    let header: JSONObject
    let needsNonce: Bool
    var testDescription: String { name }

    init(
        _ name: String, _ reason: String = "", _ claims: JSONObject = [:], header: JSONObject = [:],
        needsNonce: Bool = false
    ) {
        self.name = name
        self.reason = reason
        self.claims = claims
        self.header = header
        self.needsNonce = needsNonce
    }
}

private func nonce(_ seconds: Int64) -> JSONObject {
    ["nonce": .string(nonces.current(at: now.adding(seconds: seconds)))]
}

private let rows: [ProofRow] = [
    ProofRow("RFC 9449 §4.3: as it should be"),
    ProofRow("RFC 9449 §4.2: claims that nobody knows", "", ["x": 1, "exp": 0]),
    ProofRow("RFC 9449 §4.3 (4): typ with application/", header: ["typ": "application/dpop+jwt"]),
    ProofRow("RFC 9449 §4.3 (9): a query is ignored", "", ["htu": .string(url + "?sysparm_limit=1")]),
    ProofRow("RFC 9449 §4.3 (9): a fragment is ignored", "", ["htu": .string(url + "#x")]),
    ProofRow(
        "RFC 3986 §6.2.2.1, §6.2.3: scheme and host in capitals, the port written", "",
        ["htu": "HTTPS://Hub.Example:443/api/now/table/incident"]),
    ProofRow(
        "RFC 3986 §6.2.2.2: an unreserved character encoded", "",
        ["htu": "https://hub.example/api/now/t%61ble/incident"]),
    ProofRow(
        "RFC 3986 §6.2.2.3: dot segments", "", ["htu": "https://hub.example/api/./x/../now/table/incident"]),
    ProofRow("RFC 9449 §4.3 (10): the present nonce", "", nonce(0), needsNonce: true),
    ProofRow("RFC 9449 §8: the nonce of the window before", "", nonce(-300), needsNonce: true),
    ProofRow("RFC 9449 §4.3 (11): two minutes old", "", ["iat": .int(now.epochSeconds - 120)]),
    ProofRow("RFC 9449 §4.3 (11): a clock that is ahead", "", ["iat": .int(now.epochSeconds + 30)]),
    ProofRow("RFC 7519 §2: parts of a second", "", ["iat": .double(1_789_999_999.5)]),

    ProofRow("RFC 9449 §4.3 (3): no jti", "dpop_id_missing", ["jti": .null]),
    ProofRow("RFC 9449 §4.3 (3): an empty jti", "dpop_id_missing", ["jti": ""]),
    ProofRow("RFC 9449 §4.3 (3): no htm", "dpop_method", ["htm": .null]),
    ProofRow("RFC 9449 §4.3 (3): no htu", "dpop_url", ["htu": .null]),
    ProofRow("RFC 9449 §4.3 (3): no iat", "dpop_age", ["iat": .null]),
    ProofRow("RFC 9449 §4.3 (4): no typ", "dpop_jws_wrong_type", header: ["typ": .null]),
    ProofRow("RFC 9449 §4.3 (4): typ JWT", "dpop_jws_wrong_type", header: ["typ": "JWT"]),
    ProofRow("RFC 9449 §4.3 (6): no key", "dpop_key_missing", header: ["jwk": .null]),
    ProofRow(
        "RFC 9449 §4.3 (7): a private key", "dpop_jws_embedded_key",
        header: ["jwk": ["kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"]]),
    ProofRow("RFC 9449 §4.3 (8): another method", "dpop_method", ["htm": "POST"]),
    ProofRow("RFC 9110 §9.1: methods are case-sensitive", "dpop_method", ["htm": "get"]),
    ProofRow("RFC 9449 §4.3 (9): another path", "dpop_url", ["htu": .string(url + "/1")]),
    ProofRow("RFC 9449 §4.3 (9): a slash more", "dpop_url", ["htu": .string(url + "/")]),
    ProofRow("RFC 3986 §6.2.2.1: paths are case-sensitive", "dpop_url", ["htu": .string(url.uppercased())]),
    ProofRow(
        "RFC 9449 §4.3 (9): another host", "dpop_url", ["htu": "https://evil.example/api/now/table/incident"]),
    ProofRow(
        "RFC 9449 §4.3 (9): another scheme", "dpop_url", ["htu": "http://hub.example/api/now/table/incident"]),
    ProofRow(
        "RFC 9449 §4.3 (9): another port", "dpop_url", ["htu": "https://hub.example:444/api/now/table/incident"]),
    ProofRow(
        "RFC 3986 §6.2.2.2: an encoded slash is no slash", "dpop_url",
        ["htu": "https://hub.example/api/now/table%2Fincident"]),
    ProofRow("a broken escape", "dpop_url", ["htu": .string(url + "%")]),
    ProofRow("user information", "dpop_url", ["htu": "https://hub.example@hub.example/api/now/table/incident"]),
    ProofRow("RFC 9449 §8: no nonce where one is needed", "dpop_nonce", needsNonce: true),
    ProofRow("RFC 9449 §8: a nonce that is nobody's", "dpop_nonce", ["nonce": "x"]),
    ProofRow("RFC 9449 §8: a nonce two windows old", "dpop_nonce", nonce(-600)),
    ProofRow("RFC 9449 §8: a nonce of the next window", "dpop_nonce", nonce(300)),
    ProofRow("a nonce that is a number", "dpop_nonce", ["nonce": 1]),
    ProofRow(
        "RFC 9449 §8: a wrong clock hears of the nonce first", "dpop_nonce", ["iat": 1], needsNonce: true),
    ProofRow("RFC 9449 §4.3 (11): too old", "dpop_age", ["iat": .int(now.epochSeconds - 121)]),
    ProofRow("RFC 9449 §4.3 (11): of the future", "dpop_age", ["iat": .int(now.epochSeconds + 31)]),
    ProofRow("an iat behind all time", "dpop_age", ["iat": .int(.max)]),
    ProofRow("RFC 9449 §4.3 (12): no ath", "dpop_token", ["ath": .null]),
    ProofRow("RFC 9449 §4.3 (12): the hash of another token", "dpop_token", ["ath": "x"]),
]

private func judge(_ values: [String], needsNonce: Bool = false) -> Result<DPoPProof, DPoPProblem> {
    DPoPProof.judge(
        values,
        for: .init(method: "GET", url: url, at: now, nonces: nonces, needsNonce: needsNonce, accessToken: token))
}

private func good(_ more: JSONObject = [:]) -> JSONObject {
    Prover.claims("GET", url, at: now, ["ath": .string(ath)]).with(more)
}

@Test("DPoP proofs", arguments: rows)
func proofs(_ row: ProofRow) throws {
    let prover = try Prover()
    let proof = try prover.sign(good(row.claims), header: row.header)
    switch judge([proof], needsNonce: row.needsNonce) {
    case .success(let judged):
        #expect(row.reason == "")
        // RFC 9449 §6: bound by the thumbprint of RFC 7638.
        #expect(judged.thumbprint == prover.key.publicKey.thumbprint)
    case .failure(let problem): #expect(problem.reason == row.reason)
    }
}

@Test("RFC 9449 §4.3 (5): keys of each kind that is taken", arguments: [JWSAlgorithm.es256, .rs256, .ps256, .edDSA])
func proofKinds(_ algorithm: JWSAlgorithm) throws {
    #expect(throws: Never.self) { try judge([try Prover(algorithm).sign(good())]).get() }
    #expect(DPoPProof.algorithms.contains(algorithm.rawValue))
}

@Test("RFC 9449 §4.3 (1), (2), (5), (6): what is no proof at all")
func noProof() throws {
    let (prover, other) = (try Prover(), try Prover())
    let proof = try prover.sign(good())
    func reason(_ values: [String]) -> String {
        switch judge(values) {
        case .success: ""
        case .failure(let problem): problem.reason
        }
    }
    #expect(reason([]) == "dpop_missing")
    #expect(reason([proof, proof]) == "dpop_several")
    #expect(reason([proof + ", " + proof]) == "dpop_jws_not_compact")
    #expect(reason([""]) == "dpop_jws_not_compact")
    #expect(reason([String(repeating: "x", count: 100_000)]) == "dpop_jws_too_long")
    #expect(reason([try prover.sign(good(), header: ["jwk": other.jwk])]) == "dpop_jws_signature_wrong")
    #expect(reason([try Prover(.es384).sign(good())]) == "dpop_jws_algorithm_not_allowed")
    let headers = [
        #"{"typ":"dpop+jwt","alg":"none"}"#, #"{"typ":"dpop+jwt","alg":"HS256"}"#,
        #"{"typ":"dpop+jwt","alg":"ES256","crit":["b64"],"b64":false}"#,
        #"{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256"}"#,
    ]
    let expected = [
        "dpop_jws_algorithm_unknown", "dpop_jws_algorithm_unknown", "dpop_jws_critical_extension",
        "dpop_jws_header_unreadable",
    ]
    for (header, wanted) in zip(headers, expected) {
        #expect(reason([HostileAssertion.forged(header, good())]) == wanted)
    }
    // RFC 8725 §2.1: a symmetric key that the sender chose.
    let symmetric = #"{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"oct","k":"AA"}}"#
    #expect(reason([HostileAssertion.forged(symmetric, good())]) == "dpop_jws_embedded_key")
}

@Test("nonces: one for each window, of 43 characters, and another under another key")
func nonceWindows() {
    let start = Timestamp(epochSeconds: 1_790_000_100 / 300 * 300)
    let first = nonces.current(at: start)
    #expect(first.utf8.count == 43)
    #expect(nonces.current(at: start.adding(seconds: 299)) == first)
    #expect(nonces.current(at: start.adding(seconds: 300)) != first)
    #expect(DPoPNonces(key: Secret([4])).current(at: start) != first)
}
