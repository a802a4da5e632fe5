import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Ports

/// Sends a prepared request and reads the answer within its bounds.
enum ReplyReader {
    /// The answer is larger than its bound.
    struct TooLarge: Error {}
    /// The answer came too slowly.
    struct TooSlow: Error {}

    static func exchange(
        _ request: HTTPClientRequest, over client: HTTPClient, bodyBytes: Int, milliseconds: Int
    ) async throws -> OutboundReply {
        let deadline = NIODeadline.now() + .milliseconds(Int64(milliseconds))
        let response = try await client.execute(request, deadline: deadline)
        for value in response.headers["content-length"] {
            guard let length = Int(value), length <= bodyBytes || request.method == .HEAD else { throw TooLarge() }
        }
        var body: [UInt8] = []
        for try await part in response.body {
            guard body.count + part.readableBytes <= bodyBytes else { throw TooLarge() }
            guard NIODeadline.now() < deadline else { throw TooSlow() }
            body += part.readableBytesView
        }
        return OutboundReply(
            status: Int(response.status.code),
            headers: response.headers.map { (name: $0.name.lowercased(), value: $0.value) }, body: body)
    }
}
