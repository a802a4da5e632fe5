import Core
import Foundation
public import Hub
import Hummingbird
public import Logging
import ServiceLifecycle
public import UnixSignals
import Synchronization

/// A running hub: its services, its TCP listener and its own socket.
public struct HubServer: Sendable {
    private let hub: Hub
    private let logger: Logger

    /// A server for an opened hub.
    public init(_ hub: Hub, logger: Logger) {
        self.hub = hub
        self.logger = logger
    }

    /// Listens until SIGTERM, SIGINT or cancellation, then stops in order: listeners, services, stores.
    ///
    /// - Parameter ready: called once, when both listeners take requests; gets the TCP port.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], ready: @escaping @Sendable (_ port: Int) async -> Void
    ) async throws {
        let pipeline = Pipeline(hub: hub, handlers: Handlers(hub: hub))
        let socket = hub.folder.socket
        unlink(socket)
        let up = Gate(needs: 2) { ports in await ready(ports.max() ?? 0) }
        let network = Listener(
            .hostname(hub.configuration.host, port: hub.configuration.port), peer: .network, logger: logger,
            running: { port in
                hub.listens(on: port)
                await up.arrive(port)
            }, answer: { await pipeline.respond(to: $0) })
        let own = Listener(
            .unixDomainSocket(path: socket), peer: .socket(uid: getuid()), logger: logger,
            running: { _ in
                chmod(socket, 0o600)
                await up.arrive(0)
            }, answer: { await pipeline.respond(to: $0) })
        let group = ServiceGroup(
            configuration: .init(
                services: [HubServices(hub: hub), own, network], gracefulShutdownSignals: signals, logger: logger))
        try await group.run()
        unlink(socket)
    }
}

/// The hub's loops as a service; ends when the group shuts down.
private struct HubServices: Service {
    let hub: Hub

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await hub.run() }
    }
}

/// Calls back once, when all have arrived.
private actor Gate {
    private var ports: [Int] = []
    private let needs: Int
    private let then: @Sendable ([Int]) async -> Void

    init(needs: Int, then: @escaping @Sendable ([Int]) async -> Void) {
        self.needs = needs
        self.then = then
    }

    func arrive(_ port: Int) async {
        ports.append(port)
        if ports.count == needs { await then(ports) }
    }
}
