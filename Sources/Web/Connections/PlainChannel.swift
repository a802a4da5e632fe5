import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A connection of HTTP/1.1.
struct PlainChannel: ServerChildChannel {
    /// The connection as its requests are read.
    typealias Requests = HTTP1Channel.Value

    struct Value: ServerChildChannelValue {
        let requests: Requests
        let address: String
        var channel: any Channel { requests.channel }
    }

    private let http1: HTTP1Channel
    private let refuse: Stage.Refuse

    init(responder: @escaping HTTPChannelHandler.Responder, refuse: @escaping Stage.Refuse) {
        http1 = HTTP1Channel(responder: responder)
        self.refuse = refuse
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let refuse = refuse
        return channel.eventLoop.makeCompletedFuture {
            let address = OtherEnd.address(of: channel)
            let requests = try Self.fill(channel, isSecure: false, { refuse($0, address) }, logger)
            return Value(requests: requests, address: address)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await OtherEnd.$address.withValue(value.address) {
            await http1.handle(value: value.requests, logger: logger)
        }
    }

    /// Puts in the handlers, the socket's end first.
    static func fill(
        _ channel: any Channel, isSecure: Bool, _ refuse: @escaping @Sendable (HubError) -> WebReply, _ logger: Logger
    ) throws -> Requests {
        var bounds = NIOHTTPDecoderLimitConfiguration()
        bounds.maxHeaderFieldSize = Limits.headerBytes.value
        bounds.maxHeaderListSize = Limits.headerBytes.value
        bounds.maxHeaderFieldCount = Limits.headerFields.value
        let pipeline = channel.pipeline.syncOperations
        let clock = HeadClock()
        try pipeline.addHandler(clock)
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: bounds)
        try pipeline.addHandler(RequestGuard(clock: clock, refuse: refuse))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
        try pipeline.addHandler(BodyClock())
        try pipeline.addHandler(AnswerClock())
        try pipeline.addHandler(
            HTTPConnectionStateHandler(idleTimeout: .seconds(Limits.idleConnectionSeconds.value), logger: logger))
        return try Requests(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}
