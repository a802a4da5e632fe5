import Core
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// What `RequestGuard` is for HTTP/1.1, for one stream of HTTP/2: the host is named once, and a body that is not wanted
/// is not waited for.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let refuse: @Sendable (HubError) -> WebReply
    private var isInRequest = false
    private var isRefused = false
    private var closing: Scheduled<Void>?

    init(refuse: @escaping @Sendable (HubError) -> WebReply) { self.refuse = refuse }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isInRequest = true
            if let error = HostRule.broken(by: head) {
                isRefused = true
                return answer(refuse(error), context)
            }
        case .body: break
        case .end:
            isInRequest = false
            closing?.cancel()
        }
        if !isRefused { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        if case .end = unwrapOutboundIn(data) { answered(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        context.fireChannelInactive()
    }

    private func answer(_ reply: WebReply, _ context: ChannelHandlerContext) {
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: fields)
        let bytes = reply.raw ?? reply.body?.bytes ?? []
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        answered(context)
    }

    private func answered(_ context: ChannelHandlerContext) {
        guard isInRequest else { return }
        closing = context.eventLoop.assumeIsolated().scheduleTask(
            in: .seconds(Int64(Limits.lingerSeconds.value))
        ) { context.close(promise: nil) }
    }
}
