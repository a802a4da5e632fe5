public import Core
public import Ports

/// A request for a page after authentication, decision, and the checks of origin and CSRF token.
public struct PageRequest: Sendable {
    /// The hub, for its operations and for signing in and out; see the extensions of this type.
    public let hub: Hub
    /// The path, decoded once.
    public let path: String
    /// The named segments of the template.
    public let parameters: [String: String]
    /// The query's pairs in order, repeats too.
    public let query: [(name: String, value: String)]
    /// The form's pairs in order, repeats too, without the CSRF token; empty for GET.
    public let form: [(name: String, value: String)]
    /// Who is signed in, with the roles in force now; nil on pages that everybody may call.
    public let principal: Principal?
    /// The session; nil on pages that everybody may call.
    public let session: PageSession?
    /// Who, when, under which correlation id; for every write.
    public let cause: Cause
    /// Where the request came from, such as `192.0.2.1`; `-` on the hub's own socket.
    public let address: String
    /// What the browser calls itself, as it was sent; it proves nothing.
    public let browser: String
    /// Whether a link or form of a page of ours led here, so that what the query proposes is the hub's own proposal.
    public let isFromOwnPage: Bool

    /// Puts a request together; only the pipeline and tests do.
    public init(
        hub: Hub, path: String, parameters: [String: String] = [:], query: [(name: String, value: String)] = [],
        form: [(name: String, value: String)] = [], principal: Principal?, session: PageSession?, cause: Cause,
        address: String = "-", browser: String = "", isFromOwnPage: Bool = false
    ) {
        self.hub = hub
        self.path = path
        self.parameters = parameters
        self.query = query
        self.form = form
        self.principal = principal
        self.session = session
        self.cause = cause
        self.address = address
        self.browser = browser
        self.isFromOwnPage = isFromOwnPage
    }

    /// When it came in, read once.
    public var now: Timestamp { cause.now }

    /// The first value of that name in the query; nil when there is none.
    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
    /// The first value of that name in the form; nil when there is none.
    public func form(_ name: String) -> String? { form.first { $0.name == name }?.value }
    /// All values of that name in the form, such as ticked boxes.
    public func formValues(_ name: String) -> [String] { form.filter { $0.name == name }.map(\.value) }
}

/// What a page needs to know of the session that it is shown in.
public struct PageSession: Sendable {
    /// The name of the hidden field that every form with `method="post"` holds; the header `x-csrf-token` does as well.
    public static let csrfField = "csrf"
    /// That field's value: bound to this session, worthless without it.
    public let csrfToken: String

    /// Names a session's token.
    public init(csrfToken: String) { self.csrfToken = csrfToken }
}
