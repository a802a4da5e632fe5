import Access
import Core
import Hub
import Keys
import Logging
import OAuthServer
import Ports
import Records

/// One way for every request: read strictly, route, authenticate, decide, handle, log.
struct Pipeline: Sendable {
    let hub: Hub
    let handlers: Handlers
    let logger: Logger
    private let openBodies = OpenBodies()

    /// A request as the transport read it.
    struct Incoming: Sendable {
        var method: String
        /// The method that was sent, where a header put another in its place.
        var overridden: String?
        let rawTarget: String
        let headers: [(name: String, value: String)]
        /// Reads the body, once; nothing of it is held in memory before.
        let body: @Sendable (_ most: Int, _ share: OpenBodies.Share?) async -> Body
        let peer: Peer
        /// The address that it came from; `-` on the hub's own socket.
        let address: String
        /// The network of one caller that it came from: what refusals are counted by.
        var network: String { CallerNetwork.of(address) }
        /// What the caller calls this server: `Host`, or `:authority` of HTTP/2.
        var host: String?

        /// Whether it is a stream of HTTP/2, where nothing need announce a body (RFC 9113 §8.1).
        var isStream = false
        /// The client certificate that the connection showed. No header says it.
        var certificate: PeerCertificate?

        /// Whether there may be one (RFC 9112 §6).
        var hasBody: Bool {
            if isStream, method != "GET", method != "HEAD" { return true }
            return headers.contains { name, value in
                name == "transfer-encoding" || (name == "content-length" && value != "0")
            }
        }
    }

    /// What came of reading a body.
    enum Body: Sendable {
        case whole([UInt8])
        /// It is over its bound; the rest was not read.
        case tooLarge
        /// Bodies that anybody may send hold all the memory that they may.
        case noRoom
        /// It did not arrive in its time.
        case tooSlow
        /// The caller broke off, or what came is not HTTP.
        case brokenOff
    }

    /// The answer, and a row in the log for it. Never throws: whatever goes wrong is an answer too.
    func respond(to incoming: Incoming) async -> WebReply {
        let now = hub.effects.now()
        let started = hub.effects.monotonicNanoseconds()
        let correlation = CorrelationID.new(hub.effects, at: now)
        var row = Transaction(.inbound, correlation, at: now, method: Shown.name(incoming.method), path: "-")
        row.address = incoming.address
        var reply: WebReply
        do {
            // Nobody is there to hear the answer, and nobody could say later from where it was asked.
            guard incoming.address != OtherEnd.gone else { throw Self.callerGone }
            reply = try await route(incoming, at: now, correlation, &row)
        } catch {
            reply = self.reply(to: error, .problem, correlation)
        }
        finish(&reply, &row)
        row.microseconds = Int64((hub.effects.monotonicNanoseconds() - started) / 1000)
        hub.log.log(row)
        return reply
    }

    /// The answer to what never became a request, and its row. Nothing of what was sent is in either.
    func refuse(_ error: HubError, from address: String) -> WebReply {
        let now = hub.effects.now()
        let correlation = CorrelationID.new(hub.effects, at: now)
        var row = Transaction(.inbound, correlation, at: now, method: "-", path: "-")
        row.address = address
        var reply = error.reply(.problem, correlation)
        finish(&reply, &row)
        reply.headers.append(("date", row.at.httpDate))
        hub.log.log(row)
        return reply
    }

    private func route(
        _ incoming: Incoming, at now: Timestamp, _ correlation: CorrelationID, _ row: inout Transaction
    ) async throws -> WebReply {
        let target = try RequestTarget(incoming.rawTarget)
        row.path = target.path
        guard let override = MethodOverride(incoming) else {
            return try await route(incoming, to: target, at: now, correlation, &row)
        }
        let surface = hub.routes.surface(of: target)
        var meant = incoming
        do {
            meant.overridden = incoming.method
            meant.method = try override.method(on: surface)
        } catch {
            return reply(to: error, surface, correlation)
        }
        // Decided, handled and logged as what it is meant to be.
        row.method = meant.method
        return try await route(meant, to: target, at: now, correlation, &row)
    }

    private func route(
        _ incoming: Incoming, to target: RequestTarget, at now: Timestamp, _ correlation: CorrelationID,
        _ row: inout Transaction
    ) async throws -> WebReply {
        switch hub.routes.match(incoming.method, target) {
        case .nothing(let surface):
            row.path = hub.routes.shown(target)
            let error = HubError(.notFound, "no_such_path", "There is nothing at this path.")
            return reply(to: error, surface, correlation)
        case .otherMethods(let methods, let surface):
            let error = HubError(
                .methodNotAllowed, "method_not_allowed", "This path takes \(methods.joined(separator: ", ")).")
            var reply = reply(to: error, surface, correlation)
            reply.headers.append(("allow", methods.joined(separator: ", ")))
            return reply
        case .route(let route, let parameters):
            var visitor = PageEdge.Visitor()
            do {
                return try await handle(incoming, target, route, parameters, at: now, correlation, &row, &visitor)
            } catch {
                return reply(to: error, route.surface, correlation, visitor)
            }
        }
    }

    private func handle(
        _ incoming: Incoming, _ target: RequestTarget, _ route: HubRoute, _ parameters: [String: String],
        at now: Timestamp, _ correlation: CorrelationID, _ row: inout Transaction,
        _ visitor: inout PageEdge.Visitor
    ) async throws -> WebReply {
        let handler = try handlers.find(route)
        let presented = CredentialReader.presented(incoming, route.surface) { edge.site }
        // RFC 9110 §9.3.2: HEAD is GET without the content, so it is decided as GET.
        let decision = try await hub.gatekeeper.decide(
            route.method, target, need: route.need(parameters), presented: presented,
            certificate: incoming.certificate?.thumbprint, at: now)
        visitor = Self.visitor(decision, presented)
        if case .page(let page) = handler, case .visitor = page.need {
            visitor = try await guest(target, route, presented, at: now)
        }
        row.user = (decision.principal ?? visitor.principal)?.userName ?? "-"
        row.client = decision.principal?.clientName ?? "-"
        if let reason = decision.reason {
            row.decision = LateJSON { decision.json }
            if let name = route.need(parameters).audited, let principal = decision.principal {
                try await hub.refusals.refused(
                    name, reason: reason.rawValue, by: Cause(principal.actor, at: now, correlation))
            }
            if route.surface == .page { return edge.refusal(decision, reason, incoming, visitor, correlation) }
            return Refusal(decision, reason, route.surface, Refusal.Scheme(presented, reason)).reply(
                correlation, nonce: hub.oauth.nonces.current(at: now), issuer: hub.issuer)
        }
        var request = WebRequest(
            method: incoming.method, target: target, parameters: parameters, headers: incoming.headers, body: [],
            reach: decision.reach, address: incoming.address, now: now, correlation: correlation,
            certificate: incoming.certificate)
        if case .proving(let prove) = handler { return try await proved(incoming, request, by: prove) }
        let share = handler.isOpen ? openBodies.share() : nil
        // A stranger's headers count as well: over HTTP/2 they are named by a byte each and held whole.
        if let share, !share.take(incoming.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }) {
            throw Self.noRoom
        }
        // Held until the handler has answered.
        defer { share?.giveBack() }
        request.body = try await body(of: incoming, share)
        let form = route.surface == .page ? try PageRoutes.form(request) : []
        try checkSender(incoming, route, request, form, presented)
        switch handler {
        case .open(let run):
            return try await run(request)
        case .proving:
            throw HubError(.internal, "not_proved", "Internal error.", detail: "\(route.name) proves before it reads")
        case .page(let page):
            return edge.reply(
                try await page.run(
                    try PageRoutes.request(request, form, visitor, hub, from: request.network)))
        case .guarded(let run):
            guard let principal = decision.principal else {
                throw HubError(.internal, "no_principal", "Internal error.", detail: "\(route.name) is guarded")
            }
            return try await run(request, principal)
        }
    }

    /// Whoever has proved something may send as much as one who is known; before that nothing is read.
    private func proved(
        _ incoming: Incoming, _ request: WebRequest, by prove: @Sendable (WebRequest) async throws -> Handler.Proof
    ) async throws -> WebReply {
        switch try await prove(request) {
        case .refused(let reply): return reply
        case .admitted(let run):
            var whole = request
            whole.body = try await body(of: incoming, nil)
            return try await run(whole)
        }
    }

    /// What every request passes that a browser may have been made to send; no page and no operation can forget it.
    ///
    /// The decision has refused a foreign origin where a session counts; here are the pages that everybody may call, so
    /// that nobody is signed in from elsewhere, and the token of whatever a session sends.
    private func checkSender(
        _ incoming: Incoming, _ route: HubRoute, _ request: WebRequest, _ form: [(name: String, value: String)],
        _ presented: Presented
    ) throws {
        guard incoming.isUnsafe else { return }
        guard route.surface != .page || edge.site.isOwn(incoming.headers, host: incoming.host) else {
            throw HubError(
                .forbidden, "foreign_origin", "The request does not come from a page of this hub, so nothing was done.")
        }
        if case .everyone = route.need(request.parameters) { return }
        if case .session(let secret, _, _) = presented { try Site.checkToken(request, form, of: secret) }
    }

    /// Whoever is signed in, on a page that anybody may call: nobody where the session does not count.
    private func guest(
        _ target: RequestTarget, _ route: HubRoute, _ presented: Presented, at now: Timestamp
    ) async throws -> PageEdge.Visitor {
        let decision = try await hub.gatekeeper.decide(
            route.method, target, need: .page(name: route.name, roles: nil), presented: presented, at: now)
        return decision.isAllowed ? Self.visitor(decision, presented) : PageEdge.Visitor()
    }

    private static func visitor(_ decision: Decision, _ presented: Presented) -> PageEdge.Visitor {
        guard let principal = decision.principal, case .session(let secret, _, _) = presented else { return .init() }
        return PageEdge.Visitor(principal: principal, session: PageSession(csrfToken: CSRFToken.of(session: secret)))
    }

    private var edge: PageEdge {
        PageEdge(pages: hub.pages, site: Site(url: hub.issuer), isTrial: hub.configuration.tls == .trial)
    }

    private static let callerGone = HubError(.invalid, "caller_gone", "The caller broke off.")

    private static let noRoom = HubError(
        .unavailable, "bodies_full", "Too much is being received at once. Send it again later.")

    /// The body, read only now that the caller may call: a stranger can make us hold `openBodyBytes` and no more.
    private func body(of incoming: Incoming, _ share: OpenBodies.Share?) async throws -> [UInt8] {
        let most = share == nil ? Limits.requestBodyBytes.value : Limits.openBodyBytes.value
        guard incoming.hasBody else { return [] }
        switch await incoming.body(most, share) {
        case .whole(let bytes): return bytes
        // RFC 9110 §15.5.9.
        case .tooSlow: throw HubError(.tooSlow, "body_too_slow", "The body took too long to arrive. Send it again.")
        case .tooLarge: throw HubError(.tooLarge, "body_too_large", "The body is over \(most) bytes.")
        case .noRoom: throw Self.noRoom
        case .brokenOff: throw HubError(.invalid, "body_broken_off", "The body did not arrive whole. Send it again.")
        }
    }

    private func reply(
        to error: any Error, _ surface: Surface, _ correlation: CorrelationID,
        _ visitor: PageEdge.Visitor = PageEdge.Visitor()
    ) -> WebReply {
        // The connection's task is cancelled when the caller gives up.
        let known =
            error is CancellationError
            ? HubError(.invalid, "broken_off", "The caller broke off. What was begun may be done.")
            : error as? HubError
                ?? HubError(.internal, "internal", "Internal error. Quote the correlation id.", detail: "\(error)")
        if surface == .page { return edge.failure(known, nil, visitor, correlation) }
        var reply = known.reply(surface, correlation)
        if surface == .table { reply.about = Records.told(of: known) }
        return reply
    }

    private func finish(_ reply: inout WebReply, _ row: inout Transaction) {
        if let problem = reply.problem {
            logger.error(
                "a request failed", metadata: ["correlation": "\(row.correlation)", "error.detail": "\(problem)"])
        }
        row.status = reply.status
        row.reason = reply.reason
        row.about = reply.about
        if !reply.client.isEmpty { row.client = reply.client }
        row.outcome = reply.outcome ?? Self.outcome(of: row)
        reply.headers.append(("x-correlation-id", row.correlation.text))
        reply.headers.append(("x-content-type-options", "nosniff"))
        if !reply.headers.contains(where: { $0.name == "cache-control" }) {
            reply.headers.append(("cache-control", "no-store"))
        }
    }

    private static func outcome(of row: Transaction) -> Transaction.Outcome {
        switch row.status {
        case ..<400: .allowed
        case 401, 403: .refused
        // A stranger's mistakes are summed like his refusals, so that he cannot fill the log with them.
        case ..<500 where row.user == "-" && row.client == "-": .refused
        default: row.decision == nil ? .failed : .refused
        }
    }
}

extension RouteNeed {
    /// What a refusal is audited as; nil where it is in the log only.
    var audited: String? {
        switch self {
        case .operation(let name, _), .page(let name, .some): name
        case .everyone, .table, .page(_, nil), .person: nil
        }
    }
}
