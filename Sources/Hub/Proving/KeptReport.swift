import AuditTrail
public import Core

/// A report that somebody kept in a file.
public enum KeptReport {
    /// Judges its signature; needs no hub.
    ///
    /// - Parameter key: the hub's public key as 64 hexadecimal digits, as it is known from elsewhere. Without one the key
    ///   that the report names counts, and whoever forged the report named it: compare it.
    /// - Returns: `intact`, `says`, and of an intact one what it is about.
    /// - Throws: `HubError` for what is no JSON object, and for a key of another form.
    public static func verify(_ bytes: [UInt8], key: String?) throws -> JSON {
        guard let report = try read(bytes).object else {
            throw HubError(.invalid, "bad_report", "The file is no report: it holds no JSON object.")
        }
        let expected = try key.map { text -> [UInt8] in
            guard let bytes = Hex.decode(text), bytes.count == 32 else {
                throw HubError(
                    .invalid, "bad_key", "The key must have 64 hexadecimal digits. `linchpin audit verify` shows it.")
            }
            return bytes
        }
        switch SignedReport.verify(report, key: expected) {
        case .intact(let key, let at):
            let whose =
                expected == nil ? "Compare the key: linchpin audit verify" : "That is the key given"
            return [
                "intact": true, "says": .string("intact, signed at \(at.rfc3339) by \(Hex.encode(key)). \(whose)"),
                "connection": report["connection"] ?? .null, "verdict": report["verdict"] ?? .null,
                "proved": report["proved"] ?? .null, "refuted": report["refuted"] ?? .null,
                "not_readable": report["not_readable"] ?? .null,
            ]
        case .altered: return broken("altered", "Something in it is not what was signed.")
        case .otherKey(let id): return broken("other_key", "It is signed by another key, \(id).")
        case .notSigned: return broken("not_signed", "It is no signed report.")
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> JSON {
        do { return try JSON.read(bytes) } catch {
            throw HubError(.invalid, "bad_report", "The file is no report: it is not JSON.")
        }
    }

    private static func broken(_ reason: String, _ says: String) -> JSON {
        ["intact": false, "reason": .string(reason), "says": .string(says)]
    }
}
