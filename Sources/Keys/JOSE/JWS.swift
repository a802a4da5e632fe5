public import Core

/// Signs and reads JWTs in the compact serialization of JWS (RFC 7515 §7.1; RFC 7519 §7).
///
/// The reader takes one spelling of one token: no unknown extension, no second alphabet, no repeated member, no bytes
/// behind. What it accepts can be compared, counted and remembered by its text.
public enum JWS {
    /// A signed token. `alg` is put first into the header, from the key.
    ///
    /// Throws `HubError` (`jws_header`) for a header that states `alg`, `crit` or `b64` by itself.
    public static func sign(_ claims: JSONObject, header: JSONObject, with key: JWSPrivateKey) throws -> String {
        for name in ["alg", "crit", "b64"] where header[name] != nil {
            throw HubError(.internal, "jws_header", "Internal error.", detail: "a header must not state \(name)")
        }
        var full: JSONObject = ["alg": .string(key.algorithm.rawValue)]
        for member in header.members { full[member.name] = member.value }
        let input = Base64URL.encode(JSON.object(full).bytes) + "." + Base64URL.encode(JSON.object(claims).bytes)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    /// Splits a token and reads its parts strictly. Nothing is verified yet.
    ///
    /// A header's `jku`, `x5u` and `x5c` are passed over and never followed (RFC 8725 §3.10).
    public static func read(_ compact: String) throws(JWSProblem) -> UnverifiedJWS {
        let bytes = compact.utf8
        guard bytes.count <= Limits.jwsBytes.value else { throw .tooLong }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .notCompact }
        let header = try JWSHeader(try object(parts[0], else: .headerUnreadable))
        let claims = try object(parts[1], else: .claimsUnreadable)
        guard let signature = Base64URL.decode(String(Substring(parts[2]))) else { throw .notBase64URL }
        return UnverifiedJWS(
            head: header, unverifiedClaims: claims, input: Array(bytes[..<parts[1].endIndex]), signature: signature)
    }

    private static func object(
        _ part: Substring.UTF8View, else problem: JWSProblem
    ) throws(JWSProblem) -> JSONObject {
        guard let bytes = Base64URL.decode(String(Substring(part))) else { throw .notBase64URL }
        let value: JSON
        do { value = try JSON.read(bytes) } catch { throw problem }
        guard let object = value.object else { throw problem }
        return object
    }
}

/// A header whose members are of their kinds and demand nothing that we do not do.
struct JWSHeader: Sendable {
    let members: JSONObject
    let algorithm: JWSAlgorithm
    let keyID: String?
    let type: String?
    let embeddedKey: JWSPublicKey?

    init(_ members: JSONObject) throws(JWSProblem) {
        // RFC 7515 §4.1.11: an extension that is not understood must be refused; we understand none.
        guard members["crit"] == nil else { throw .criticalExtension }
        guard members["b64"] == nil else { throw .unencodedPayload }
        self.members = members
        guard let name = try Self.text("alg", members) else { throw .algorithmMissing }
        guard let algorithm = JWSAlgorithm.allCases.first(where: { $0.rawValue.isExactly(name) }) else {
            throw .algorithmUnknown
        }
        self.algorithm = algorithm
        keyID = try Self.text("kid", members)
        type = try Self.text("typ", members)
        do { embeddedKey = try members["jwk"].map { try JWSPublicKey(jwk: $0) } } catch { throw .embeddedKey }
    }

    private static func text(_ name: String, _ members: JSONObject) throws(JWSProblem) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw .headerMember }
        return text
    }

    /// Whether `typ` is this media type; `application/` may be left out, and upper and lower case are alike
    /// (RFC 7515 §4.1.9).
    func isOfType(_ wanted: String) -> Bool {
        guard let type else { return false }
        let full = [type, wanted].map { text in
            let folded = text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
            return folded.contains(UInt8(ascii: "/")) ? folded : Array("application/".utf8) + folded
        }
        return full[0] == full[1]
    }
}
