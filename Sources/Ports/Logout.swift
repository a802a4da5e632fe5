public import Core

/// What a sign-out that an application asks for leads to; the page layer shows it.
public enum LogoutStep: Sendable {
    /// A page says what is wrong, with status 400; nobody is signed out or sent anywhere.
    case page(HubError)
    /// The person is asked.
    case ask(LogoutQuestion)
    /// The session ends, where there is one. The browser goes to this address of the client; nil where it goes nowhere.
    case out(to: Secret?, client: String)
}

/// What a person is asked before being signed out.
public struct LogoutQuestion: Sendable {
    /// The client's name; nil where it is not known which one asks.
    public let client: String?
    /// Where the browser goes afterwards, as a page says it and as a source of `form-action`; nil where it stays.
    public let place: (shown: String, source: String)?
    /// The request as a query, to be sent back with the answer.
    public let query: String

    /// States a question.
    public init(client: String?, place: (shown: String, source: String)?, query: String) {
        self.client = client
        self.place = place
        self.query = query
    }
}
