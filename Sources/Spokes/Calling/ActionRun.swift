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
    let effects: Effects

    /// What one call outside came to.
    enum Answer<Value: Sendable>: Sendable {
        case reply(Value, OutboundReply)
        case ended(ActionOutcome)
    }

    /// Sends the request, or for a further page a GET of that address, and judges the reply. Logged either way.
    ///
    /// A key that is refused as such (401) did nothing, so the next one may try the same call. No other answer, and no
    /// missing one, ever leads to a second sending here.
    ///
    /// - Parameters:
    ///   - read: what the action wants of the reply; nil when it is not there.
    ///   - refused: what a refusal by status and error code means, if it means an answer.
    func answer<Value>(
        _ page: String?, _ read: (JSON) -> Value?, refused: (Int, String) -> Value? = { _, _ in nil }
    ) async -> Answer<Value> {
        while true {
            let key = keys.current
            let answer = await ask(page, key, read, refused)
            guard case .ended(.failed(Self.credentialRefused, _)) = answer else { return answer }
            do {
                try await credentials.refused(key.credential, by: connection, call.cause)
            } catch {
                return .ended(
                    .failed(
                        reason: "refusal_not_kept",
                        says:
                            "\(spoke.title) refused credential \(key.credential.name), and the hub could not take note "
                            + "of it, so no other one was tried. Try again when the store is well."))
            }
            guard keys.moveOn() else { return answer }
        }
    }

    private func ask<Value>(
        _ page: String?, _ key: Keyring.Key, _ read: (JSON) -> Value?, _ refused: (Int, String) -> Value?
    ) async -> Answer<Value> {
        let at = effects.now()
        let began = effects.monotonicNanoseconds()
        var status = 0
        let answer: Answer<Value>
        do throws(OutboundFailure) {
            guard let header = key.way.header(key.credential) else {
                throw .notSent(
                    reason: "credential_unusable",
                    says: "credential \(key.credential.name) is not a key: it is empty or holds spaces, "
                        + "line breaks or other unfit characters. Seal it again.")
            }
            let reply = try await outbound.send(outboundRequest(page, header))
            status = reply.status
            answer = judge(reply, key.credential, read, refused)
        } catch {
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
        _ page: String?, _ credential: (name: String, value: HeaderValue)
    ) -> OutboundRequest {
        var headers: [(name: String, value: HeaderValue)] = [credential, ("accept", .plain("application/json"))]
        for header in request.headers { headers.append((header[0], .plain(header[1]))) }
        var body = request.body?.bytes
        if body != nil { headers.append(("content-type", .plain("application/json"))) }
        // RFC 9110 §8.6 (SHOULD): content-length 0 where the method expects a body; Okta answers 411 without it.
        if body == nil && [.post, .put, .patch].contains(action.request.method) { body = [] }
        return OutboundRequest(
            method: action.request.method.rawValue, url: page ?? connection.url + request.target, headers: headers,
            body: body, allowsLoopbackHTTP: connection.allowsLoopbackHTTP)
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
        }
        return row
    }
}

extension ActionOutcome {
    /// The stable reason code; empty for what is done.
    var reason: String {
        switch self {
        case .done: ""
        case .refused(let reason, _), .failed(let reason, _), .unknown(let reason, _), .later(let reason, _, _): reason
        }
    }
}
