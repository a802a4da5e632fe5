import AuditTrail
import Core
import Ports
import Storage

extension GrantType {
    /// RFC 6749 §6: a client renews what a person allowed; the refresh token is replaced (RFC 9700 §4.14.2).
    static let refreshToken = GrantType(name: "refresh_token") { request in
        guard let text = request.form["refresh_token"] else { return .failure(.refreshTokenMissing) }
        guard let token = RefreshToken(text, request.refreshKey),
            let family = try await request.database.read({ try FamilyStore.find(token.family, in: $0) })
        else { return .failure(.refreshTokenUnknown) }
        // RFC 6749 §6 (MUST): issued to this client.
        guard family.client == request.client.id else { return .failure(.refreshTokenOfAnother) }
        // RFC 9449 §5 (MUST): the key that it was bound to.
        guard family.boundTo == nil || family.boundTo == request.key else { return .failure(.refreshTokenOfAnotherKey) }
        // RFC 8705 §4 (SHOULD): the certificate that it was bound to.
        guard family.carried.certificate == nil || family.carried.certificate == request.certificate else {
            return .failure(.refreshTokenOfAnotherCertificate)
        }
        let user: UserFacts
        switch try await request.user(family.user, or: TokenRefusal.person) {
        case .success(let found): user = found
        case .failure(let refusal): return .failure(refusal)
        }
        let scopes: [String]
        switch try await asked(of: family, request) {
        case .success(let names): scopes = names
        case .failure(let refusal): return .failure(refusal)
        }
        let client = request.client
        return .success(
            Grant(
                user: user, scopes: scopes, family: family.id, carried: family.carried, signIn: .init(nonce: nil)
            ) { writer, cause in
                try renew(token, client, user, cause, in: writer)
            })
    }

    /// RFC 6749 §6 (MUST NOT): no scope that was not granted originally; all of them if left out, fewer where fewer are
    /// held.
    private static func asked(
        of family: RefreshFamily, _ request: GrantRequest
    ) async throws -> Result<[String], TokenRefusal> {
        var wanted = family.scopes
        if let text = request.form["scope"] {
            switch ScopeAsked.read(text) {
            case .success(let names): wanted = names
            case .failure(let refusal): return .failure(refusal)
            }
            guard wanted.allSatisfy(family.scopes.contains) else { return .failure(.scopeNotGranted) }
        }
        let held = try await request.held(wanted)
        return held.isEmpty ? .failure(.noneHeld(of: wanted, by: request.client)) : .success(held)
    }

    private static func renew(
        _ token: RefreshToken, _ client: Client, _ user: UserFacts, _ cause: Cause, in writer: any SQLWriter
    ) throws -> Result<RefreshToken?, TokenRefusal> {
        let next = RefreshToken(family: token.family, generation: token.generation + 1)
        // Twice: what another request did between reading and writing shows in the second reading.
        for _ in 0..<2 {
            guard let family = try FamilyStore.find(token.family, in: writer) else {
                return .failure(.refreshTokenUnknown)
            }
            switch family.meaning(of: token, for: client, at: cause.now) {
            case .renew: if try FamilyStore.renew(token, at: cause.now, in: writer) { return .success(next) }
            case .again: return .success(next)
            case .ended: return .failure(.refreshTokenEnded)
            case .stolen:
                if try FamilyStore.end(token.family, at: cause.now, in: writer) {
                    try writer.record(
                        FamilyStore.event(TokenRefusal.refreshTokenReused.reason, client, user.name, by: cause))
                }
                return .failure(.refreshTokenReused)
            }
        }
        throw HubError.changedMeanwhile
    }
}
