import Core
import NIOCore
import NIOHTTP1

/// Stands behind the HTTP/1.1 parser: what the parser refuses gets an answer and a row in the log, like any refusal.
///
/// Answers keep their order: a refusal waits until the requests before it are answered, and is the last answer of its
/// connection. An error inside a request that is being handled is that request's own: its body breaks off.
final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The rest of a request is not HTTP.
    struct BrokenRequest: Error {}

    private let refuse: @Sendable (HubError) -> WebReply
    /// The clock of the same connection.
    private let clock: HeadClock
    /// Requests whose answer has not ended.
    private var unanswered = 0
    /// Whether the end of a request is still to come.
    private var isInRequest = false
    /// Whether no further request is taken.
    private var isLast = false
    /// The last answer, when it is a refusal that waits for its turn.
    private var waiting: HubError?
    private var closing: Scheduled<Void>?

    init(clock: HeadClock, refuse: @escaping @Sendable (HubError) -> WebReply) {
        self.clock = clock
        self.refuse = refuse
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLast, !isInRequest { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let error = HostRule.broken(by: head) { return end(with: error, context) }
            unanswered += 1
            isInRequest = true
            // RFC 9110 §7.8: an upgrade may be ignored; the parser reads nothing after one: this is the last answer.
            isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade") || head.method == .CONNECT
            clock.headCame()
        case .body:
            break
        case .end:
            isInRequest = false
            closing?.cancel()
            clock.requestEnded()
        }
        context.fireChannelRead(data)
        if isLast, !isInRequest, unanswered == 0 { linger(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isLast, !isInRequest { return }
        guard let refusal = HubError(refusedByParser: error) else { return context.fireErrorCaught(error) }
        guard isInRequest else { return end(with: refusal, context) }
        isLast = true
        isInRequest = false
        context.fireErrorCaught(BrokenRequest())
        if unanswered == 0 { linger(context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isLast && unanswered == 1 && waiting == nil:
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            unanswered -= 1
            context.writeAndFlush(data, promise: promise)
            if unanswered == 0 { answered(context) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent, isLast, closing != nil {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        context.fireChannelInactive()
    }

    /// Nothing more is read; the refusal is the last answer.
    private func end(with error: HubError, _ context: ChannelHandlerContext) {
        isLast = true
        isInRequest = false
        waiting = error
        if unanswered == 0 { answered(context) }
    }

    private func answered(_ context: ChannelHandlerContext) {
        if let error = waiting {
            waiting = nil
            write(refuse(error), context)
            linger(context)
        } else if isInRequest {
            // Answered before its body was in. What still comes is not waited for long.
            closeSoon(context)
        } else if isLast {
            linger(context)
        }
    }

    private func write(_ reply: WebReply, _ context: ChannelHandlerContext) {
        let bytes = reply.raw ?? reply.body?.bytes ?? []
        var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
        headers.add(name: "content-length", value: String(bytes.count))
        headers.add(name: "connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// RFC 9112 §9.6: closes our side, reads on for a moment and then closes the rest: a reset would take the answer
    /// with it.
    private func linger(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        closeSoon(context)
    }

    private func closeSoon(_ context: ChannelHandlerContext) {
        closing?.cancel()
        closing = context.eventLoop.assumeIsolated().scheduleTask(
            in: .seconds(Int64(Limits.lingerSeconds.value))
        ) { context.close(promise: nil) }
    }
}

extension HubError {
    /// The refusal of what the parser does not take; nil for errors that are not its.
    init?(refusedByParser error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            self.init(
                .headerTooLarge, "header_too_large",
                "The header is over \(Limits.headerBytes.value) bytes or \(Limits.headerFields.value) fields.")
        case HTTPParserError.invalidMethod:
            self.init(.invalid, "malformed_request", "The request does not begin with a method that HTTP knows.")
        case HTTPParserError.invalidVersion:
            self.init(.invalid, "malformed_request", "The request is of another version than HTTP/1.1.")
        case is HTTPParserError, is ByteToMessageDecoderError:
            self.init(.invalid, "malformed_request", "The request is not HTTP/1.1.")
        case is HeadClock.TooSlow:
            self.init(
                .tooSlow, "header_too_slow",
                "The header was not complete after \(Limits.headerSeconds.value) seconds. Send it again.")
        default: return nil
        }
    }
}
