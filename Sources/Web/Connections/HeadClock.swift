import Core
import NIOCore

/// Stands before the HTTP/1.1 parser: from its first byte on, a header has `Limits.headerSeconds` to arrive.
///
/// A connection on which nothing comes is not its matter: that is closed when it has been idle.
final class HeadClock: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The time is over.
    struct TooSlow: Error {}

    private var isInRequest = false
    /// Whether what was read last completed something.
    private var hasMoved = false
    private var timer: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasMoved = false
        context.fireChannelRead(data)
        // Most headers come whole, and need no timer.
        guard !hasMoved, !isInRequest, timer == nil, context.channel.isActive else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.headerSeconds.value))) {
            context.fireErrorCaught(TooSlow())
        }
    }

    /// Whoever sees the parsed request tells: a header is whole.
    func headCame() { moved(isInRequest: true) }
    /// A request is whole, so what comes next is a header.
    func requestEnded() { moved(isInRequest: false) }

    private func moved(isInRequest: Bool) {
        self.isInRequest = isInRequest
        hasMoved = true
        stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        timer?.cancel()
        timer = nil
    }
}
