import Core
import Ports

extension Spokes {
    /// The reason of a refusal that is about the key and not about the call.
    public static let credentialRefused = ActionRun.credentialRefused
}

/// What a reply, or the lack of one, means. Pure.
extension ActionRun {
    static let credentialRefused = "credential_refused"

    func judge<Value>(
        _ reply: OutboundReply, _ credential: ResolvedCredential, _ read: (JSON) -> Value?,
        _ refused: (Int, String) -> Value?
    ) -> Answer<Value> {
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
        case 429:
            return .ended(rateLimited(reply))
        // RFC 9110 §15.6.2: 501 says that it can't, now and later.
        case 400..<500, 501:
            let code = errorCode(reply)
            if let code, let value = refused(reply.status, code) { return .reply(value, reply) }
            return .ended(refusal(reply, code, credential))
        default:
            let says = "\(spoke.title) is out of order (HTTP \(reply.status))."
            return .ended(
                action.isRepeatable
                    ? again("provider_unavailable", says)
                    : .unknown(reason: "provider_unavailable", says: says + doubt))
        }
    }

    func judge(_ failure: OutboundFailure) -> ActionOutcome {
        switch failure {
        case .notSent("unreachable", let says) where action.isRepeatable: again("unreachable", says)
        case .notSent(let reason, let says): .failed(reason: reason, says: says)
        // What is too large now is too large again.
        case .unknown("reply_too_large", let says) where action.request.method == .get:
            .failed(reason: "reply_too_large", says: says)
        case .unknown(let reason, let says):
            // A read that broke off changed nothing, whether it arrived or not.
            action.request.method == .get
                ? again(reason, says) : .unknown(reason: reason, says: says + doubt)
        }
    }

    static let circuitOpenReason = "circuit_open"

    /// Nothing was sent, so any action may be made again once the circuit lets a call out.
    func circuitOpen(_ until: Timestamp, _ cause: String) -> ActionOutcome {
        let says =
            "connection \(connection.name) failed \(Limits.circuitFailures.value) times in a row or more (last: "
            + "\(cause)), so nothing is sent to \(spoke.title) before \(until.rfc3339). Then one call tries it."
        guard call.turn <= Limits.transientTurns.value else {
            return .failed(reason: Self.circuitOpenReason, says: says)
        }
        return .later(reason: Self.circuitOpenReason, says: says, until: until)
    }

    static let budgetSpentReason = "rate_budget_spent"

    /// Nothing was sent, so any action may be made again once there is something left.
    func budgetSpent(_ spent: CallBudget.Spent) -> ActionOutcome {
        let whose =
            spent.bound.map { "connection \(connection.name) allows \($0) calls a minute, and they are used up" }
            ?? "\(spoke.title) said that none of its rate limit is left for \"\(action.name)\""
        let says =
            "\(whose), so nothing is sent for it before \(spent.until.rfc3339). "
            + "What is left: linchpin connection get \(connection.name)."
        guard call.turn <= Limits.rateLimitTurns.value else {
            return .failed(reason: Self.budgetSpentReason, says: says)
        }
        return .later(reason: Self.budgetSpentReason, says: says, until: spent.until)
    }

    /// What a reply says of how many calls of its kind are left; nil where it says nothing that can be believed.
    func stated(_ reply: OutboundReply, at now: Timestamp) -> CallBudget.Stated? {
        let number = { (name: String?, most: Int64) -> Int64? in
            name.flatMap { reply.header($0) }.flatMap { Int64($0) }.flatMap { (0...most).contains($0) ? $0 : nil }
        }
        let most = Int64(Limits.budgetCalls.value)
        let limit = number(spoke.rateLimit?.limit, most)
        // Okta says so where too many calls are under way at once; that passes with them, and binds no other call.
        guard limit != 0 else { return nil }
        let reset = number(spoke.rateLimit?.reset, Self.latestReset)
        let until = now.adding(seconds: secondsUntilReset(reply))
        if reply.status == 429 {
            return CallBudget.Stated(limit: limit, remaining: 0, window: reset ?? until.epochSeconds, until: until)
        }
        guard let reset, let remaining = number(spoke.rateLimit?.remaining, most) else { return nil }
        return CallBudget.Stated(limit: limit, remaining: remaining, window: reset, until: until)
    }

    /// The end of the year 9999.
    private static let latestReset: Int64 = 253_402_300_799

    /// What passes by itself is worth another turn, each a little later, where the action is safe to repeat.
    private func again(_ reason: String, _ says: String) -> ActionOutcome {
        guard call.turn <= Limits.transientTurns.value else {
            return .failed(reason: reason, says: says + " Try again later.")
        }
        return .later(reason: reason, says: says, until: effects.now().adding(seconds: 1 << Int64(call.turn)))
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
            json =
                reply.status == 204 || reply.body.isEmpty
                ? .object(JSONObject())
                : try JSON.read(reply.body, members: Limits.outboundMembers)
        } catch {
            return .ended(unreadable("reply_not_json"))
        }
        guard let value = read(json) else { return .ended(unreadable("reply_unexpected")) }
        return .reply(value, reply)
    }

    private func refusal(_ reply: OutboundReply, _ code: String?, _ credential: ResolvedCredential) -> ActionOutcome {
        let status = String(reply.status)
        let byCode = code.flatMap { action.reasons[$0] ?? spoke.reasons[$0] }
        let known = byCode ?? action.reasons[status] ?? spoke.reasons[status]
        // Okta answers 401 for a feature that is off, too: then the key is not at fault.
        if reply.status == 401, known == nil || known == Self.credentialRefused {
            return .failed(
                reason: Self.credentialRefused,
                says: "\(spoke.title) refused credential \(credential.name) of connection \(connection.name). "
                    + (credential.token == nil
                        ? "Give it a working key: linchpin credential update \(credential.name) --secret."
                        : "Look at its grant: linchpin credential grant \(credential.name)."))
        }
        // 403 with such a code is not about one key of several; only 401 moves on to the next.
        let reason = known.map { $0 == Self.credentialRefused ? "not_permitted" : $0 } ?? "provider_refused"
        let shown = code.flatMap { byCode != nil || Self.isShort($0) ? $0 : nil }
        let cited = shown.map { "\($0), HTTP \(reply.status)" } ?? "HTTP \(reply.status)"
        return .failed(
            reason: reason,
            says: "\(spoke.title) refused \"\(action.name)\": \(reason.replacing("_", with: " ")) (\(cited)). "
                + why(reply, reason, credential))
    }

    /// What a refusal comes from, as far as it can be known, and the one next step.
    private func why(_ reply: OutboundReply, _ reason: String, _ credential: ResolvedCredential) -> String {
        // RFC 6750 §3.1: the token holds less than the call takes.
        if reply.status == 403, reply.header("www-authenticate")?.contains("insufficient_scope") == true {
            return "The token of credential \(credential.name) lacks a scope for it there. Compare: linchpin "
                + "connection drift \(connection.name)."
        }
        guard reason == "not_permitted" else {
            return "The call: linchpin log show \(call.cause.correlation)."
        }
        let hasResources = spoke.setUp.map { !$0.resources.isEmpty } ?? false
        return "The rights of its account do not reach it: "
            + (hasResources
                ? "its role, or the chosen resources (linchpin connection choose-resources \(connection.name)). " : "")
            + "Look: linchpin connection verify \(connection.name)."
    }

    /// The provider's own code; nil unless it looks like one. Texts of the provider are never passed on.
    private func errorCode(_ reply: OutboundReply) -> String? {
        let value = errorBody(reply).value(at: spoke.errorCode)
        guard let code = value?.string ?? value?.int.map({ String($0) }), (1...60).contains(code.utf8.count),
            code.utf8.allSatisfy({ Percent.isLetterOrDigit($0) || "_-.".utf8.contains($0) })
        else { return nil }
        return code
    }

    /// Whether a code that the spoke file does not know may stand in a message: anything longer could be a secret.
    private static func isShort(_ code: String) -> Bool {
        code.utf8.count <= 16 && code.utf8.allSatisfy(Percent.isLetterOrDigit)
    }

    /// Error bodies are read leniently: proxies answer in HTML, and the status says enough.
    private func errorBody(_ reply: OutboundReply) -> JSON {
        do { return try JSON.read(reply.body) } catch { return .null }
    }

    /// Nothing happened, so any action may be made again when the limit ends; the caller waits, not we.
    private func rateLimited(_ reply: OutboundReply) -> ActionOutcome {
        let seconds = secondsUntilReset(reply)
        let says = "\(spoke.title)'s rate limit is reached. Try again in \(seconds) seconds."
        guard call.turn <= Limits.rateLimitTurns.value else { return .failed(reason: "rate_limited", says: says) }
        return .later(reason: "rate_limited", says: says, until: effects.now().adding(seconds: seconds))
    }

    /// Reset minus the reply's own date plus one, so that our clock does not matter; else what `Retry-After` says; 60
    /// where no header says anything.
    private func secondsUntilReset(_ reply: OutboundReply) -> Int64 {
        let date = { reply.header(spoke.rateLimit?.at ?? "date").flatMap(HTTPDate.read) ?? effects.now() }
        var seconds: Int64?
        if let reset = spoke.rateLimit.flatMap({ reply.header($0.reset) }).flatMap({ Int64($0) }),
            (0...Self.latestReset).contains(reset)
        {
            seconds = reset - date().epochSeconds + 1
        } else if let after = reply.header("retry-after") {
            // RFC 9110 §10.2.3: seconds, or a date.
            seconds = Int64(after) ?? HTTPDate.read(after).map { $0.epochSeconds - date().epochSeconds + 1 }
        }
        return min(max(seconds ?? 60, 1), Int64(Limits.putOffSeconds.value))
    }
}
