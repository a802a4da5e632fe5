import Core
import Ports

/// One run of one action after the gate let it pass: sends, logs, judges.
struct ActionRun: Sendable {
    let spoke: Spoke
    let action: Action
    let call: ActionCall
    let connection: ResolvedConnection
    let request: RequestTemplate.Filled
    let keys: Keyring
    let credentials: any CredentialSource
    let outbound: any OutboundCalling
    let log: any TransactionLogging
    let places: StreamPlaces?
    let circuits: CircuitBoard
    let effects: Effects

    /// What one call outside came to.
    enum Answer<Value: Sendable>: Sendable {
        case reply(Value, OutboundReply)
        case ended(ActionOutcome)
    }

    /// Sends the request, or for a further page a GET of that address, and judges the reply. Logged either way.
    ///
    /// A key that is refused as such (401) did nothing: a token is fetched anew once and the same call goes out again,
    /// then the next key may try it. No other answer, and no missing one, ever leads to a second sending here.
    ///
    /// - Parameters:
    ///   - read: what the action wants of the reply; nil when it is not there.
    ///   - refused: what a refusal by status and error code means, if it means an answer.
    func answer<Value>(
        _ page: String?, _ read: (JSON) -> Value?, refused: (Int, String) -> Value? = { _, _ in nil }
    ) async -> Answer<Value> {
        while true {
            var answer: Answer<Value> = .ended(.failed(reason: Self.credentialRefused, says: ""))
            var old: Int64?
            for _ in 0..<2 {
                let ticket: Circuit.Ticket
                switch await letOut(refused: old) {
                case .success(let given): ticket = given
                case .failure(let held):
                    log.log(transaction(at: effects.now(), microseconds: 0, status: 0, held.outcome))
                    return .ended(held.outcome)
                }
                answer = await ask(page, keys.current, ticket, read, refused)
                guard isRefusal(answer), keys.current.credential.token != nil, old == nil else { break }
                old = keys.current.credential.version
            }
            guard isRefusal(answer) else { return answer }
            let name = keys.current.credential.name
            do {
                try await credentials.refused(keys.current.credential, by: connection, call.cause)
            } catch {
                return .ended(
                    .failed(
                        reason: "refusal_not_kept",
                        says:
                            "\(spoke.title) refused credential \(name), and the hub could not take note of it, so no "
                            + "other one was tried. Try again when the store is well."))
            }
            guard keys.moveOn() else { return answer }
        }
    }

    private func isRefusal<Value>(_ answer: Answer<Value>) -> Bool {
        if case .ended(.failed(Self.credentialRefused, _)) = answer { true } else { false }
    }

    /// Why a call does not go out.
    private struct Held: Error { let outcome: ActionOutcome }

    /// Asks the budget and the circuit before a token is fetched, because that is a call as well: while the circuit is
    /// half-open, the one trial is the call together with its token request.
    private func letOut(refused: Int64?) async -> Result<Circuit.Ticket, Held> {
        let at = effects.now()
        if let spent = circuits.budgets.refusal(connection, bucket, at: at) {
            return .failure(Held(outcome: budgetSpent(spent)))
        }
        let ticket: Circuit.Ticket
        switch circuits.admit(connection, at: at) {
        case .admitted(let given): ticket = given
        case .refused(let until, let reason): return .failure(Held(outcome: circuitOpen(until, reason)))
        }
        var held = await enliven(refused: refused)
        let now = effects.now()
        if held == nil, let refusal = circuits.refusal(connection, ticket, at: now) {
            held = circuitOpen(refusal.until, refusal.reason)
        }
        // Only now is it counted: of several that waited for a token not all may go.
        if held == nil { held = circuits.budgets.take(connection, bucket, at: now).map(budgetSpent) }
        guard let held else { return .success(ticket) }
        circuits.settle(connection, ticket, .nothing, at: now)
        return .failure(Held(outcome: held))
    }

    /// Providers limit calls by the kind of request; the spoke file's template names it.
    private var bucket: String { "\(action.request.method.rawValue) \(action.request.path)" }

    /// Brings the token of the key in use, or a newer one than was refused; nil when the call may go out with it.
    private func enliven(refused: Int64?) async -> ActionOutcome? {
        let credential = keys.current.credential
        guard credential.token != nil else { return nil }
        let live: LiveCredential
        do { live = try await credentials.live(credential, refused: refused, call.cause) } catch {
            let says = (error as? HubError)?.message ?? "The hub's store did not answer. Try again when it is well."
            return .failed(reason: (error as? HubError)?.reason ?? "token_not_read", says: says)
        }
        switch live {
        case .live(let credential):
            keys.renew(credential)
            // The token may hold less than was asked for.
            let missing = Gate.missingScopes(credential, action, of: spoke)
            guard !missing.isEmpty else { return nil }
            return .failed(reason: Gate.scopeMissing, says: Gate.lacking(missing, credential, action))
        case .refused(let reason, let says): return .failed(reason: reason, says: says)
        case .later(let reason, let says, let until):
            guard call.turn <= Limits.rateLimitTurns.value else { return .failed(reason: reason, says: says) }
            return .later(reason: reason, says: says, until: until)
        }
    }

    private func ask<Value>(
        _ page: String?, _ key: Keyring.Key, _ ticket: Circuit.Ticket, _ read: (JSON) -> Value?,
        _ refused: (Int, String) -> Value?
    ) async -> Answer<Value> {
        let at = effects.now()
        let began = effects.monotonicNanoseconds()
        var status = 0
        let answer: Answer<Value>
        do throws(OutboundFailure) {
            var reply = try await outbound.send(try outboundRequest(page, key, nonce: nil))
            // RFC 9449 §9: a refusal that names a nonce did nothing, so the same request goes once more with it.
            if reply.status == 401, key.credential.token?.proof != nil, let nonce = reply.header("dpop-nonce") {
                reply = try await outbound.send(try outboundRequest(page, key, nonce: nonce))
            }
            status = reply.status
            circuits.settle(connection, ticket, Circuit.Result(status: status), at: effects.now())
            if let said = stated(reply, at: effects.now()) {
                circuits.budgets.learn(connection, bucket, said, at: effects.now())
            }
            answer = judge(reply, key.credential, read, refused)
        } catch {
            circuits.settle(connection, ticket, Circuit.Result(error), at: effects.now())
            answer = .ended(judge(error))
        }
        let took = Int64((effects.monotonicNanoseconds() - began) / 1_000)
        var ended: ActionOutcome?
        if case .ended(let outcome) = answer { ended = outcome }
        log.log(transaction(at: at, microseconds: took, status: status, ended))
        return answer
    }

    /// Whether an address lies at the connection's scheme, host and port: only there may the credential go.
    func isOwn(_ address: String) -> Bool {
        guard let own = StrictURL(connection.url), let other = StrictURL(address) else { return false }
        return own.hasSameOrigin(as: other)
    }

    private func outboundRequest(
        _ page: String?, _ key: Keyring.Key, nonce: String?
    ) throws(OutboundFailure) -> OutboundRequest {
        let url = page ?? connection.url + request.target
        var headers = try credentialHeaders(key, url, nonce)
        headers.append(("accept", .plain("application/json")))
        for header in request.headers { headers.append((header[0], .plain(header[1]))) }
        var body = request.body?.bytes
        if body != nil { headers.append(("content-type", .plain("application/json"))) }
        // RFC 9110 §8.6 (SHOULD): content-length 0 where the method expects a body; Okta answers 411 without it.
        if body == nil && [.post, .put, .patch].contains(action.request.method) { body = [] }
        return OutboundRequest(
            method: action.request.method.rawValue, url: url, headers: headers, body: body,
            allowsLoopbackHTTP: connection.allowsLoopbackHTTP, passage: connection.passage)
    }

    private func credentialHeaders(
        _ key: Keyring.Key, _ url: String, _ nonce: String?
    ) throws(OutboundFailure) -> [(name: String, value: HeaderValue)] {
        let unusable = OutboundFailure.notSent(
            reason: "credential_unusable",
            says: "credential \(key.credential.name) is not a key: it is empty or holds spaces, "
                + "line breaks or other unfit characters. Seal it again.")
        let method = action.request.method.rawValue
        let headers: [(name: String, value: HeaderValue)]?
        do { headers = try key.way.headers(key.credential, method, url, nonce: nonce) } catch { throw unusable }
        guard let headers else { throw unusable }
        return headers
    }

    private func transaction(at: Timestamp, microseconds: Int64, status: Int, _ ended: ActionOutcome?) -> Transaction {
        var row = Transaction(
            .outbound, call.cause.correlation, at: at, method: action.request.method.rawValue,
            path: action.request.path)
        row.microseconds = microseconds
        row.status = status
        row.user = call.cause.actor.name
        row.connection = connection.name
        row.action = call.action.description
        row.execution = call.execution
        if let ended {
            row.outcome = .failed
            row.reason = ended.reason
            if let check = ended.refusingCheck {
                row.outcome = .refused
                let (reason, says) = (ended.reason, ended.says)
                row.decision = LateJSON { check.refusal(reason, says) }
            }
        }
        return row
    }
}

extension ActionOutcome {
    /// How it ended, in one word: `done`, `failed` and so on.
    var word: String {
        switch self {
        case .done: "done"
        case .refused: "refused"
        case .failed: "failed"
        case .unknown: "unknown"
        case .later: "later"
        }
    }

    /// The check of the gate that refused after the decision: on the way to the outside.
    var refusingCheck: GateCheck? {
        switch reason {
        case ActionRun.budgetSpentReason: .budget
        case ActionRun.circuitOpenReason: .circuit
        case "pin_mismatch", "address_forbidden", "proxy_needs_name", "passage_unusable": .passage
        default: nil
        }
    }
}
