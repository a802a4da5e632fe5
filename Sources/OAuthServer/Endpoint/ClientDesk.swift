import AuditTrail
import Core
import Keys
import Storage

/// What the endpoints for clients share: reading a form, proving who sends it, refusing with a record.
struct ClientDesk: Sendable {
    /// A proved client with its form.
    struct Visit: Sendable {
        let proved: ClientAuthenticator.Proved
        let form: TokenForm
        let cause: Cause
        /// That of the connection; it need not have proved the client.
        let certificate: PeerCertificate?
        /// Where the client is.
        let address: String
        var client: Client { proved.client }

        /// Whether its address does this too often in the name of a public client, which anybody may say they are.
        func isCrowded(_ counter: MinuteCounter, most bound: Bound) -> Bool {
            client.settings.isPublic && counter.count("\(client.id) \(address)", at: cause.now) > bound.value
        }
    }

    let database: any Database
    let keys: ClientKeyring
    private let authenticator: ClientAuthenticator
    private let refusals = MinuteCounter()

    init(
        database: any Database, effects: Effects, issuer: @escaping @Sendable () -> String,
        authorities: ClientAuthorities? = nil, keys: ClientKeyring, clients: ClientLookup
    ) {
        self.database = database
        self.keys = keys
        authenticator = ClientAuthenticator(
            database: database, effects: effects, issuer: issuer, authorities: authorities, keys: keys,
            clients: clients)
    }

    /// Answers a request. Never throws: whatever happens, the client gets an answer of RFC 6749 §5.
    func respond(
        to request: TokenRequest, at now: Timestamp, _ correlation: CorrelationID,
        _ answer: (Visit) async throws -> Result<TokenResponse, TokenRefusal>
    ) async -> TokenResponse {
        do {
            let form: TokenForm
            switch Self.form(of: request) {
            case .success(let read): form = read
            case .failure(let refusal): return .refused(refusal, correlation)
            }
            let proved: ClientAuthenticator.Proved
            switch try await authenticator.authenticate(request, form: form, at: now) {
            case .success(let found): proved = found
            case .failure(let refusal): return .refused(refusal, correlation)
            }
            let visit = Visit(
                proved: proved, form: form, cause: Cause(proved.client.actor, at: now, correlation),
                certificate: request.certificate, address: request.address)
            guard proved.client.isActive else { return try await refuse(.clientInactive, visit) }
            switch try await answer(visit) {
            case .success(let response): return response
            case .failure(let refusal): return try await refuse(refusal, visit)
            }
        } catch let error as HubError where error.kind == .unavailable {
            return .refused(.busy, correlation, detail: error)
        } catch {
            return .refused(.broken, correlation, detail: error)
        }
    }

    /// RFC 6749 §4.4.2, Appendix B: parameters in the body, form-urlencoded; §3.2 (MUST NOT): none more than once,
    /// but for those of RFC 8707 §2.
    static func form(of request: TokenRequest) -> Result<TokenForm, TokenRefusal> {
        guard isForm(request.contentType ?? "") else {
            return .failure(.contentType)
        }
        do {
            let parameters = try FormParameters(request.body)
            try parameters.refuseRepeats(but: Target.repeatable)
            return .success(TokenForm(parameters: parameters))
        } catch {
            return .failure(.form(error))
        }
    }

    private static let formType = "application/x-www-form-urlencoded"

    /// Whether it is a form's, whatever its parameters and the case of its letters (RFC 9110 §8.3.1).
    private static func isForm(_ contentType: String) -> Bool {
        // As most send it.
        if contentType.isExactly(formType) { return true }
        let type = contentType.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        return type.first.map { $0.split(separator: " ").joined(separator: " ").lowercased() == formType } ?? false
    }

    /// Records the refusal of a proved client and answers it.
    ///
    /// Requests that prove no client are in the transaction log only, so that a stranger cannot fill the audit
    /// trail; for the same reason one client's refusals for one reason are recorded once a minute in each hub.
    private func refuse(_ refusal: TokenRefusal, _ visit: Visit) async throws -> TokenResponse {
        let (client, cause) = (visit.client, visit.cause)
        if !refusal.isWaiting, refusals.count("\(client.id) \(refusal.reason)", at: cause.now) == 1 {
            let known = GrantTypes.all.map(\.name).first { $0 == visit.form["grant_type"] }
            let event = AuditEvent(
                .tokenRefused, on: client.target, by: cause,
                [.client: client.name, .reason: refusal.reason, .grantType: known ?? "-"])
            try await database.write(.change) { writer in try writer.record(event) }
        }
        return .refused(refusal, cause.correlation, client: client.name)
    }
}
