import Core
import Foundation
public import Hub
import Hummingbird
public import Logging
public import ServiceLifecycle
public import UnixSignals

/// A running hub: its services, its TCP listener and its own socket.
public struct HubServer: Sendable {
    private let hub: Hub
    private let logger: Logger

    /// A server for an opened hub.
    public init(_ hub: Hub, logger: Logger) {
        self.hub = hub
        self.logger = logger
    }

    /// What happens once everything listens.
    public enum Next: Sendable {
        /// Go on until a signal comes.
        case serve
        /// Stop in order, at once.
        case stop
    }

    /// Listens until SIGTERM, SIGINT, `.stop` or the hub's wish to be opened again, then stops in order: listeners, services.
    ///
    /// - Parameters:
    ///   - others: services that run beside it, such as a sandbox.
    ///   - up: runs once, when both listeners take requests.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], beside others: [any Service] = [],
        up: @escaping @Sendable () async throws -> Next
    ) async throws {
        let pipeline = Pipeline(hub: hub, handlers: try Handlers(hub: hub), logger: logger)
        let stage = Stage(answer: { await pipeline.respond(to: $0) }, refuse: { pipeline.refuse($0, from: $1) })
        let socket = hub.folder.socket
        unlink(socket)
        let ready = Readiness(needs: 2)
        let identity = try ServerIdentity.of(hub, logger: logger)
        let network = Listener(
            host: hub.configuration.host, port: hub.configuration.port, option: "--port", identity: identity,
            logger: logger,
            running: { port in
                hub.listens(on: port)
                await ready.arrive()
            }, stage: stage)
        let own = Listener(
            socket: socket, logger: logger,
            running: {
                chmod(socket, 0o600)
                await ready.arrive()
            }, stage: stage)
        let companion = Companion(ready: ready, reopening: hub.reopening, up: up)
        let following: [any Service] = identity.map { [$0] } ?? []
        let services = ([HubServices(hub: hub)] + following + others + [own, network]).map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0)
        }
        var configuration = ServiceGroupConfiguration(
            services: services + [
                .init(service: companion, successTerminationBehavior: .gracefullyShutdownGroup)
            ], gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Limits.shutdownSeconds.value)
        try await ServiceGroup(configuration: configuration).run()
        unlink(socket)
    }
}

/// Runs once everything listens; ends when the group should.
private struct Companion: Service {
    let ready: Readiness
    let reopening: Reopening
    let up: @Sendable () async throws -> HubServer.Next

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            await ready.wait()
            try Task.checkCancellation()
            guard try await up() == .serve else { return }
            await reopening.wait()
        }
    }
}

/// The hub's loops as a service; ends when the group shuts down.
private struct HubServices: Service {
    let hub: Hub

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await hub.run() }
    }
}

/// Lets one waiter go on when all have arrived, or when it is cancelled.
private actor Readiness {
    private var missing: Int
    private var waiting: CheckedContinuation<Void, Never>?

    init(needs: Int) { missing = needs }

    func arrive() {
        missing -= 1
        if missing == 0 { letGo() }
    }

    func wait() async {
        guard missing > 0 else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting = $0 }
        } onCancel: {
            Task { await self.letGo() }
        }
    }

    private func letGo() {
        waiting?.resume()
        waiting = nil
    }
}
