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

    init(
        _ address: BindAddress, peer: Peer, logger: Logger,
        running: @escaping @Sendable (_ port: Int) async -> Void,
        answer: @escaping @Sendable (Pipeline.Incoming) async -> WebReply
    ) {
        var http = HTTP1Channel.Configuration(
            idleTimeout: .seconds(Int64(Limits.idleConnectionSeconds.value)))
        http.httpDecoder = .init(
            maxHeaderFieldSize: Limits.headerBytes.value, maxHeaderListSize: Limits.headerBytes.value,
            maxHeaderFieldCount: 100)
        application = Application(
            responder: Transport(answer: answer, peer: peer),
            server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: address, serverName: nil, reuseAddress: true,
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections.value)),
            onServerRunning: { channel in await running(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    func run() async throws { try await application.run() }
}
