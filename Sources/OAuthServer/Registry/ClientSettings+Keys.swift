import Core
import Keys
import Ports

// The public keys of a client: registered, inside certificates, or published by itself.
extension ClientSettings {
    /// The fields that name keys.
    static let keyFields = ["jwks", "jwks_uri", "certificates"]

    /// The registered keys; nil without any.
    var keys: JWKSet? {
        get throws { try jwks.map { try JWKSet($0) } }
    }

    var hasKeys: Bool { jwks != nil || jwksURI != nil || !certificates.isEmpty }

    func hasSameKeys(as other: ClientSettings) -> Bool {
        jwks == other.jwks && jwksURI == other.jwksURI && certificates == other.certificates
    }

    var certificatesJSON: JSON {
        let sorted = certificates.sorted { $0.key < $1.key }
        return .object(JSONObject(unique: sorted.map { .init(name: $0.key, value: .string($0.value)) }))
    }

    /// RFC 7591 §2 (MUST NOT): both `jwks` and `jwks_uri`. Either takes the other's place.
    mutating func changeKeys(by request: OperationRequest) throws {
        let address = request.text("jwks_uri")
        if let keys = request.input["jwks"] {
            guard address == nil else {
                throw Self.badKeys("jwks_uri", "and \"jwks\" exclude each other. Give one of them.")
            }
            jwks = try ClientKeys.checked(keys)
            jwksURI = nil
        } else if let address {
            jwksURI = address
            jwks = nil
        }
        if let sent = request.input["certificates"]?.object { certificates = try ClientKeys.certificates(sent) }
    }

    func checkKeys() throws {
        if let jwksURI {
            // RFC 7591 §5 (MUST): https, so that nobody on the way changes a key.
            guard jwksURI.utf8.count <= Limits.clientURLBytes.value, StrictURL(jwksURI)?.scheme == "https" else {
                throw Self.badKeys("jwks_uri", "must be an https address without a fragment.")
            }
        }
        guard let set = try keys else { return }
        if let twice = certificates.keys.sorted().first(where: { set.key(id: $0) != nil }) {
            throw Self.badKeys(
                "certificates", "has the kid \(Shown.name(twice)), which a key of \"jwks\" has too. Give another.")
        }
    }

    private static func badKeys(_ field: String, _ says: String) -> HubError {
        HubError(.invalid, "bad_\(field)", "\"\(field)\" \(says)")
    }
}

extension ClientKeys {
    /// Certificates as they are sent: one PEM for each `kid`. Whether they count at a moment is looked at when they are used.
    ///
    /// Throws `HubError` of kind `invalid`: `bad_certificates`.
    static func certificates(_ sent: JSONObject) throws -> [String: String] {
        guard sent.members.count <= Limits.clientKeys.value else {
            throw badCertificates("holds more than \(Limits.clientKeys.value) certificates.")
        }
        var kept: [String: String] = [:]
        for (id, value) in sent.members.map({ ($0.name, $0.value) }) {
            guard !id.isEmpty, id.utf8.count <= Limits.nameField.value else {
                throw badCertificates("has a kid that is empty or too long.")
            }
            guard let pem = value.string, pem.utf8.count <= Limits.keyCertificateBytes.value else {
                throw badCertificates("must hold a PEM of at most \(Limits.keyCertificateBytes.value) bytes a kid.")
            }
            let chain = try CertificateChain(pem: pem, field: "certificates")
            guard chain.entries.count == 1 else {
                throw badCertificates("holds several certificates for one kid. Give that of the key alone.")
            }
            guard let key = chain.leaf.signatureKey, !key.algorithms.isDisjoint(with: Assertion.algorithms) else {
                throw badCertificates("holds a key that is not EC on P-256, RSA of 2048 bits or more, or Ed25519.")
            }
            guard chain.leaf.isForSignatures else {
                throw badCertificates("holds a certificate whose key usage names no digital signature.")
            }
            kept[id] = pem
        }
        return kept
    }

    private static func badCertificates(_ says: String) -> HubError {
        HubError(.invalid, "bad_certificates", "\"certificates\" \(says)")
    }
}
