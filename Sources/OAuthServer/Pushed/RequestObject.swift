import Core
import Keys

/// An authorization request that a client signed with one of its registered keys (RFC 9101 §4).
enum RequestObject {
    /// RFC 9101 §10.8: what no other kind of token is.
    static let type = "oauth-authz-req+jwt"

    /// Its parameters, or why it does not count.
    ///
    /// Deviation: RFC 9101 §4 leaves `aud` and `exp` open. Here both must be there, so that what was signed once does not
    /// count elsewhere and for good.
    static func judge(
        _ text: String, of client: Client, keys: ClientKeyring, issuer: String, openedAt: Timestamp,
        at now: Timestamp
    ) async throws -> Result<[(name: String, value: String)], AuthorizationRefusal> {
        let jws: UnverifiedJWS
        do { jws = try JWS.read(text) } catch { return .failure(.requestObject(.jws(error))) }
        let key: JWSPublicKey
        switch try await keys.key(for: jws, of: client, at: now) {
        case .success(let found): key = found
        case .failure(let problem): return .failure(.requestObject(.key(problem, of: .requestObject)))
        }
        // RFC 7519 §5.1: JWT says what no typ says too.
        let type = jws.type.flatMap { $0.lowercased() == "jwt" ? nil : Self.type }
        let claims: JSONObject
        // RFC 9101 §6.2 (MUST): signed; RFC 8725 §3.1: the header alone never decides by what.
        do { claims = try jws.verified(by: key, allowing: Assertion.algorithms, type: type).claims } catch {
            return .failure(.requestObject(.jws(error)))
        }
        if let why = problem(claims, of: client, issuer: issuer, at: openedAt) {
            return .failure(.requestObject(why))
        }
        return parameters(claims).map { .success($0) } ?? .failure(.requestObject(.signed.objectUnreadable))
    }

    private static func problem(
        _ claims: JSONObject, of client: Client, issuer: String, at now: Timestamp
    ) -> RefusalReason? {
        let id = JSON.string(client.publicID)
        // RFC 9101 §6.3 (MUST): the client that the request names.
        guard claims["client_id"] == id else { return .signed.objectClient }
        // §4: the client is the issuer, where one is named.
        guard claims["iss"].map({ $0 == id }) ?? true else { return .signed.objectIssuer }
        // §10.8: with the client as subject it could be played as a proof of the client, and the other way round.
        guard claims["sub"] != id else { return .signed.objectSubject }
        // §4: the audience is this hub, and nobody else.
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.texts ?? []
        guard !audience.isEmpty, audience.allSatisfy({ $0.isExactly(issuer) }) else {
            return .signed.objectAudience
        }
        // §4 (MUST NOT).
        guard claims["request"] == nil, claims["request_uri"] == nil else { return .signed.objectNested }
        switch claims.end(at: now, aheadSeconds: Limits.requestObjectAheadSeconds.value) {
        case .success: return nil
        case .failure(let problem): return .time(problem, of: .requestObject)
        }
    }

    /// RFC 9101 §4: members are parameters, texts as they are, numbers in digits; what is structured is JSON. Nil for what no
    /// query could hold.
    private static func parameters(_ claims: JSONObject) -> [(name: String, value: String)]? {
        let own: Set = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]
        let pairs = claims.members.filter { !own.contains($0.name) }.flatMap { member -> [(String, String)] in
            switch member.value {
            case .null: return []
            case .string(let text): return [(member.name, text)]
            case .bool, .int, .double, .object: return [(member.name, member.value.text())]
            case .array:
                // RFC 8707 §2: several resources are several parameters.
                guard member.name == "resource", let texts = member.value.texts else {
                    return [(member.name, member.value.text())]
                }
                return texts.map { (member.name, $0) }
            }
        }
        let isQuery = pairs.allSatisfy { !$0.0.isEmpty && !$0.0.utf8.contains(0) && !$0.1.utf8.contains(0) }
        guard isQuery, pairs.count < Limits.formParameters.value else { return nil }
        return pairs.map { (name: $0.0, value: $0.1) }
    }
}
