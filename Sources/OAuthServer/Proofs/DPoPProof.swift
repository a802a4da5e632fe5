public import Core
import Keys
public import Storage

/// A proof that a caller holds a key (RFC 9449 §4), judged but for its single use.
public struct DPoPProof: Sendable, Equatable {
    /// The SHA-256 thumbprint of the key (RFC 7638 §3), as tokens are bound to it.
    public let thumbprint: String
    let once: UsedOnce

    /// The algorithms that are taken, in byte order.
    public static let algorithms = Assertion.algorithmNames

    /// The request that a proof came with, as the hub itself knows it.
    public struct Asked: Sendable {
        let method: String
        let url: String
        let now: Timestamp
        let nonces: DPoPNonces
        let needsNonce: Bool
        let accessToken: Secret?

        /// - Parameters:
        ///   - method: as it was sent.
        ///   - url: built from the hub's issuer and the path as it was sent; never from what the caller calls the hub.
        ///   - needsNonce: whether a proof without a nonce is refused; a wrong one always is.
        ///   - accessToken: what the proof must be made for; nil at the token endpoint.
        public init(
            method: String, url: String, at now: Timestamp, nonces: DPoPNonces, needsNonce: Bool, accessToken: Secret?
        ) {
            self.method = method
            self.url = url
            self.now = now
            self.nonces = nonces
            self.needsNonce = needsNonce
            self.accessToken = accessToken
        }
    }

    /// RFC 9449 §4.3, the checks numbered as there. Pure. Whether a token is bound to the key is for the caller to compare.
    ///
    /// - Parameter values: those of all DPoP headers.
    public static func judge(_ values: [String], for asked: Asked) -> Result<DPoPProof, DPoPProblem> {
        // 1: one header.
        guard let text = values.first else { return .failure(.missing) }
        guard values.count == 1 else { return .failure(.several) }
        let jws: UnverifiedJWS
        // 2: one well-formed JWT. 7: the reader refuses a key with a private member.
        do { jws = try JWS.read(text) } catch { return .failure(.jws(error)) }
        guard let key = jws.embeddedKey else { return .failure(.keyMissing) }
        let claims: JSONObject
        // 4: typ. 5: an asymmetric algorithm that is taken. 6: the signature is that key's.
        do { claims = try jws.verified(by: key, allowing: Assertion.algorithms, type: "dpop+jwt").claims } catch {
            return .failure(.jws(error))
        }
        // 3: all claims are there, which the following see to.
        guard let id = claims["jti"]?.string, !id.isEmpty else { return .failure(.idMissing) }
        // 8: the method.
        guard claims["htm"] == .string(asked.method) else { return .failure(.method) }
        // 9: the address.
        guard let url = claims["htu"]?.string, ProofURL.areSame(url, asked.url) else { return .failure(.url) }
        // 10: the nonce. Before the time, so that a caller whose clock is wrong learns that one is wanted.
        if let nonce = claims["nonce"] {
            guard let text = nonce.string, asked.nonces.take(text, at: asked.now) else { return .failure(.nonce) }
        } else if asked.needsNonce {
            return .failure(.nonce)
        }
        // 11: made lately.
        let now = asked.now.epochSeconds
        let (age, skew) = (Int64(Limits.proofAgeSeconds.value), Int64(Limits.proofSkewSeconds.value))
        guard let made = claims["iat"]?.numericDate, (now - age...now + skew).contains(made) else {
            return .failure(.age)
        }
        // 12: made for this token.
        if let token = asked.accessToken {
            guard claims["ath"] == .string(Base64URL.encode(MachineSecret.hash(token))) else {
                return .failure(.token)
            }
        }
        let thumbprint = key.thumbprint
        let until = Timestamp(epochSeconds: made + age + skew)
        return .success(
            DPoPProof(thumbprint: thumbprint, once: UsedOnce(.proof, of: thumbprint, id: id, until: until)))
    }

    /// Uses the proof up (RFC 9449 §11.1); false when it was used before.
    public func use(at now: Timestamp, in database: any Database) async throws -> Bool {
        try await once.spend(at: now, in: database)
    }
}

/// Why a proof is not accepted. Quotes nothing that was sent.
public struct DPoPProblem: Error, Sendable, Equatable {
    let why: RefusalReason
    /// The same as the middle of a sentence.
    public let says: String

    /// A stable code for the log.
    public var reason: String { why.code }

    private init(_ why: RefusalReason, _ says: String) {
        self.why = why
        self.says = says
    }

    /// There is none.
    public static let missing = DPoPProblem(.proof.missing, "there is no DPoP header")
    /// It needs the present nonce: the answer hands it out.
    public static let nonce = DPoPProblem(.proof.nonce, "its nonce is not the one that was handed out")
    /// It was used before.
    public static let used = DPoPProblem(.proof.used, "it was used before")

    static let several = DPoPProblem(.proof.several, "there are several DPoP headers")
    static func jws(_ problem: JWSProblem) -> DPoPProblem {
        DPoPProblem(
            .dpop(problem),
            "it is no proof that can be read, or not signed by its key (\(problem.rawValue))")
    }
    static let keyMissing = DPoPProblem(.proof.keyMissing, "its header holds no public key")
    static let idMissing = DPoPProblem(.proof.idMissing, "it has no jti")
    static let method = DPoPProblem(.proof.method, "its htm is not the method of the request")
    static let url = DPoPProblem(.proof.url, "its htu is not the address of the request at this hub")
    static let age = DPoPProblem(.proof.age, "its iat is not a moment of the last two minutes")
    static let token = DPoPProblem(.proof.token, "its ath is not the hash of the access token")
}
