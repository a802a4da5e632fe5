import Core
import Ports

/// What a reply, or the lack of one, means. Pure.
extension ActionRun {
    func judge<Value>(_ reply: OutboundReply, _ read: (JSON) -> Value?) -> Answer<Value> {
        if action.success.contains(reply.status) { return readable(reply, read) }
        switch reply.status {
        case 200..<300:
            return .ended(unreadable("reply_unexpected"))
        case 300..<400:
            return .ended(
                .failed(
                    reason: "provider_redirected",
                    says: "\(spoke.title) answered with a redirect, and none is followed. "
                        + "Check the URL of connection \(connection.name)."))
        case 400..<500:
            return .ended(.failed(refusal(reply)))
        default:
            let says = "\(spoke.title) is out of order (HTTP \(reply.status))."
            return .ended(
                action.isRepeatable
                    ? .failed(reason: "provider_unavailable", says: says + " Try again later.")
                    : .unknown(reason: "provider_unavailable", says: says + doubt))
        }
    }

    func judge(_ failure: OutboundFailure) -> ActionOutcome {
        switch failure {
        case .notSent(let reason, let says): .failed(reason: reason, says: says)
        case .unknown(let reason, let says):
            // A read that broke off changed nothing, whether it arrived or not.
            action.request.method == .get
                ? .failed(reason: reason, says: says) : .unknown(reason: reason, says: says + doubt)
        }
    }

    /// A reply that says success but is not what the spoke expects: nothing was lost by a read, a change is in doubt.
    private func unreadable(_ reason: String) -> ActionOutcome {
        let says = "\(spoke.title) answered \"\(action.name)\" with something other than the JSON that it documents."
        return action.isRepeatable
            ? .failed(reason: reason, says: says + " Check the URL of connection \(connection.name).")
            : .unknown(reason: reason, says: says + doubt)
    }

    private var doubt: String {
        " Whether \"\(action.name)\" happened is unknown. Look in \(spoke.title), then decide."
    }

    private func readable<Value>(_ reply: OutboundReply, _ read: (JSON) -> Value?) -> Answer<Value> {
        let json: JSON
        do {
            json = reply.status == 204 ? .object(JSONObject()) : try JSON.read(reply.body)
        } catch {
            return .ended(unreadable("reply_not_json"))
        }
        guard let value = read(json) else { return .ended(unreadable("reply_unexpected")) }
        return .reply(value, reply)
    }

    private func refusal(_ reply: OutboundReply) -> (reason: String, says: String) {
        let code = errorCode(reply)
        if reply.status == 429 { return ("rate_limited", rateLimited(reply)) }
        if reply.status == 401 {
            return (
                "credential_refused",
                "\(spoke.title) refused credential \(connection.credential.name) of connection \(connection.name). "
                    + "Give it a working key: linchpin credential update \(connection.credential.name) --secret."
            )
        }
        let reason = code.flatMap { action.reasons[$0] ?? spoke.reasons[$0] } ?? "provider_refused"
        let cited = code.map { "\($0), HTTP \(reply.status)" } ?? "HTTP \(reply.status)"
        return (
            reason,
            "\(spoke.title) refused \"\(action.name)\": \(reason.replacing("_", with: " ")) (\(cited)). "
                + "See the log for correlation id \(call.cause.correlation)."
        )
    }

    /// The provider's own code; nil unless it looks like one. Texts of the provider are never passed on.
    private func errorCode(_ reply: OutboundReply) -> String? {
        guard let code = errorBody(reply).value(at: spoke.errorCode)?.string, (1...16).contains(code.utf8.count),
            code.utf8.allSatisfy(Percent.isLetterOrDigit)
        else { return nil }
        return code
    }

    /// Error bodies are read leniently: proxies answer in HTML, and the status says enough.
    private func errorBody(_ reply: OutboundReply) -> JSON {
        do { return try JSON.read(reply.body) } catch { return .null }
    }

    private func rateLimited(_ reply: OutboundReply) -> String {
        let seconds = secondsUntilReset(reply)
        return "\(spoke.title)'s rate limit is reached. Try again in \(seconds) seconds."
    }

    /// Reset minus the reply's own date plus one, so that our clock does not matter; 60 where the headers say nothing.
    private func secondsUntilReset(_ reply: OutboundReply) -> Int64 {
        guard let names = spoke.rateLimit, let reset = reply.header(names.reset).flatMap({ Int64($0) }),
            (0...253_402_300_799).contains(reset)
        else { return 60 }
        let date = reply.header(names.at).flatMap(HTTPDate.read) ?? effects.now()
        return min(max(reset - date.epochSeconds + 1, 1), 3_600)
    }
}

extension ActionOutcome {
    fileprivate static func failed(_ refusal: (reason: String, says: String)) -> ActionOutcome {
        .failed(reason: refusal.reason, says: refusal.says)
    }
}
