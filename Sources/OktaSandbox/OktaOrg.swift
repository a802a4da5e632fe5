public import Core
public import Keys

/// A simulated Okta org: every reply is a function of the request, the state and the time.
public struct OktaOrg: Sendable {
    /// Faults of the next requests that they fit, first one first. Requests to the API count once their token is valid.
    public var faults: [Fault] = []
    /// Requests a minute in each bucket.
    public var requestsPerMinute = 600
    /// Whether a scope that ends in `.manage` does for what needs the one that ends in `.read`. Okta's support says so
    /// of groups; off, each operation needs exactly its own scope.
    public var manageImpliesRead = true
    /// Whether a refresh for more than was granted answers `invalid_scope` and not `access_denied`, Okta's own code.
    public var refusesRefreshScopesAsInvalid = false
    /// How far the org's clock is ahead of the time that it is given.
    public var clockAheadSeconds: Int64 = 0
    /// Signs ID tokens, with RS256; without it, nobody gets one.
    public var signingKey: JWSPrivateKey?
    /// How many people there are, whatever their status.
    public var people: Int { persons.count }

    /// The org's URL without a trailing slash; links in replies begin with it.
    public var baseURL: String
    private let tokens: [Secret]
    /// The id of the person whom the API tokens belong to.
    let ownerID: String
    /// Whom the token of the present request belongs to: `me`.
    var caller: Caller
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
    /// Where every address of an event hook is reached, whatever its host; nil for where it says. Okta takes https
    /// addresses alone: this stands for the proxy that ends TLS in front of a hub on this machine.
    public var hooksTo: String?
    /// What event hooks are owed.
    var deliveries = Deliveries()
    /// When the org was made; also when its schema was.
    let founded: Timestamp
    var oauth: OAuthState
    var administration: Administration
    private var windows = RateWindows()
    var dice: Dice
    /// The calls of late, newest first; what the page shows.
    private(set) var calls: [RecentCall] = []
    let cursorKey: UInt64

    init(
        baseURL: String, tokens: [Secret], persons: [Person], groups: [Group], apps: [App], founded: Timestamp,
        dice: Dice, at now: Timestamp
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
        caller = Caller(userID: ownerID, appID: nil, scopes: nil)
        // Whoever cannot guess the API token cannot guess what is made under its MAC.
        let made = Array("okta sandbox \(now.epochMilliseconds)".utf8)
        oauth = OAuthState(key: Secret(Hashing.hmacSHA256(made, key: tokens.first ?? Secret(""))))
        administration = Administration()
        administration.assign(.superAdmin, to: .user(ownerID), id: self.dice.id("ra1"), at: now)
    }

    /// Answers one request and moves the state on. `GET /` is the org as a page for people, and moves nothing.
    public mutating func respond(to request: SandboxRequest, at given: Timestamp) -> SandboxReply {
        let now = given.adding(seconds: clockAheadSeconds)
        let before = events.last?.sequence ?? 0
        defer { oweEvents(keptSince: before, at: now) }
        if let page = OrgPage.reply(to: request, self, at: now) { return page }
        if let desk = FaultDesk.reply(to: request, &self, at: now) { return desk }
        let reply =
            OAuthEndpoint.find(request.path).map { answered(request, by: $0, at: now) } ?? answered(request, at: now)
        calls.insert(RecentCall(at: now, request, reply), at: 0)
        calls = Array(calls.prefix(RecentCall.most))
        return reply
    }

    /// A request to the authorization server.
    private mutating func answered(
        _ request: SandboxRequest, by endpoint: OAuthEndpoint, at now: Timestamp
    ) -> SandboxReply {
        let standing = windows.count(.oauth, limit: requestsPerMinute, at: now)
        let fault = takeFault(request.path)
        var reply: SandboxReply
        do throws(OktaError) {
            guard !standing.isOver else { throw .tooMany }
            guard endpoint.methods.contains(request.method) else { throw .methodNotAllowed(endpoint.methods) }
            reply = try fault?.early() ?? endpoint.answer(&self, request, now)
        } catch {
            reply = errorReply(error)
        }
        fault?.bend(&reply)
        addHeaders(to: &reply, standing, at: now)
        return reply
    }

    /// A request to the API.
    private mutating func answered(_ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        let match = Route.find(request.path)
        let caller = caller(request, match: match, at: now)
        let isKnown = if case .success = caller { true } else { false }
        let bucket = isKnown ? match?.bucket(request.method) ?? .other : .unauthenticated
        let standing = windows.count(bucket, limit: requestsPerMinute, at: now)
        var fault: Fault?
        var reply: SandboxReply
        do throws(OktaError) {
            guard !standing.isOver else { throw .tooMany }
            let caller = try caller.get()
            fault = takeFault(request.path)
            if let early = try fault?.early() {
                reply = early
            } else {
                reply = try answer(request, match: match, caller, at: now).reply
            }
        } catch {
            reply = errorReply(error)
        }
        fault?.bend(&reply)
        addHeaders(to: &reply, standing, at: now)
        return reply
    }

    private mutating func answer(
        _ request: SandboxRequest, match: Route.Match?, _ caller: Caller, at now: Timestamp
    ) throws(OktaError) -> Answer {
        guard let match else { throw .noSuchPath(request.path) }
        guard let route = match.route(request.method) else { throw .methodNotAllowed(match.methods) }
        self.caller = caller
        try checkScope(caller, route.need, request)
        try Self.checkHeaders(request)
        guard let query = QueryText.query(request.query) else {
            throw .validation("query", "The query is not valid percent-encoding.")
        }
        let reach = try checkPermissions(caller, route.need, match.parameters)
        return try route.run(
            &self,
            Call(
                parameters: match.parameters, query: query, body: request.body, ifMatch: request.header("if-match"),
                now: now, reach: reach))
    }

    private mutating func errorReply(_ error: OktaError) -> SandboxReply {
        if let oauth = error.oauth {
            let isBare = oauth.error == "insufficient_scope"
            return SandboxReply(
                status: oauth.status, headers: (isBare ? [] : [("Content-Type", "application/json")]) + error.headers,
                body: isBare ? [] : oauth.reply.body)
        }
        let body = error.body(errorID: "oae" + dice.letters(22))
        return Answer.json(body, status: error.status, headers: error.headers).reply
    }

    private mutating func addHeaders(
        to reply: inout SandboxReply, _ standing: RateWindows.Standing, at now: Timestamp
    ) {
        reply.headers += [
            ("Date", HTTPDate.text(now)),
            ("X-Okta-Request-Id", dice.hex(32)),
            ("X-Rate-Limit-Limit", String(standing.limit)),
            ("X-Rate-Limit-Remaining", String(standing.remaining)),
            ("X-Rate-Limit-Reset", String(standing.reset)),
        ]
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

    /// Whether the request presents one of the API tokens.
    func hasValidToken(_ request: SandboxRequest) -> Bool {
        guard let value = request.header("authorization"), value.prefix(5).lowercased() == "ssws " else { return false }
        let sent = Secret(String(value.dropFirst(5)))
        return tokens.reduce(false) { found, token in token.matches(sent) || found }
    }
}
