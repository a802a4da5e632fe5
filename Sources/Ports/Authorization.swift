public import Core

/// What the authorization endpoint does next; the page layer shows it.
public enum AuthorizationStep: Sendable {
    /// A page says what is wrong, with status 400; nobody is sent anywhere (RFC 6749 §4.1.2.1).
    case page(HubError)
    /// Somebody has to sign in first, and comes back here.
    case signIn(SignInQuestion)
    /// The person is asked.
    case ask(ConsentQuestion)
    /// The browser goes to this address of the client, which may hold a code; with what the log says of it.
    case leave(to: Secret, reason: String, client: String)
    /// The browser posts the answer to the client; with the same.
    case post(AnswerForm, reason: String, client: String)
}

/// An answer as a form for the client (OAuth 2.0 Form Post Response Mode §2).
public struct AnswerForm: Sendable {
    /// The client's name.
    public let client: String
    /// The redirect URI.
    public let action: String
    /// Where it goes, as a page says it.
    public let place: String
    /// The same as a source of `form-action`.
    public let source: String
    /// What the client is told; a code among it perhaps.
    public let fields: [(name: String, value: Secret)]

    /// States a form.
    public init(client: String, action: String, place: String, source: String, fields: [(name: String, value: Secret)])
    {
        self.client = client
        self.action = action
        self.place = place
        self.source = source
        self.fields = fields
    }
}

/// A sign-in on the way to a client.
public struct SignInQuestion: Sendable {
    /// The client's name.
    public let client: String
    /// The same request again, as a query: what is asked of a sign-in has been done by then.
    public let query: String
    /// Whom the client expects; nil where it does not say.
    public let user: String?

    /// States a sign-in.
    public init(client: String, query: String, user: String?) {
        self.client = client
        self.query = query
        self.user = user
    }
}

/// What a person is asked to allow.
public struct ConsentQuestion: Sendable {
    /// The client's name.
    public let client: String
    /// Who is signed in.
    public let user: String
    /// The scopes asked for, each with its purpose; empty where none is written.
    public let scopes: [(name: String, says: String)]
    /// Where the answer goes, as a page says it: a host or a scheme.
    public let place: String
    /// The request as a query, to be sent back with the answer.
    public let query: String
    /// The resource servers that the tokens are for; empty for this hub alone.
    public let resources: [String]
    /// What the tokens may be used for at most; empty where the scopes alone say.
    public let details: [(what: String, on: String)]

    /// States a question.
    public init(
        client: String, user: String, scopes: [(name: String, says: String)], place: String, query: String,
        resources: [String] = [], details: [(what: String, on: String)] = []
    ) {
        self.client = client
        self.user = user
        self.scopes = scopes
        self.place = place
        self.query = query
        self.resources = resources
        self.details = details
    }
}
