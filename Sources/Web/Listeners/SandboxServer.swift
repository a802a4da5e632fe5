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

    /// A sandbox that listens on loopback.
    ///
    /// - Parameters:
    ///   - org: the org at the start.
    ///   - running: gets the port, once it takes requests.
    public init(
        port: Int, logger: Logger, effects: Effects, org: OktaOrg,
        running: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        let state = SandboxState(org)
        listener = Listener(
            host: "127.0.0.1", port: port, option: "--port, or --sandbox-port of the demo", logger: logger,
            running: { port in
                state.isReached(at: "http://127.0.0.1:\(port)")
                await running(port)
            },
            stage: Stage(
                answer: { incoming in await state.respond(to: incoming, effects) },
                refuse: { $0.reply(.problem, .new(effects)) }))
    }

    public func run() async throws { try await listener.run() }

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

    init(_ org: OktaOrg) { self.org = Mutex(org) }

    func isReached(at url: String) { org.withLock { $0.baseURL = url } }

    func respond(to incoming: Pipeline.Incoming, _ effects: Effects) async -> WebReply {
        var body: [UInt8] = []
        if case .whole(let bytes) = await incoming.body(Limits.requestBodyBytes.value, nil) { body = bytes }
        let parts = incoming.rawTarget.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = SandboxRequest(
            method: incoming.method, path: String(parts.first ?? ""), query: parts.count == 2 ? String(parts[1]) : "",
            headers: incoming.headers + (incoming.host.map { [("host", $0)] } ?? []), body: body)
        let reply = org.withLock { $0.respond(to: request, at: effects.now()) }
        if reply.delayMilliseconds > 0 {
            // A caller that gives up meanwhile cancels the wait; what it would have got no longer matters.
            do { try await effects.sleep(reply.delayMilliseconds) } catch {}
        }
        return WebReply(
            status: reply.status, headers: reply.headers.map { ($0.0.lowercased(), $0.1) }, raw: reply.body,
            hangs: reply.hangs, drops: reply.drops)
    }
}
