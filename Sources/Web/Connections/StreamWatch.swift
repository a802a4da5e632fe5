import Core
import NIOCore
import NIOHTTP2
import Synchronization

/// Closes a connection of HTTP/2 where the polite way out needs a peer who plays along: after an error of the
/// connection, and when no stream was open for longer than the idle time.
final class StreamWatch: NIOHTTP2StreamDelegate, ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private struct State {
        var open = 0
        var timer: Scheduled<Void>?
    }

    private let state = Mutex(State())
    private let channel: any Channel
    private let manager: any NIOHTTP2StreamDelegate

    /// - Parameter manager: hears of the streams too; it takes the polite way.
    init(_ channel: any Channel, manager: any NIOHTTP2StreamDelegate) {
        self.channel = channel
        self.manager = manager
    }

    func handlerAdded(context: ChannelHandlerContext) { start() }

    func streamCreated(_ id: HTTP2StreamID, channel stream: any Channel) {
        state.withLock { state in
            state.open += 1
            state.timer?.cancel()
        }
        manager.streamCreated(id, channel: stream)
    }

    func streamClosed(_ id: HTTP2StreamID, channel stream: any Channel) {
        let isIdle = state.withLock { state in
            state.open -= 1
            return state.open == 0
        }
        if isIdle { start() }
        manager.streamClosed(id, channel: stream)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // RFC 9113 §5.4.1: after an error of the connection the GOAWAY is out; the connection ends.
        if !(error is NIOHTTP2Errors.StreamError) { context.close(promise: nil) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.withLock { $0.timer?.cancel() }
        context.fireChannelInactive()
    }

    private func start() {
        let seconds = Limits.idleConnectionSeconds.value + Limits.lingerSeconds.value
        let timer = channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) { [channel] in
            channel.close(promise: nil)
        }
        state.withLock { state in
            state.timer?.cancel()
            state.timer = timer
        }
    }
}
