import Core
import NIOCore
import NIOHTTPTypes

/// From its header on, a body has `Limits.requestBodySeconds` to arrive. Of a connection of HTTP/1.1, or of one stream of
/// HTTP/2.
final class BodyClock: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// The time is over; whoever reads the body hears it.
    struct TooSlow: Error {}

    private var isInRequest = false
    /// Nothing that comes late is read: the connection is idle, and ends as such.
    private var isOver = false
    private var timer: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        switch unwrapInboundIn(data) {
        case .head: isInRequest = true
        case .body: break
        case .end:
            isInRequest = false
            stop()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most bodies come with their header, and need no timer.
        if isInRequest, timer == nil, context.channel.isActive {
            timer = context.eventLoop.assumeIsolated().scheduleTask(
                in: .seconds(Int64(Limits.requestBodySeconds.value))
            ) {
                self.isOver = true
                context.fireErrorCaught(TooSlow())
            }
        }
        context.fireChannelReadComplete()
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
