public import Core

/// A simulated Okta org: every reply is a function of the request, the state and the time.
public struct OktaOrg: Sendable {
    /// What goes wrong on purpose, for tests.
    public enum Fault: Sendable, Equatable {
        /// Answers that status and does nothing.
        case status(Int)
        /// Does nothing and never answers.
        case hangBefore
        /// Does it and never answers.
        case hangAfter
    }

    /// Faults of the next requests that carry a valid token, first one first.
    public var faults: [Fault] = []
    /// Requests a minute in each bucket.
    public var requestsPerMinute = 600
    /// How many people there are, whatever their status.
    public var people: Int { persons.count }

    /// The org's URL without a trailing slash; links in replies begin with it.
    public var baseURL: String
    private let tokens: [Secret]
    /// The id of the person whom the tokens belong to: `me`.
    var ownerID: String
    /// In the order of creation.
    var persons: [Person]
    /// In the order of creation, which is also the order of listings.
    var groups: [Group]
    /// In the order of creation.
    var apps: [App]
    /// In the order of creation.
    var hooks: [EventHook] = []
    /// The system log, in the order in which it was kept; the oldest events are gone.
    var events: [LogEvent] = []
    /// Whether the address of an event hook answers the challenge. Nobody does, unless whoever runs the org asks them.
    public var answersChallenge: @Sendable (HookChallenge) -> Bool = { _ in false }
    /// When the org was made; also when its schema was.
    let founded: Timestamp
    private var windows = RateWindows()
    var dice: Dice
    /// The calls of late, newest first; what the page shows.
    private(set) var calls: [RecentCall] = []
    let cursorKey: UInt64

    init(
        baseURL: String, tokens: [Secret], persons: [Person], groups: [Group], apps: [App], founded: Timestamp,
        dice: Dice
    ) {
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.tokens = tokens
        self.persons = persons
        self.groups = groups
        self.apps = apps
        self.founded = founded
        self.dice = dice
        cursorKey = self.dice.next()
        ownerID = persons.first { $0.status == .active }?.id ?? ""
    }

    /// Answers one request and moves the state on. `GET /` is the org as a page for people, and moves nothing.
    public mutating func respond(to request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        if let page = OrgPage.reply(to: request, self, at: now) { return page }
        let reply = answered(request, at: now)
        calls.insert(RecentCall(at: now, request, reply), at: 0)
        calls = Array(calls.prefix(RecentCall.most))
        return reply
    }

    private mutating func answered(_ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        let isKnown = hasValidToken(request)
        let match = Route.find(request.path)
        let bucket = isKnown ? match?.bucket(request.method) ?? .other : .unauthenticated
        let standing = windows.count(bucket, limit: requestsPerMinute, at: now)
        var hangs = false
        var reply: SandboxReply
        do throws(OktaError) {
            guard !standing.isOver else { throw .tooMany }
            guard isKnown else { throw .invalidToken }
            let fault = faults.isEmpty ? nil : faults.removeFirst()
            hangs = fault == .hangBefore || fault == .hangAfter
            if case .status(let status) = fault { throw .fault(status) }
            reply =
                fault == .hangBefore
                ? SandboxReply(status: 204) : try answer(request, match: match, at: now).reply
        } catch {
            let body = error.body(errorID: "oae" + dice.letters(22))
            reply = Answer.json(body, status: error.status, headers: error.headers).reply
        }
        reply.hangs = hangs
        reply.headers += [
            ("Date", HTTPDate.text(now)),
            ("X-Okta-Request-Id", dice.hex(32)),
            ("X-Rate-Limit-Limit", String(standing.limit)),
            ("X-Rate-Limit-Remaining", String(standing.remaining)),
            ("X-Rate-Limit-Reset", String(standing.reset)),
        ]
        return reply
    }

    private mutating func answer(_ request: SandboxRequest, match: Route.Match?, at now: Timestamp) throws(OktaError)
        -> Answer
    {
        guard let match else { throw .noSuchPath(request.path) }
        guard let route = match.route(request.method) else { throw .methodNotAllowed(match.methods) }
        try Self.checkHeaders(request)
        guard let query = QueryText.query(request.query) else {
            throw .validation("query", "The query is not valid percent-encoding.")
        }
        return try route.run(
            &self,
            Call(
                parameters: match.parameters, query: query, body: request.body, ifMatch: request.header("if-match"),
                now: now))
    }

    private static func checkHeaders(_ request: SandboxRequest) throws(OktaError) {
        if request.method == "POST" || request.method == "PUT" {
            guard request.has("content-length") || request.has("transfer-encoding") else { throw .lengthRequired }
        }
        if request.has("accept") {
            let accepted = request.headers.filter { $0.name == "accept" }
                .flatMap { $0.value.split(separator: ",") }.map(mediaType)
            guard accepted.contains(where: ["application/json", "application/*", "*/*"].contains) else {
                throw .mediaType
            }
        }
        if !request.body.isEmpty {
            guard request.header("content-type").map({ mediaType($0[...]) }) == "application/json" else {
                throw .mediaType
            }
        }
    }

    private static func mediaType(_ text: Substring) -> String {
        text.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    private func hasValidToken(_ request: SandboxRequest) -> Bool {
        guard let value = request.header("authorization"), value.prefix(5).lowercased() == "ssws " else { return false }
        let sent = Secret(String(value.dropFirst(5)))
        return tokens.reduce(false) { found, token in token.matches(sent) || found }
    }
}
