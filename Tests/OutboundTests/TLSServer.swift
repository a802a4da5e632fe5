import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A real TLS server on loopback. It keeps the heads of the requests that it could read.
final class TLSServer: Sendable {
    private let channel: any Channel
    private let heads: Heads

    final class Heads: Sendable {
        let all = Mutex<[HTTPRequestHead]>([])
    }

    private init(_ channel: any Channel, _ heads: Heads) {
        self.channel = channel
        self.heads = heads
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var received: [HTTPRequestHead] { heads.all.withLock { $0 } }

    /// - Parameters:
    ///   - wants: the authority of which it wants a client certificate; nil for none.
    ///   - newest: the newest version of TLS that it speaks.
    static func with<R>(
        _ own: TestAuthority.Issued, wants: TestAuthority? = nil, newest: TLSVersion = .tlsv13,
        _ body: (TLSServer) async throws -> R
    ) async throws -> R {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(own.certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(own.key.utf8), format: .pem)))
        tls.minimumTLSVersion = .tlsv1
        tls.maximumTLSVersion = newest
        if let wants {
            tls.certificateVerification = .noHostnameVerification
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(wants.certificate.utf8)))
        }
        let context = try NIOSSLContext(configuration: tls)
        let heads = Heads()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering(heads: heads))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = TLSServer(channel, heads)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let heads: Heads

        init(heads: Heads) { self.heads = heads }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): heads.all.withLock { $0.append(head) }
            case .body: break
            case .end:
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        // A client that goes away in the middle of a handshake is what these tests are about.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A proxy on loopback that opens tunnels (RFC 9110 §9.3.6) to this machine, whatever name it is told.
final class TunnelServer: Sendable {
    private let channel: any Channel
    private let asked: Asked

    final class Asked: Sendable {
        let all = Mutex<[String]>([])
    }

    private init(_ channel: any Channel, _ asked: Asked) {
        self.channel = channel
        self.asked = asked
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    /// What it was asked for: the whole head of each request.
    var requests: [String] { asked.all.withLock { $0 } }

    /// - Parameter wants: the `Proxy-Authorization` that it wants; nil for none.
    static func with<R>(wants: String? = nil, _ body: (TunnelServer) async throws -> R) async throws -> R {
        let asked = Asked()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Tunnel(asked: asked, wants: wants))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = TunnelServer(channel, asked)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    /// Reads the head, connects to the port that it names on this machine, then hands bytes on.
    private final class Tunnel: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let asked: Asked
        private let wants: String?
        private var head = ""
        private var far: (any Channel)?

        init(asked: Asked, wants: String?) {
            self.asked = asked
            self.wants = wants
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if let far { return far.writeAndFlush(bytes, promise: nil) }
            head += String(buffer: bytes)
            guard head.hasSuffix("\r\n\r\n") else { return }
            asked.all.withLock { $0.append(head) }
            let isWelcome = wants.map { head.lowercased().contains("proxy-authorization: \($0)".lowercased()) } ?? true
            let target = head.split(separator: " ").dropFirst().first ?? ""
            guard isWelcome, let port = target.split(separator: ":").last.flatMap({ Int($0) }) else {
                let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
                return context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: refusal)), promise: nil)
            }
            let near = context.channel
            ClientBootstrap(group: near.eventLoop)
                .channelInitializer { far in
                    far.eventLoop.makeCompletedFuture {
                        try far.pipeline.syncOperations.addHandler(Back(near: near))
                    }
                }
                .connect(host: "127.0.0.1", port: port).assumeIsolated().whenSuccess { far in
                    self.far = far
                    near.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
                }
        }

        func channelInactive(context: ChannelHandlerContext) { far?.close(promise: nil) }
    }

    private final class Back: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let near: any Channel
        init(near: any Channel) { self.near = near }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            near.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { near.close(promise: nil) }
    }
}
