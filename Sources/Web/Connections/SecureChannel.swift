import Core
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// A connection of TLS, and inside it HTTP/2 or HTTP/1.1, as ALPN (RFC 7301 §3) has it.
struct SecureChannel: ServerChildChannel {
    enum Negotiated: Sendable {
        case http1(PlainChannel.Requests)
        case http2(HTTP2Pipeline.Connection)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let negotiated: EventLoopFuture<Negotiated>
        let shown: ShownCertificate
        let address: String
    }

    private let identity: ServerIdentity
    private let http1: HTTP1Channel
    private let refuse: Stage.Refuse

    init(
        identity: ServerIdentity, responder: @escaping HTTPChannelHandler.Responder,
        refuse: @escaping Stage.Refuse
    ) {
        self.identity = identity
        http1 = HTTP1Channel(responder: responder)
        self.refuse = refuse
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let refuse = refuse
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let address = OtherEnd.address(of: channel)
            let answer: @Sendable (HubError) -> WebReply = { refuse($0, address) }
            let shown = ShownCertificate()
            try pipeline.addHandler(try identity.handler(keeping: shown))
            let alpn = NIOTypedApplicationProtocolNegotiationHandler<Negotiated> { result in
                channel.eventLoop.makeCompletedFuture {
                    if case .negotiated("h2") = result {
                        return .http2(try HTTP2Pipeline.fill(channel, answer, logger))
                    }
                    return .http1(try PlainChannel.fill(channel, isSecure: true, answer, logger))
                }
            }
            try pipeline.addHandler(alpn)
            let negotiated = alpn.protocolNegotiationResult
            let limit = channel.eventLoop.scheduleTask(in: .seconds(Int64(Limits.handshakeSeconds.value))) {
                channel.close(promise: nil)
            }
            negotiated.whenComplete { _ in limit.cancel() }
            return Value(channel: channel, negotiated: negotiated, shown: shown, address: address)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await OtherEnd.$address.withValue(value.address) {
            await ShownCertificate.$current.withValue(value.shown) { await serve(value, logger) }
        }
    }

    private func serve(_ value: Value, _ logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http1(let connection):
                await http1.handle(value: connection, logger: logger)
            case .http2(let connection):
                try await withThrowingDiscardingTaskGroup { group in
                    for try await stream in connection.inbound {
                        group.addTask { await http1.handle(value: stream, logger: logger) }
                    }
                }
            }
        } catch {
            // A handshake that failed, or a connection that broke: nobody is there to be answered.
            logger.debug("a connection ended", metadata: ["error.detail": "\(error)"])
            value.channel.close(promise: nil)
        }
    }
}
