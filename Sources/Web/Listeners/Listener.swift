import Core
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// One address that is listened on, with every bound set: connections, header size, idle time.
struct Listener: Service {
    private let application: Application<Transport>
    private let place: String
    private let next: String

    /// Listens on TCP: with TLS, or in the clear on loopback.
    ///
    /// - Parameter option: the option that chooses another port, for the message when this one is taken.
    init(
        host: String, port: Int, option: String, identity: ServerIdentity? = nil, logger: Logger,
        running: @escaping @Sendable (_ port: Int) async -> Void, stage: Stage
    ) {
        self.init(
            .hostname(host, port: port), "port \(port) of \(host)", "Choose another: \(option)", peer: .network,
            identity: identity,
            logger: logger, running: running, stage: stage)
    }

    /// Listens on a Unix socket.
    init(
        socket: String, logger: Logger, running: @escaping @Sendable () async -> Void, stage: Stage
    ) {
        self.init(
            .unixDomainSocket(path: socket), "the socket \(socket)", "See who may write there",
            peer: .socket(uid: getuid()), identity: nil, logger: logger, running: { _ in await running() }, stage: stage
        )
    }

    private init(
        _ address: BindAddress, _ place: String, _ next: String, peer: Peer, identity: ServerIdentity?, logger: Logger,
        running: @escaping @Sendable (_ port: Int) async -> Void, stage: Stage
    ) {
        self.place = place
        self.next = next
        // The transport tells of every connection that breaks, and makes words for each request; what matters is thrown.
        let quiet = Logger(label: logger.label) { _ in SwiftLogNoOpLogHandler() }
        application = Application(
            responder: Transport(answer: stage.answer, peer: peer),
            server: HTTPServerBuilder { responder in
                guard let identity else { return PlainChannel(responder: responder, refuse: stage.refuse) }
                return SecureChannel(identity: identity, responder: responder, refuse: stage.refuse)
            },
            configuration: ApplicationConfiguration(
                address: address, serverName: nil, reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections.value)),
            onServerRunning: { channel in await running(channel.localAddress?.port ?? 0) },
            logger: quiet)
    }

    /// Throws `HubError` when the place is taken or may not be used.
    func run() async throws {
        do { try await application.run() } catch let error as IOError {
            throw HubError(
                .unavailable, "cannot_listen",
                "Cannot listen on \(place): \(String(cString: strerror(error.errnoCode))). \(next).")
        } catch is SocketAddressError {
            throw HubError(.unavailable, "cannot_listen", "Cannot listen on \(place): the host has no address.")
        }
    }
}
