public import Core
import Hummingbird
public import Logging
public import OktaSandbox
import ServiceLifecycle
import Synchronization

/// The Okta sandbox behind a loopback port of its own.
public struct SandboxServer: Service {
    private let org: SandboxState
    private let listener: Listener

    /// A sandbox that listens on loopback; `running` gets the port.
    public init(
        port: Int, logger: Logger, effects: Effects, org: OktaOrg,
        running: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        let state = SandboxState(org)
        self.org = state
        listener = Listener(
            .hostname("127.0.0.1", port: port), peer: .network, logger: logger, running: running,
            answer: { incoming in state.respond(to: incoming, at: effects.now()) })
    }

    public func run() async throws { try await listener.run() }
}

/// The org as it is now; requests are answered one after the other.
private final class SandboxState: Sendable {
    private let org: Mutex<OktaOrg>

    init(_ org: OktaOrg) { self.org = Mutex(org) }

    func respond(to incoming: Pipeline.Incoming, at now: Timestamp) -> WebReply {
        let parts = incoming.rawTarget.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = SandboxRequest(
            method: incoming.method, path: String(parts.first ?? ""), query: parts.count == 2 ? String(parts[1]) : "",
            headers: incoming.headers, body: incoming.body ?? [])
        let reply = org.withLock { $0.respond(to: request, at: now) }
        return WebReply(status: reply.status, headers: reply.headers, raw: reply.body)
    }
}
