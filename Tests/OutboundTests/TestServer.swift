import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A tiny HTTP server on loopback or a socket file; it answers by path and keeps what it was sent.
final class TestServer: Sendable {
    private let channel: any Channel
    private let record: Recorder

    private init(_ channel: any Channel, _ record: Recorder) {
        self.channel = channel
        self.record = record
    }

    final class Recorder: Sendable {
        let heads = Mutex<[HTTPRequestHead]>([])
    }

    /// What reached it.
    var received: [HTTPRequestHead] { record.heads.withLock { $0 } }
    var port: Int { channel.localAddress?.port ?? 0 }

    static func with<R>(socket: String? = nil, _ body: (TestServer) async throws -> R) async throws -> R {
        let record = Recorder()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(record: record))
                }
            }
        let channel =
            if let socket { try await bootstrap.bind(unixDomainSocketPath: socket).get() } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        let server = TestServer(channel, record)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let record: Recorder
        private var head: HTTPRequestHead?
        private var body = 0

        init(record: Recorder) { self.record = record }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                record.heads.withLock { $0.append(head) }
            case .body(let part): body += part.readableBytes
            case .end:
                guard let head else { return }
                answer(head, context)
            }
        }

        private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
            switch head.uri {
            case "/redirect": write(context, .found, ["location": "/other", "content-length": "0"], "")
            case "/silent": break
            case "/close": context.close(promise: nil)
            case "/announced": write(context, .ok, ["content-length": "5000"], String(repeating: "a", count: 5000))
            case "/chunked": write(context, .ok, ["transfer-encoding": "chunked"], String(repeating: "a", count: 5000))
            case "/half":
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "100"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "abc")))), promise: nil)
                context.close(promise: nil)
            default: write(context, .ok, ["X-Echo": "\(head.method) \(body)"], "hello")
            }
        }

        private func write(
            _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ text: String
        ) {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
