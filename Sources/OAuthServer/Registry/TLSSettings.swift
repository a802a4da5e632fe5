import Core
import Keys
import Ports
import Storage

/// What the certificate of a client's connection is to it: its proof (RFC 8705 §2), what its tokens are bound to (§3),
/// or both.
struct TLSSettings: Sendable, Equatable {
    /// By which certificate the client proves itself.
    enum Proof: Sendable, Equatable {
        /// One with this name that an authority of the hub vouches for (RFC 8705 §2.1).
        case name(CertificateName)
        /// One of these, as PEM (RFC 8705 §2.2).
        case certificates(String)
    }

    /// Nil where it proves itself in another way, or is public.
    var proof: Proof?
    /// Whether its tokens count only on connections that show the certificate which they were asked for with.
    var bindsTokens = false

    /// The member with certificates of the client's own.
    static let own = "tls_certificates"
    /// The member that says what tokens are bound to (RFC 8705 §3.4).
    static let bound = "tls_client_certificate_bound_access_tokens"
    private static let none = "no_tls_client_auth"
}

extension TLSSettings {
    /// RFC 8705 §2.1.2 (exactly one of the names), §2.2.2, §3.4.
    static let fields: [Field] =
        CertificateName.Kind.allCases.map { .optional($0.rawValue, .text(most: Limits.certificateName.value), $0.says) }
        + [
            .optional(
                own, .document(most: Limits.clientCertificateBytes.value),
                "The certificates of which any one proves it, as PEM; nobody need vouch for them."),
            .optional(none, .bool, "True: no certificate proves it any more."),
            .optional(bound, .bool, "Its tokens count only with the certificate that they were asked for with."),
        ]

    /// Whether a request says anew what proves the client; without a certificate its secrets count again.
    static func proves(_ request: OperationRequest) -> Bool {
        request.input[own] != nil || request.bool(none) == true
            || CertificateName.Kind.allCases.contains { request.input[$0.rawValue] != nil }
    }

    /// These settings with what a request names; a new proof takes the place of the one before.
    func changed(by request: OperationRequest) throws -> TLSSettings {
        var new = self
        new.bindsTokens = request.bool(Self.bound) ?? bindsTokens
        var given = try CertificateName.Kind.allCases.compactMap { kind in
            try request.text(kind.rawValue).map { try Self.name(kind, $0) }
        }
        if let pem = request.text(Self.own) {
            let chain = try CertificateChain(pem: pem, field: Self.own)
            if let ended = chain.entries.first(where: { $0.ends <= request.cause.now }) {
                throw HubError(
                    .invalid, "certificate_ended",
                    "\"\(Self.own)\" holds the certificate of \(Shown.name(ended.subject)), which ended on "
                        + "\(ended.ends.rfc3339). Leave it away, or give its successor.")
            }
            given.append(.certificates(pem))
        }
        let takesAway = request.bool(Self.none) ?? false
        guard given.count + (takesAway ? 1 : 0) <= 1 else {
            throw HubError(
                .invalid, "two_certificate_proofs",
                "A client is proved by one name or by its own certificates (RFC 8705 §2.1.2). Give one of the fields.")
        }
        if takesAway { new.proof = nil }
        if let proof = given.first { new.proof = proof }
        return new
    }

    /// What no client may have.
    func check(isPublic: Bool) throws {
        guard isPublic, proof != nil else { return }
        throw HubError(
            .invalid, "public_client",
            "A public client proves nothing, so no certificate can prove it. Leave public off, or take the proof away; "
                + "\(Self.bound) binds its tokens all the same.")
    }

    private static func name(_ kind: CertificateName.Kind, _ text: String) throws -> Proof {
        guard let name = CertificateName(kind, text) else {
            throw HubError(.invalid, "bad_certificate_name", "\"\(kind.rawValue)\" \(kind.wants).")
        }
        return .name(name)
    }
}

extension TLSSettings {
    /// As it is stored and shown: the one proof, if there is one.
    var json: JSONObject {
        var json: JSONObject = [Self.bound: .bool(bindsTokens)]
        switch proof {
        case nil: break
        case .name(let name): json[name.kind.rawValue] = .string(name.text)
        case .certificates(let pem): json[Self.own] = .string(pem)
        }
        return json
    }

    /// Throws `HubError` where a stored name is none: without its proof the client would prove itself in another way.
    init(stored json: JSON) throws {
        bindsTokens = json[Self.bound]?.bool ?? false
        if let pem = json[Self.own]?.string { proof = .certificates(pem) }
        for kind in CertificateName.Kind.allCases {
            if let text = json[kind.rawValue]?.string { proof = try Self.name(kind, text) }
        }
    }
}

extension CertificateName.Kind {
    fileprivate var says: String {
        switch self {
        case .subject:
            "The subject of the certificate that proves it, such as CN=robot,O=Example. An authority vouches for it."
        case .dns: "The same by a host name among the certificate's other names (SAN)."
        case .uri: "The same by a URI among them."
        case .address: "The same by an IP address among them."
        case .email: "The same by an email address among them."
        }
    }

    fileprivate var wants: String {
        switch self {
        case .subject:
            "must be a distinguished name (RFC 4514 §3), as openssl x509 -noout -subject -nameopt RFC2253 writes it"
        case .dns: "must be a host name, whole and without *"
        case .uri: "must be a URI"
        case .address: "must be an IPv4 or IPv6 address"
        case .email: "must be an email address"
        }
    }
}
