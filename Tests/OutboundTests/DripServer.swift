import NIOCore
import NIOPosix

/// Says a beginning to whoever comes, then one byte after the other, without end.
enum DripServer {
    static func with<R>(_ beginning: String, _ body: (_ port: Int) async throws -> R) async throws -> R {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(beginning))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let beginning: String
        private var timer: RepeatedTask?

        init(_ beginning: String) { self.beginning = beginning }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard timer == nil else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: beginning)), promise: nil)
            let channel = context.channel
            timer = context.eventLoop.scheduleRepeatedTask(
                initialDelay: .milliseconds(20), delay: .milliseconds(20)
            ) { _ in channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            timer?.cancel()
            context.fireChannelInactive()
        }
    }
}
