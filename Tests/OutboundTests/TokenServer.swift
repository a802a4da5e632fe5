import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A provider of tokens over real HTTP: it grants some scopes of those that are asked for, and refuses a refresh that asks
/// for more, as Okta does.
final class TokenServer: Sendable {
    struct State: Sendable {
        var granted: Set<String> = []
        /// The scopes of each refresh, as they came.
        var refreshes: [String] = []
        var number = 0
    }

    let state = Mutex(State())

    /// Runs it on a free port of this machine.
    static func with<R>(_ body: (TokenServer, _ port: Int) async throws -> R) async throws -> R {
        let server = TokenServer()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<R, any Error>
        do { result = .success(try await body(server, channel.localAddress?.port ?? 0)) } catch {
            result = .failure(error)
        }
        try await channel.close()
        return try result.get()
    }

    fileprivate func answer(_ body: [UInt8]) -> (HTTPResponseStatus, JSON) {
        var form: [String: String] = [:]
        do { for pair in try FormParameters(body).pairs { form[pair.name] = pair.value } } catch {
            return (.badRequest, [:])
        }
        return state.withLock { state in
            let asked = (form["scope"] ?? "").split(separator: " ").map(String.init)
            if form["grant_type"] == "refresh_token" {
                state.refreshes.append(asked.sorted().joined(separator: " "))
                guard asked.allSatisfy(state.granted.contains) else {
                    return (.badRequest, ["error": "access_denied"])
                }
            }
            state.number += 1
            return (
                .ok,
                [
                    "access_token": .string("access-\(state.number)"), "token_type": "Bearer", "expires_in": 3600,
                    "refresh_token": "refresh-1", "scope": .string(state.granted.sorted().joined(separator: " ")),
                ]
            )
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let server: TokenServer
        private var body: [UInt8] = []

        init(server: TokenServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = []
            case .body(let part): body += part.readableBytesView
            case .end:
                let (status, json) = server.answer(body)
                let text = json.text()
                let headers: HTTPHeaders = [
                    "content-type": "application/json", "content-length": "\(text.utf8.count)",
                ]
                let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
