import Core
import NIOCore
import NIOHTTPTypes

/// A body has `Limits.requestBodySeconds` from its header on, however steadily it trickles; one that goes silent is
/// closed as idle. Stands in each connection of HTTP/1.1 and in each stream of HTTP/2.
final class BodyClock: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// What reading the body throws when the time is over.
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
