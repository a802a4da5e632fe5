import Access
import Core
import Hub
import Logging
import Ports

/// One way for every request: read strictly, route, authenticate, decide, handle, log.
struct Pipeline: Sendable {
    let hub: Hub
    let handlers: Handlers
    let logger: Logger

    /// A request as the transport read it.
    struct Incoming: Sendable {
        var method: String
        let rawTarget: String
        let headers: [(name: String, value: String)]
        /// Reads the body, once; nothing of it is held in memory before.
        let body: @Sendable (_ most: Int) async -> Body
        let peer: Peer

        /// Whether one is announced (RFC 9112 §6).
        var hasBody: Bool {
            headers.contains { $0.name == "transfer-encoding" || ($0.name == "content-length" && $0.value != "0") }
        }
    }

    /// What came of reading a body.
    enum Body: Sendable {
        case whole([UInt8])
        /// It is over its bound; the rest was not read.
        case tooLarge
        /// The caller broke off, or what came is not HTTP.
        case brokenOff
    }

    /// The answer, and a row in the log for it. Never throws: whatever goes wrong is an answer too.
    func respond(to incoming: Incoming) async -> WebReply {
        let now = hub.effects.now()
        let started = hub.effects.monotonicNanoseconds()
        let correlation = CorrelationID.new(hub.effects)
        var row = Transaction(.inbound, correlation, at: now, method: Shown.name(incoming.method), path: "-")
        var reply: WebReply
        do {
            reply = try await route(incoming, at: now, correlation, &row)
        } catch {
            reply = Self.reply(to: error, .problem, correlation)
        }
        finish(&reply, &row)
        row.microseconds = Int64((hub.effects.monotonicNanoseconds() - started) / 1000)
        hub.log.log(row)
        return reply
    }

    private func route(
        _ incoming: Incoming, at now: Timestamp, _ correlation: CorrelationID, _ row: inout Transaction
    ) async throws -> WebReply {
        let target = try RequestTarget(incoming.rawTarget)
        row.path = target.path
        let (method, surface) = (incoming.method, hub.routes.surface(of: target))
        var incoming = incoming
        do { incoming.method = try MethodOverride.method(of: incoming, surface) } catch {
            return Self.reply(to: error, surface, correlation)
        }
        // Decided, handled and logged as what it is meant to be.
        if incoming.method != method { row.method = incoming.method }
        switch hub.routes.match(incoming.method, target) {
        case .nothing(let surface):
            row.path = hub.routes.shown(target)
            let error = HubError(.notFound, "no_such_path", "There is nothing at this path.")
            return Self.reply(to: error, surface, correlation)
        case .otherMethods(let methods, let surface):
            let error = HubError(
                .methodNotAllowed, "method_not_allowed", "This path takes \(methods.joined(separator: ", ")).")
            var reply = Self.reply(to: error, surface, correlation)
            reply.headers.append(("allow", methods.joined(separator: ", ")))
            return reply
        case .route(let route, let parameters):
            do {
                return try await handle(incoming, target, route, parameters, at: now, correlation, &row)
            } catch {
                return Self.reply(to: error, route.surface, correlation)
            }
        }
    }

    private func handle(
        _ incoming: Incoming, _ target: RequestTarget, _ route: HubRoute, _ parameters: [String: String],
        at now: Timestamp, _ correlation: CorrelationID, _ row: inout Transaction
    ) async throws -> WebReply {
        let handler = try handlers.find(route)
        // RFC 9110 §9.3.2: HEAD is GET without the content, so it is decided as GET.
        let decision = try await hub.gatekeeper.decide(
            route.method, target, need: route.need(parameters),
            presented: CredentialReader.presented(incoming.headers, incoming.peer), at: now)
        row.user = decision.principal?.userName ?? "-"
        row.client = decision.principal?.clientName ?? "-"
        if let reason = decision.reason {
            row.decision = decision.json
            if case .operation(let name, _) = route.need(parameters), let principal = decision.principal {
                try await hub.refusals.refused(
                    name, reason: reason.rawValue, by: Cause(principal.actor, at: now, correlation))
            }
            return Refusal(decision, reason, route.surface).reply(correlation)
        }
        let body = try await body(of: incoming, for: handler)
        let request = WebRequest(
            method: incoming.method, target: target, parameters: parameters, headers: incoming.headers, body: body,
            now: now, correlation: correlation)
        switch handler {
        case .open(let run):
            return try await run(request)
        case .guarded(let run):
            guard let principal = decision.principal else {
                throw HubError(.internal, "no_principal", "Internal error.", detail: "\(route.name) is guarded")
            }
            return try await run(request, principal)
        }
    }

    /// The body, read only now that the caller may call: a stranger can make us hold `openBodyBytes` and no more.
    private func body(of incoming: Incoming, for handler: Handler) async throws -> [UInt8] {
        let most =
            switch handler {
            case .open: Limits.openBodyBytes.value
            case .guarded: Limits.requestBodyBytes.value
            }
        guard incoming.hasBody else { return [] }
        let read = await withTaskGroup(of: Body?.self) { group in
            group.addTask { await incoming.body(most) }
            group.addTask {
                do { try await hub.effects.sleep(Int64(Limits.requestBodySeconds.value) * 1_000) } catch {
                    // Cancelled: the body was there first.
                }
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch read {
        case .whole(let bytes): return bytes
        case nil: throw HubError(.invalid, "body_too_slow", "The body took too long to arrive. Send it again.")
        case .tooLarge: throw HubError(.tooLarge, "body_too_large", "The body is over \(most) bytes.")
        case .brokenOff: throw HubError(.invalid, "body_broken_off", "The body did not arrive whole. Send it again.")
        }
    }

    private static func reply(to error: any Error, _ surface: Surface, _ correlation: CorrelationID) -> WebReply {
        let known =
            error as? HubError
            ?? HubError(.internal, "internal", "Internal error. Quote the correlation id.", detail: "\(error)")
        return known.reply(surface, correlation)
    }

    private func finish(_ reply: inout WebReply, _ row: inout Transaction) {
        if let problem = reply.problem {
            logger.error(
                "a request failed", metadata: ["correlation": "\(row.correlation)", "error.detail": "\(problem)"])
        }
        row.status = reply.status
        row.reason = reply.reason
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
