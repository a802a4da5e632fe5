import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
public import Ports

/// Calls the hub over its own socket, for the command line. No TLS: the socket's file mode says who may.
public struct LocalClient: Sendable {
    private let socketPath: String
    private let client: OwnedClient

    /// A client for the socket at that path; call `close` when done.
    public init(socketPath: String) {
        self.socketPath = socketPath
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = OwnedClient(configuration)
    }

    /// The hub's answer, whatever its status.
    ///
    /// - Parameters:
    ///   - path: path and query, encoded, beginning with `/`.
    ///   - milliseconds: how long the answer may take.
    /// - Throws: `OutboundFailure`; `notSent` with `hub_not_running` when nobody listens.
    public func call(
        method: String, path: String, body: [UInt8]?, headers: [(name: String, value: String)] = [],
        milliseconds: Int? = nil
    ) async throws(OutboundFailure) -> OutboundReply {
        // RFC 3986 §3.2.2: the socket's path stands where the host would, so all of it is encoded.
        var request = HTTPClientRequest(url: "http+unix://\(PercentEncoding.encode(socketPath))\(path)")
        request.method = HTTPMethod(rawValue: method)
        request.headers = try RequestHeaders.build(headers.map { ($0.name, .plain($0.value)) })
        request.headers.add(name: "host", value: "localhost")
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            return try await ReplyReader.exchange(
                request, over: client.client, bodyBytes: Limits.localBodyBytes.value,
                milliseconds: milliseconds ?? Limits.localMilliseconds.value)
        } catch is IOError {
            throw notRunning
        } catch {
            switch Failures.judge(error) {
            case .notSent: throw notRunning
            case .unknown(let reason, let says): throw .unknown(reason: reason, says: says)
            }
        }
    }

    /// Closes the connection. Call it once.
    public func close() async throws { try await client.shutdown() }

    private var notRunning: OutboundFailure {
        .notSent(
            reason: "hub_not_running",
            says: "no hub answers at \(socketPath). Start one with `linchpin serve`, or name its data folder.")
    }
}
