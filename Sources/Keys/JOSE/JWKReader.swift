import Core
import Crypto
import CryptoExtras

/// The members of a JWK, judged one by one.
enum JWKReader {
    static func unusable(_ what: String) -> HubError {
        HubError(.invalid, "jwk_unusable", "The JWK cannot be used: \(what). Give a public signature key.")
    }

    static func pem(_ what: String, detail: String = "") -> HubError {
        HubError(.invalid, "key_pem", "The PEM cannot be used. \(what) Give another.", detail: detail)
    }

    /// RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2. Whoever gets such a key has to forget it, not to use it.
    static func refusePrivate(_ members: JSONObject) throws {
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] where members[name] != nil {
            throw HubError(
                .invalid, "jwk_private",
                "The JWK holds a private key. Make a new key pair, and give its public half only.")
        }
    }

    /// RFC 7517 §4.2, §4.3: a key for something else verifies nothing here.
    static func checkUse(_ members: JSONObject) throws {
        if let use = members["use"], use != "sig" { throw unusable("its use is not sig") }
        if let operations = members["key_ops"] {
            guard let items = operations.array, items.contains("verify") else {
                throw unusable("its key_ops do not name verify")
            }
        }
    }

    /// `alg` (RFC 7517 §4.4); nil when the key names none.
    static func algorithm(_ members: JSONObject, of material: PublicMaterial) throws -> JWSAlgorithm? {
        guard let value = members["alg"] else { return nil }
        guard let algorithm = material.algorithms.first(where: { value == .string($0.rawValue) }) else {
            throw unusable("its alg is not one of its kind's")
        }
        return algorithm
    }

    /// `kid` (RFC 7517 §4.5); nil when the key has none.
    static func id(_ members: JSONObject) throws -> String? {
        guard let value = members["kid"] else { return nil }
        guard let id = value.string, !id.isEmpty else { throw unusable("its kid is not a text") }
        return id
    }

    static func material(_ members: JSONObject) throws -> PublicMaterial {
        guard let kind = members["kty"]?.string else { throw unusable("its kty is missing") }
        switch kind {
        case "EC": return try curve(members)
        case "RSA": return try rsa(members)
        case "OKP": return try octets(members)
        default: throw unusable("its kty is not EC, RSA or OKP")
        }
    }

    /// RFC 7518 §6.2.1: both coordinates in full length; the library refuses a point that is not on the curve.
    private static func curve(_ members: JSONObject) throws -> PublicMaterial {
        let lengths = ["P-256": 32, "P-384": 48, "P-521": 66]
        guard let name = members["crv"]?.string, let length = lengths[name] else {
            throw unusable("its crv is not P-256, P-384 or P-521")
        }
        let point = try bytes("x", members) + bytes("y", members)
        guard try bytes("x", members).count == length, point.count == 2 * length else {
            throw unusable("x and y do not have the curve's length")
        }
        do {
            switch name {
            case "P-256": return .p256(try P256.Signing.PublicKey(rawRepresentation: point))
            case "P-384": return .p384(try P384.Signing.PublicKey(rawRepresentation: point))
            default: return .p521(try P521.Signing.PublicKey(rawRepresentation: point))
            }
        } catch {
            throw unusable("x and y are not a point of the curve")
        }
    }

    /// RFC 7518 §6.3.1: both numbers without leading zeros.
    private static func rsa(_ members: JSONObject) throws -> PublicMaterial {
        let modulus = try bytes("n", members)
        let exponent = try bytes("e", members)
        guard modulus.first != 0, exponent.first != 0 else { throw unusable("n or e begins with a zero byte") }
        guard (2_048 / 8...Limits.rsaBits.value / 8).contains(modulus.count) else {
            throw unusable("an RSA key must have 2048 to \(Limits.rsaBits.value) bits")
        }
        do {
            let material = PublicMaterial.rsa(try _RSA.Signing.PublicKey(n: modulus, e: exponent))
            try material.checkSize()
            return material
        } catch let error as HubError { throw error } catch {
            throw unusable("n and e are not an RSA key of at least 2048 bits")
        }
    }

    /// RFC 8037 §2: Ed25519 alone.
    private static func octets(_ members: JSONObject) throws -> PublicMaterial {
        guard members["crv"] == "Ed25519" else { throw unusable("its crv is not Ed25519") }
        do { return .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: try bytes("x", members))) } catch {
            throw unusable("x does not have 32 bytes")
        }
    }

    private static func bytes(_ name: String, _ members: JSONObject) throws -> [UInt8] {
        guard let bytes = members[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty else {
            throw unusable("\(name) is not base64url without padding")
        }
        return bytes
    }
}
