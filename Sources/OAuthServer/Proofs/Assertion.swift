import Core
import Keys

/// What a client signed with one of its registered keys, judged but for its single use (RFC 7521 §5; RFC 7523 §3).
struct Assertion: Sendable, Equatable {
    /// `sub`.
    let subject: String
    let once: UsedOnce

    /// RFC 8725 §3.1: what the hub accepts; the header alone never decides.
    static let algorithms: Set<JWSAlgorithm> = [.es256, .rs256, .ps256, .edDSA]
    static let algorithmNames = algorithms.map(\.rawValue).sorted()

    /// Finds the client's key and judges by it.
    static func read(
        _ jws: UnverifiedJWS, of client: Client, keys: ClientKeyring, audiences: [String], at now: Timestamp
    ) async throws -> Result<Assertion, Problem> {
        // RFC 8725 §3.11: an assertion is no other kind of token.
        guard jws.type.map({ $0.lowercased() == "jwt" }) ?? true else { return .failure(.type) }
        switch try await keys.key(for: jws, of: client, at: now) {
        case .failure(let problem): return .failure(.key(problem))
        case .success(let key): return judge(jws, by: key, of: client, audiences: audiences, at: now)
        }
    }

    /// RFC 7523 §3, the rules numbered as there. Pure.
    ///
    /// - Parameter audiences: by what the hub is addressed.
    static func judge(
        _ jws: UnverifiedJWS, by key: JWSPublicKey, of client: Client, audiences: [String], at now: Timestamp
    ) -> Result<Assertion, Problem> {
        let claims: JSONObject
        // 9: signed. 10: valid in all other respects is what the reader sees to.
        do { claims = try jws.verified(by: key, allowing: algorithms, type: nil).claims } catch {
            return .failure(.signature(error))
        }
        // 1: the issuer.
        guard claims["iss"] == .string(client.publicID) else { return .failure(.issuer) }
        // 2: the subject.
        guard let subject = claims["sub"]?.string, !subject.isEmpty else { return .failure(.subject) }
        // 3: the audience; for this hub and for nobody else.
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.texts ?? []
        guard !audience.isEmpty, audience.allSatisfy({ one in audiences.contains { one.isExactly($0) } })
        else { return .failure(.audience) }
        let end: Int64
        // 4 to 6: the end, when it begins to count, when it was made.
        switch claims.end(at: now, aheadSeconds: Limits.assertionAheadSeconds.value) {
        case .success(let found): end = found
        case .failure(let problem): return .failure(.time(problem))
        }
        // 7 (MAY): the id; here it must be there.
        guard let unique = claims["jti"]?.string, !unique.isEmpty else { return .failure(.idMissing) }
        let until = Timestamp(epochSeconds: end).adding(seconds: Int64(Limits.proofSkewSeconds.value))
        return .success(
            Assertion(
                subject: subject, once: UsedOnce(.assertion, of: client.id.rawValue, id: unique, until: until)))
    }
}

extension Assertion {
    /// Why an assertion is refused. Whoever sent it reads the same for all of them.
    struct Problem: Error, Sendable, Equatable {
        let why: RefusalReason

        private init(_ why: RefusalReason) { self.why = why }

        static func key(_ problem: KeyProblem) -> Problem { Problem(.key(problem, of: .assertion)) }
        static let type = Problem(.signed.type)
        static func signature(_ problem: JWSProblem) -> Problem { Problem(.jws(problem)) }
        static let issuer = Problem(.signed.issuer)
        static let subject = Problem(.signed.subject)
        static let audience = Problem(.signed.audience)
        static func time(_ problem: TimeProblem) -> Problem { Problem(.time(problem, of: .assertion)) }
        static let idMissing = Problem(.signed.idMissing)
        static let used = Problem(.signed.used)
    }

    /// By what an assertion may address the hub (RFC 7523 §3, rule 3): its issuer identifier, its token endpoint, or the
    /// endpoint for pushed requests (RFC 9126 §2).
    static func audiences(_ issuer: String) -> [String] {
        [issuer, issuer + "/oauth2/token", issuer + "/oauth_token.do", issuer + "/oauth2/par"]
    }
}
