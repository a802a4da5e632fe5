public import Core
import Hub
import Hummingbird
public import Logging
public import OktaSandbox
public import ServiceLifecycle
import Synchronization
import UnixSignals

/// The Okta sandbox behind a loopback port of its own.
public struct SandboxServer: Service {
    private let listener: Listener
    private let owed: AsyncStream<HookDelivery>
    private let sender = HookSender()

    /// A sandbox that listens on loopback.
    ///
    /// - Parameters:
    ///   - org: the org at the start.
    ///   - running: gets the port, once it takes requests.
    public init(
        port: Int, logger: Logger, effects: Effects, org: OktaOrg,
        running: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        let (owed, owing) = AsyncStream<HookDelivery>.makeStream(
            bufferingPolicy: .bufferingOldest(Limits.hookDeliveries.value))
        self.owed = owed
        let state = SandboxState(org, owing, sender)
        listener = Listener(
            host: "127.0.0.1", port: port, option: "--port, or --sandbox-port of the demo", logger: logger,
            running: { port in
                state.isReached(at: "http://127.0.0.1:\(port)")
                await running(port)
            },
            stage: Stage(
                answer: { incoming in await state.respond(to: incoming, effects) },
                refuse: { error, _ in error.reply(.problem, .new(effects)) }))
    }

    public func run() async throws {
        let ended: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                // One after the other, so that they arrive in the order in which they are owed.
                group.addTask { for await delivery in owed { await sender.send(delivery) } }
                defer { group.cancelAll() }
                try await group.next()
            }
            ended = .success(())
        } catch { ended = .failure(error) }
        try await sender.close()
        try ended.get()
    }

    /// Runs until SIGTERM or SIGINT.
    public func runUntilSignal(logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: .init(services: [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// The org as it is now; requests are answered one after the other.
private final class SandboxState: Sendable {
    private let org: Mutex<OktaOrg>
    private let owing: AsyncStream<HookDelivery>.Continuation
    private let sender: HookSender

    init(_ org: OktaOrg, _ owing: AsyncStream<HookDelivery>.Continuation, _ sender: HookSender) {
        self.org = Mutex(org)
        self.owing = owing
        self.sender = sender
    }

    func isReached(at url: String) { org.withLock { $0.baseURL = url } }

    func respond(to incoming: Pipeline.Incoming, _ effects: Effects) async -> WebReply {
        var body: [UInt8] = []
        if case .whole(let bytes) = await incoming.body(Limits.requestBodyBytes.value, nil) { body = bytes }
        let parts = incoming.rawTarget.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = SandboxRequest(
            method: incoming.method, path: String(parts.first ?? ""), query: parts.count == 2 ? String(parts[1]) : "",
            headers: incoming.headers + (incoming.host.map { [("host", $0)] } ?? []), body: body)
        let isAnswered = await asked(request, at: effects.now())
        let (reply, owed) = org.withLock { org in
            org.answersChallenge = { _ in isAnswered }
            return (org.respond(to: request, at: effects.now()), org.takeDeliveries())
        }
        for delivery in owed { owing.yield(delivery) }
        if reply.delayMilliseconds > 0 {
            // A caller that gives up meanwhile cancels the wait; what it would have got no longer matters.
            do { try await effects.sleep(reply.delayMilliseconds) } catch {}
        }
        return WebReply(
            status: reply.status, headers: reply.headers.map { ($0.0.lowercased(), $0.1) }, raw: reply.body,
            hangs: reply.hangs, drops: reply.drops)
    }

    /// Asks an event hook's address where the request makes the org ask it; false where nothing is asked.
    private func asked(_ request: SandboxRequest, at now: Timestamp) async -> Bool {
        let question = org.withLock { org in
            org.challenge(of: request, at: now).map { (challenge: $0, url: org.address(of: $0.uri)) }
        }
        guard let question else { return false }
        return await sender.ask(question.challenge, at: question.url)
    }
}
