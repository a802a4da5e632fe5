import Core
import NIOCore

/// Closes what does not take its answer: as long as something is written and not taken, some of it must go out within
/// `Limits.answerSeconds`. Of a connection of HTTP/1.1, or of one stream of HTTP/2.
final class AnswerClock: ChannelOutboundHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private static let patience = TimeAmount.seconds(Int64(Limits.answerSeconds.value))

    private var untaken = 0
    /// When something was last taken, or began to wait.
    private var moved = NIODeadline.distantPast
    /// Outlives the answer that it was set for and finds out then: most answers are gone long before, and a timer for
    /// each would cost more than they do.
    private var timer: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if untaken == 0 { moved = context.eventLoop.now }
        untaken += 1
        if timer == nil { look(after: Self.patience, context) }
        let taken = promise ?? context.eventLoop.makePromise()
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.untaken -= 1
            if self.untaken > 0 { self.moved = context.eventLoop.now }
        }
        context.write(data, promise: taken)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func look(after time: TimeAmount, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.timer = nil
            guard self.untaken > 0 else { return }
            let left = self.moved + Self.patience - context.eventLoop.now
            if left > .zero { self.look(after: left, context) } else { context.close(promise: nil) }
        }
    }
}
