import Core
import NIOCore

/// Closes what does not take its answer: as long as something is written and not taken, some of it must go out within
/// `Limits.answerSeconds`. Of a connection of HTTP/1.1, or of one stream of HTTP/2.
final class AnswerClock: ChannelOutboundHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private var untaken = 0
    private var timer: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        untaken += 1
        if timer == nil { start(context) }
        let taken = promise ?? context.eventLoop.makePromise()
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.untaken -= 1
            self.stop()
            if self.untaken > 0 { self.start(context) }
        }
        context.write(data, promise: taken)
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func start(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.answerSeconds.value))) {
            context.close(promise: nil)
        }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }
}
