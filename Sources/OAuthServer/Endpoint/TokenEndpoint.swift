import AuditTrail
public import Core
import Ports
import Storage

/// Answers token requests (RFC 6749 §3.2). Never throws: whatever happens, the client gets an answer of §5.
public struct TokenEndpoint: Sendable {
    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signing: SigningKeys
    let issuer: @Sendable () -> String
    let authenticator: ClientAuthenticator
    let refusals = FailureCounter()

    init(
        database: any Database, effects: Effects, users: any UserDirectory, scopes: any ScopeDirectory,
        signing: SigningKeys, issuer: @escaping @Sendable () -> String
    ) {
        self.database = database
        self.effects = effects
        self.users = users
        self.scopes = scopes
        self.signing = signing
        self.issuer = issuer
        authenticator = ClientAuthenticator(database: database, failures: FailureCounter())
    }

    /// Issues a token or says why not. A token is on the disk before its text leaves.
    public func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID
    ) async -> TokenResponse {
        do {
            return try await answer(request, now, correlation)
        } catch let error as HubError where error.kind == .unavailable {
            return .refused(.busy, correlation, detail: error)
        } catch {
            return .refused(.broken, correlation, detail: error)
        }
    }

    private func answer(
        _ request: TokenRequest, _ now: Timestamp, _ correlation: CorrelationID
    ) async throws -> TokenResponse {
        let form: TokenForm
        switch Self.form(of: request) {
        case .success(let read): form = read
        case .failure(let refusal): return .refused(refusal, correlation)
        }
        let proved: ClientAuthenticator.Proved
        switch try await authenticator.authenticate(authorization: request.authorization, form: form, at: now) {
        case .success(let found): proved = found
        case .failure(let refusal): return .refused(refusal, correlation)
        }
        let cause = Cause(proved.client.actor, at: now, correlation)
        guard proved.client.isActive else { return try await refuse(.clientInactive, proved.client, form, cause) }
        guard let name = form["grant_type"] else {
            return try await refuse(.grantTypeMissing, proved.client, form, cause)
        }
        guard let type = GrantTypes.all.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            return try await refuse(.grantTypeUnsupported, proved.client, form, cause)
        }
        let wanted = GrantRequest(client: proved.client, form: form, now: now, users: users, scopes: scopes)
        switch try await type.grant(wanted) {
        case .failure(let refusal): return try await refuse(refusal, proved.client, form, cause)
        case .success(let grant):
            switch try await issue(grant, to: proved, by: type, cause) {
            case .failure(let refusal): return try await refuse(refusal, proved.client, form, cause)
            case .success(let text): return .issued(text, grant, proved.client)
            }
        }
    }

    /// RFC 6749 §4.4.2, Appendix B: parameters in the body, form-urlencoded; §3.2 (MUST NOT): none more than once.
    static func form(of request: TokenRequest) -> Result<TokenForm, TokenRefusal> {
        let type = (request.contentType ?? "").split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        guard let media = type.first, media.split(separator: " ").joined(separator: " ").lowercased() == formType else {
            return .failure(.contentType)
        }
        do {
            let parameters = try FormParameters(request.body)
            try parameters.refuseRepeats()
            return .success(TokenForm(parameters: parameters))
        } catch {
            return .failure(.form(error))
        }
    }

    private static let formType = "application/x-www-form-urlencoded"

    /// Records the refusal of a proved client and answers it.
    ///
    /// Requests that prove no client are in the transaction log only, so that a stranger cannot fill the audit
    /// trail; for the same reason one client's refusals for one reason are recorded once a minute in each hub.
    private func refuse(
        _ refusal: TokenRefusal, _ client: Client, _ form: TokenForm, _ cause: Cause
    ) async throws -> TokenResponse {
        if refusals.count("\(client.id) \(refusal.reason)", at: cause.now) == 1 {
            let known = GrantTypes.all.map(\.name).first { $0 == form["grant_type"] }
            let event = AuditEvent(
                .tokenRefused, on: client.target, by: cause,
                [.client: client.name, .reason: refusal.reason, .grantType: known ?? "-"])
            try await database.write(.change) { writer in try writer.record(event) }
        }
        return .refused(refusal, cause.correlation, client: client.name)
    }
}

extension Client {
    var target: AuditEvent.Target { .init("client", id: id.rawValue, name: name) }
    var actor: Actor { Actor(.client, id: id.rawValue, name: name) }
}
