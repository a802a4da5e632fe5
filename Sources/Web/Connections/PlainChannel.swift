import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A connection of HTTP/1.1.
struct PlainChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let http1: HTTP1Channel
    private let refuse: Stage.Refuse

    init(responder: @escaping HTTPChannelHandler.Responder, refuse: @escaping Stage.Refuse) {
        http1 = HTTP1Channel(responder: responder)
        self.refuse = refuse
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try Self.fill(channel, isSecure: false, refuse, logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await OtherEnd.$address.withValue(OtherEnd.address(of: value.channel)) {
            await http1.handle(value: value, logger: logger)
        }
    }

    /// Puts in the handlers, the socket's end first.
    static func fill(
        _ channel: any Channel, isSecure: Bool, _ refuse: @escaping Stage.Refuse, _ logger: Logger
    ) throws -> Value {
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
        return try Value(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}
