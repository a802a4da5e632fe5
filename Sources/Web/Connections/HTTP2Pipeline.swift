import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypesHTTP2

/// A connection of HTTP/2 with every bound set: streams, headers, floods of frames, idle time, the way it ends.
///
/// What breaks RFC 9113 §5.4 is answered as that section says, by a reset of the stream or the connection, and has no
/// row: there is no request that could have one.
enum HTTP2Pipeline {
    typealias Connection = NIOHTTP2Handler.AsyncStreamMultiplexer<PlainChannel.Requests>

    static func fill(
        _ channel: any Channel, _ refuse: @escaping @Sendable (HubError) -> WebReply, _ logger: Logger
    ) throws -> Connection {
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: .seconds(Int64(Limits.idleConnectionSeconds.value)), maxAge: nil,
                maxGraceTime: .seconds(Int64(Limits.shutdownSeconds.value)), keepalive: nil))
        let watch = StreamWatch(channel, manager: manager.http2StreamDelegate)
        let connection = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server, streamDelegate: watch, configuration: bounds
        ) { stream in
            stream.eventLoop.makeCompletedFuture { try fill(stream: stream, refuse, logger) }
        }
        try channel.pipeline.syncOperations.addHandler(AnswerClock())
        try channel.pipeline.syncOperations.addHandler(manager)
        try channel.pipeline.syncOperations.addHandler(watch)
        return connection
    }

    private static func fill(
        stream: any Channel, _ refuse: @escaping @Sendable (HubError) -> WebReply, _ logger: Logger
    ) throws -> PlainChannel.Requests {
        let pipeline = stream.pipeline.syncOperations
        try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
        try pipeline.addHandler(StreamGuard(refuse: refuse))
        try pipeline.addHandler(BodyClock())
        try pipeline.addHandler(AnswerClock())
        try pipeline.addHandler(
            HTTPConnectionStateHandler(idleTimeout: .seconds(Limits.idleConnectionSeconds.value), logger: logger))
        return try PlainChannel.Requests(wrappingChannelSynchronously: stream)
    }

    private static var bounds: NIOHTTP2Handler.Configuration {
        var bounds = NIOHTTP2Handler.Configuration()
        bounds.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Limits.streams.value),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Limits.headerBytes.value),
        ]
        bounds.connection.maximumBufferedControlFrames = Limits.streamResets.value
        // Rapid reset (CVE-2023-44487), streams that are made to fail, and floods of pings, settings and the like.
        bounds.connection.controlFrameRateLimit.maximumCount = Limits.streamResets.value
        bounds.stream.streamResetFrameRateLimit.maximumCount = Limits.streamResets.value
        bounds.stream.streamErrorRateLimit.maximumCount = Limits.streamResets.value
        return bounds
    }
}
