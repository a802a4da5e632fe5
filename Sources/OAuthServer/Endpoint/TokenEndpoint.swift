import AuditTrail
public import Core
import Ports
import Storage

/// Answers token requests (RFC 6749 §3.2).
public struct TokenEndpoint: Sendable {
    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signing: SigningKeys
    let refreshKey: Secret
    let issuer: @Sendable () -> String
    let desk: ClientDesk

    /// Issues a token or says why not. A token is on the disk before its text leaves.
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        await desk.respond(to: request, at: now, correlation, answer)
    }

    private func answer(_ visit: ClientDesk.Visit) async throws -> Result<TokenResponse, TokenRefusal> {
        guard let name = visit.form["grant_type"] else { return .failure(.grantTypeMissing) }
        guard let type = GrantTypes.all.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            return .failure(.grantTypeUnsupported)
        }
        // RFC 6749 §5.2: unauthorized_client.
        guard visit.client.settings.grants.contains(type.name) else { return .failure(.grantTypeNotAllowed) }
        let wanted = GrantRequest(
            client: visit.client, form: visit.form, now: visit.cause.now, users: users, scopes: scopes,
            database: database, effects: effects, refreshKey: refreshKey,
            audiences: Assertion.audiences(issuer()))
        switch try await type.grant(wanted) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let grant):
            return try await issue(grant, to: visit.proved, by: type, visit.cause).map { issued in
                .issued(issued, grant, visit.client)
            }
        }
    }
}

extension Client {
    var target: AuditEvent.Target { .init("client", id: id.rawValue, name: name) }
    var actor: Actor { Actor(.client, id: id.rawValue, name: name) }
}
