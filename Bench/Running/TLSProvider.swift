import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A provider on loopback, behind TLS: it issues tokens of an hour, shows things, and lists users in pages of 200.
final class TLSProvider: Sendable {
    /// PEM of the authority behind its certificate.
    let certificate: [UInt8]
    let url: String
    private let counter: Counter

    private final class Counter: Sendable {
        let tokens = Mutex(0)
    }

    private init(_ certificate: [UInt8], _ url: String, _ counter: Counter) {
        (self.certificate, self.url, self.counter) = (certificate, url, counter)
    }

    /// How many tokens it issued.
    var tokens: Int { counter.tokens.withLock { $0 } }

    static func with<R>(_ body: (TLSProvider) async throws -> R) async throws -> R {
        let authority = try TestAuthority("a bench")
        let own = try authority.issue(.server)
        let context = try NIOSSLContext(
            configuration: TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(own.certificate.utf8))
                    .map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(own.key.utf8), format: .pem))))
        let counter = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering(counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "https://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        let result: Result<R, any Error>
        do {
            result = .success(try await body(TLSProvider(Array(authority.certificate.utf8), url, counter)))
        } catch { result = .failure(error) }
        try await channel.close()
        return try result.get()
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private static let pages = Limits.streamItems.value / 200
        private let counter: Counter
        private var head: HTTPRequestHead?

        init(_ counter: Counter) { self.counter = counter }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                var headers: HTTPHeaders = ["content-type": "application/json"]
                let body = ByteBuffer(bytes: answer(head, &headers).bytes)
                headers.add(name: "content-length", value: String(body.readableBytes))
                let reply = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
                context.write(wrapOutboundOut(.head(reply)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        private func answer(_ head: HTTPRequestHead, _ headers: inout HTTPHeaders) -> JSON {
            if head.uri == "/token" {
                let number = counter.tokens.withLock { tokens in
                    tokens += 1
                    return tokens
                }
                return [
                    "access_token": .string("bench-token-\(number)"), "token_type": "Bearer", "expires_in": 3_600,
                    "scope": "bench",
                ]
            }
            guard head.uri.hasPrefix("/users") else { return ["id": .string(String(head.uri.dropFirst(8)))] }
            let page = head.uri.split(separator: "=").dropFirst().first.flatMap { Int($0) } ?? 0
            if page + 1 < Self.pages, let host = head.headers.first(name: "host") {
                headers.add(name: "link", value: "<https://\(host)/users?after=\(page + 1)>; rel=\"next\"")
            }
            return .array(
                (0..<200).map { number in
                    let id = "u\(page * 200 + number)"
                    return ["id": .string(id), "profile": ["login": .string(id + "@acme.example")]]
                })
        }

        // Whoever goes away in the middle is done with it.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
