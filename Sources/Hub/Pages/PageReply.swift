public import Core
public import Ports

/// A page as it is answered. The pipeline adds the security headers and writes the cookies.
public struct PageReply: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The content type, such as `text/html; charset=utf-8`.
    public var contentType: String
    /// The bytes.
    public var body: [UInt8]
    /// Further header fields, names in lowercase; `cache-control` here replaces `no-store`.
    public var headers: [(name: String, value: String)]
    /// What becomes of the browser's session.
    public var session: SessionChange
    /// Where a form of this page may lead beside this hub: a source of `form-action` (CSP Level 3 §6.4.1).
    public var formAction: String?
    /// For the log: a stable reason where it is a refusal.
    public var reason = ""
    /// For the log: the client that it is about.
    public var client = ""

    /// States a reply.
    public init(
        status: Int, contentType: String, body: [UInt8], headers: [(name: String, value: String)] = [],
        session: SessionChange = .keep
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
        self.session = session
    }

    /// An HTML page.
    public static func html(_ text: String, status: Int = 200) -> PageReply {
        PageReply(status: status, contentType: "text/html; charset=utf-8", body: Array(text.utf8))
    }

    /// A page that shows a refusal and lets the person go on, with the refusal's status and its reason for the log.
    public func refusing(_ error: HubError) -> PageReply {
        var reply = self
        (reply.status, reply.reason) = (error.kind.status, error.reason)
        return reply
    }

    /// 303 to a path of this hub (RFC 9110 §15.4.4): after a form, and wherever a GET leads on.
    ///
    /// What is no path of this hub (`ReturnPath`) leads to `/`, so no redirect leaves the hub.
    public static func redirect(to path: String, session: SessionChange = .keep) -> PageReply {
        PageReply(
            status: 303, contentType: "text/plain; charset=utf-8", body: [],
            headers: [("location", ReturnPath(path)?.text ?? "/")], session: session)
    }

    /// 303 to a client's redirect URI (RFC 9700 §4.12: never 307, by which a browser would send the form on).
    ///
    /// - Parameter address: as `Authorizing` made it, whatever code it holds.
    public static func leaving(to address: Secret) -> PageReply {
        PageReply(
            status: 303, contentType: "text/plain; charset=utf-8", body: [],
            headers: [("location", address.reveal { String(decoding: $0, as: UTF8.self) })])
    }
}

/// What becomes of the browser's session; the pipeline turns it into a cookie, which no page writes itself.
public enum SessionChange: Sendable {
    /// Stays as it is.
    case keep
    /// A new session begins: `SignInAnswer.begun` has the secret.
    case begin(Secret)
    /// The cookie is deleted.
    case end
}

/// A refusal or an error, for `Pages.failure` to show.
public struct PageFailure: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The stable reason, such as `role_missing`.
    public let reason: String
    /// The public sentence: what happened, why, the next step.
    public let message: String
    /// What the user quotes.
    public let correlation: CorrelationID
    /// The whole decision (`Decision.json`) with its checks; nil unless the user has a role that reads decisions.
    public let decision: JSON?
    /// Who is signed in; nil where that is not known.
    public let principal: Principal?
    /// The session, so that the frame of the page can offer signing out.
    public let session: PageSession?

    /// States a failure; only the pipeline and tests do.
    public init(
        status: Int, reason: String, message: String, correlation: CorrelationID, decision: JSON?,
        principal: Principal?, session: PageSession?
    ) {
        self.status = status
        self.reason = reason
        self.message = message
        self.correlation = correlation
        self.decision = decision
        self.principal = principal
        self.session = session
    }

    /// A line of text, for a hub without a console.
    public var plain: PageReply {
        PageReply(
            status: status, contentType: "text/plain; charset=utf-8",
            body: Array("\(message) (\(reason), \(correlation.text))\n".utf8))
    }
}
