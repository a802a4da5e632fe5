import Access
import Core
import Hub
import Keys
import Ports

/// Pages as the pipeline answers them: failures in HTML, cookies, and the headers that no page may forget.
struct PageEdge: Sendable {
    let pages: Pages
    let site: Site
    /// Whether the certificate is one for trials, which no browser shall insist on.
    let isTrial: Bool

    /// Whoever is at the other end, as far as the pipeline got to know.
    struct Visitor: Sendable {
        var principal: Principal?
        var session: PageSession?
    }

    /// A page's answer.
    func reply(_ page: PageReply) -> WebReply {
        var reply = WebReply(status: page.status, raw: page.body, reason: page.reason, client: page.client)
        if !page.reason.isEmpty { reply.outcome = .refused }
        // What every page has, no page says for itself.
        let own = Self.headers(formAction: page.formAction)
        let fixed = Set(own.map(\.name) + ["set-cookie", "content-type", "strict-transport-security"])
        reply.headers = page.headers.filter { !fixed.contains($0.name) }
        reply.headers.append(("content-type", page.contentType))
        if let cookie = site.setCookie(page.session) { reply.headers.append(("set-cookie", cookie)) }
        reply.headers += own
        // RFC 6797 §7.1 and §7.2: over TLS, and only there.
        if site.isSecure, !isTrial {
            let age = Limits.strictTransportSeconds.value
            reply.headers.append(("strict-transport-security", "max-age=\(age)"))
        }
        return reply
    }

    /// A refusal or an error as a page. The decision is for who may read decisions.
    func failure(
        _ error: HubError, _ decision: Decision?, _ visitor: Visitor, _ correlation: CorrelationID
    ) -> WebReply {
        let mayRead = visitor.principal?.hasAny([AdminRole.admin.rawValue, AdminRole.auditor.rawValue]) ?? false
        var answer = reply(
            pages.failure(
                PageFailure(
                    status: error.kind.status, reason: error.reason, message: error.message, correlation: correlation,
                    decision: mayRead ? decision?.json : nil, principal: visitor.principal, session: visitor.session)))
        answer.reason = error.reason
        answer.note(error)
        return answer
    }

    /// Who is refused for want of a session goes to the sign-in page and comes back; who has one gets a page that says so.
    func refusal(
        _ decision: Decision, _ reason: Reason, _ incoming: Pipeline.Incoming, _ visitor: Visitor,
        _ correlation: CorrelationID
    ) -> WebReply {
        guard reason.kind == .unauthenticated, !incoming.isUnsafe else {
            let says =
                reason.kind == .unauthenticated
                ? "You are not signed in, or no longer. Sign in and repeat." : Self.says(reason)
            let error = HubError(reason.kind, reason.rawValue, says)
            // Somebody whose session does not count is nobody.
            return failure(error, decision, reason.kind == .unauthenticated ? Visitor() : visitor, correlation)
        }
        let next = ReturnPath(incoming.rawTarget)?.text ?? "/"
        var answer = reply(.redirect(to: pages.signIn + "?next=" + PercentEncoding.encode(next)))
        answer.reason = reason.rawValue
        answer.outcome = .refused
        return answer
    }

    private static func says(_ reason: Reason) -> String {
        switch reason {
        case .foreignOrigin: "The request does not come from a page of this hub, so nothing was done."
        case .roleMissing: "You lack a role for this page. Ask an administrator and quote the correlation id."
        default: "This page is not for you. Ask an administrator and quote the correlation id."
        }
    }

    // Referrer-Policy: nothing leaves the hub. `no-referrer` would have browsers send `Origin: null` with our own forms
    // (Fetch Standard, header `Origin`), which `Site.isOwn` refuses.
    private static func headers(formAction further: String?) -> [(name: String, value: String)] {
        [
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                    + "connect-src 'self'; form-action 'self'\(further.map { " " + $0 } ?? ""); "
                    + "frame-ancestors 'none'; base-uri 'none'"
            ),
            ("referrer-policy", "same-origin"), ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ]
    }
}
