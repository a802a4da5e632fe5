import Core
import Ports

/// One page of the console, or one form's target: its route, who may call it, and what makes it.
///
/// A further page is one value in the console's list. The pipeline does what no page may forget: it finds the session,
/// decides, checks origin and CSRF token of every request that is not a GET, sets the security headers, logs.
public struct Page: Sendable {
    /// Unique among all routes, such as `console.client.list`.
    public let name: String
    /// `GET` or `POST`; a GET changes nothing, but for one that does not take HEAD.
    public let method: String
    /// The path template, such as `/console/clients/{id}`.
    public let template: String
    /// Who may call it; there is no default.
    public let need: PageNeed
    /// Whether HEAD is answered as GET is; false where even a GET uses something up.
    public let takesHead: Bool
    /// Makes it. What it throws is shown by `Pages.failure`.
    public let run: @Sendable (_ request: PageRequest) async throws -> PageReply

    /// Declares a page.
    public init(
        _ method: String, _ template: String, name: String, need: PageNeed, takesHead: Bool = true,
        run: @escaping @Sendable (_ request: PageRequest) async throws -> PageReply
    ) {
        self.name = name
        self.method = method
        self.template = template
        self.need = need
        self.takesHead = takesHead
        self.run = run
    }
}

/// Who may call a page.
public enum PageNeed: Sendable, Equatable {
    /// Anybody, signed in or not: the sign-in page, the style sheet. `PageRequest.principal` is nil there.
    case everyone(because: String)
    /// Anybody too, but `PageRequest.principal` is whoever is signed in, if somebody is.
    case visitor(because: String)
    /// Any user who is signed in.
    case signedIn
    /// A signed-in user with one of the roles of this operation, such as `client.list`.
    case operation(String)
}

/// All pages, and how a failure looks: what the console gives to the hub when it is opened.
public struct Pages: Sendable {
    /// Every page.
    public let all: [Page]
    /// The operations that the pages call by name, beside those of their needs.
    public let operations: Set<String>
    /// The path of the sign-in page. Who asks for another page without a session is sent there, with `?next=`.
    public let signIn: String
    /// Makes the page of a refusal or an error; may not fail.
    public let failure: @Sendable (_ failure: PageFailure) -> PageReply

    /// Puts the pages together.
    public init(
        _ all: [Page], operations: Set<String> = [], signIn: String,
        failure: @escaping @Sendable (_ failure: PageFailure) -> PageReply
    ) {
        self.all = all
        self.operations = operations
        self.signIn = signIn
        self.failure = failure
    }

    /// Throws `no_operation` when a page names an operation that is none of these: nobody could ever use it.
    func check(against known: [Operation]) throws {
        let needed = all.compactMap { page in if case .operation(let name) = page.need { name } else { nil } }
        let missing = operations.union(needed).subtracting(known.map(\.name)).sorted()
        guard !missing.isEmpty else { return }
        throw HubError(
            .internal, "no_operation",
            "Pages name operations that this hub does not have: \(missing.joined(separator: ", ")). Report it.")
    }

    /// No pages; failures of the paths where they would be are a line of text.
    public static let none = Pages([], signIn: "/console/sign-in", failure: \.plain)
}
