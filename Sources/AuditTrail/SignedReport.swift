public import Core
public import Keys

/// A report that the hub answers for: a JSON object with the member `signed`, which holds the key's id, the key itself,
/// the moment and the signature over everything else.
///
/// What is signed is the object's text with sorted names, so that whoever reads and writes it anew breaks nothing.
public enum SignedReport {
    private static let tag = "linchpin-report v1"
    private static let member = "signed"

    /// What a check of a report found.
    public enum Verdict: Sendable, Equatable {
        /// The signature holds. `key`: whose it is; whether that is the hub's, only a comparison tells.
        case intact(key: [UInt8], at: Timestamp)
        /// Something in it is not what was signed.
        case altered
        /// It is signed by another key than the one that was given.
        case otherKey(id: String)
        /// It is no signed report.
        case notSigned
    }

    /// The report with its signature; a member `signed` that it has is replaced.
    public static func sign(_ report: JSONObject, at now: Timestamp, with key: SigningKey) throws -> JSONObject {
        var signed = report
        signed[member] = nil
        let signature = try key.sign(signedBytes(signed, now))
        signed[member] = [
            "by": .string(key.id), "key": .string(Hex.encode(key.publicKey)), "at": .string(now.rfc3339),
            "signature": .string(Base64URL.encode(signature)),
        ]
        return signed
    }

    /// Judges a report.
    ///
    /// - Parameter key: the hub's public key, as it is known from elsewhere; nil takes the one that the report names.
    public static func verify(_ report: JSONObject, key expected: [UInt8]?) -> Verdict {
        guard let signed = report[member], let named = signed["key"]?.string.flatMap(Hex.decode),
            let at = signed["at"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let signature = signed["signature"]?.string.flatMap(Base64URL.decode)
        else { return .notSigned }
        let key: VerifyingKey
        do { key = try VerifyingKey(named) } catch { return .notSigned }
        if let expected, expected != named { return .otherKey(id: key.id) }
        var rest = report
        rest[member] = nil
        return key.verifies(signature, of: signedBytes(rest, at)) ? .intact(key: named, at: at) : .altered
    }

    private static func signedBytes(_ report: JSONObject, _ at: Timestamp) -> [UInt8] {
        Framed.bytes(
            tag, [Array(JSON.object(report).text(sorted: true).utf8), Framed.number(at.epochMilliseconds)])
    }
}
