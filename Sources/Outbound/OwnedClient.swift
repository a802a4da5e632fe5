import AsyncHTTPClient
import NIOPosix

/// An HTTP client that closes when nobody holds it any more. AsyncHTTPClient ends a debug build instead, which would turn
/// one error that cuts a caller short into the end of the program.
final class OwnedClient: Sendable {
    let client: HTTPClient

    init(_ configuration: HTTPClient.Configuration) {
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    /// Closes the connections and returns when they are closed. Call it once.
    func shutdown() async throws { try await client.shutdown() }

    deinit { client.shutdown { _ in } }
}
