import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
public import Ports

/// The only way to the network: vets addresses, verifies TLS, follows no redirect, keeps all bounds.
public final class OutboundClient: OutboundCalling {
    /// What one call may take. Tests pass small ones.
    public struct Bounds: Sendable {
        /// Reaching the other side, in milliseconds.
        public var connectMilliseconds = Limits.outboundConnectMilliseconds.value
        /// The whole call, in milliseconds.
        public var totalMilliseconds = Limits.outboundMilliseconds.value
        /// The answer's body.
        public var bodyBytes = Limits.outboundBodyBytes.value

        /// Those of `Limits`.
        public init() {}
    }

    private let policy: AddressPolicy
    private let bounds: Bounds
    private let pool: ClientPool

    /// - Parameter policy: which addresses may be connected to.
    public init(policy: AddressPolicy = .safe, bounds: Bounds = Bounds()) {
        self.policy = policy
        self.bounds = bounds
        pool = ClientPool(policy: policy, bounds: bounds)
    }

    /// Closes all connections. Later calls are `notSent`. Call it once, before the program ends.
    public func shutdown() async throws { try await pool.shutdown() }

    public func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        guard let url = StrictURL(request.url) else {
            throw .notSent(reason: "url_invalid", says: "the address is not a plain http or https URL. Correct it.")
        }
        let headers = try RequestHeaders.build(request.headers)
        let address = try await vetted(url, request)
        var sending = HTTPClientRequest(url: url.text)
        sending.method = HTTPMethod(rawValue: request.method)
        sending.headers = headers
        if let sealed = request.sealedBody {
            sending.body = .bytes(ByteBuffer(bytes: sealed.reveal { $0 }))
        } else if let body = request.body {
            sending.body = .bytes(ByteBuffer(bytes: body))
        }
        let key = ClientPool.Key(
            host: url.host, address: address,
            toLoopback: request.allowsLoopbackHTTP && AddressPolicy.isLoopback(address),
            passage: request.passage.mark)
        let taken = try pool.take(key, request.passage)
        defer { pool.giveBack(key) }
        let mark = taken.connections.mark
        do {
            return try await ReplyReader.exchange(
                sending, over: taken.client.client, bodyBytes: bounds.bodyBytes, milliseconds: bounds.totalMilliseconds)
        } catch {
            let failure = Failures.judge(error)
            throw taken.connections.none(since: mark)
                ? Failures.notSent(failure, secure: url.scheme == "https") : failure
        }
    }

    /// The one address to connect to, the host's or its proxy's, after every address of it was judged.
    private func vetted(_ url: StrictURL, _ request: OutboundRequest) async throws(OutboundFailure) -> IPAddress {
        guard let proxy = request.passage.proxy else {
            let (address, toLoopback) = try await vetted(url.host, "the host of the URL", request)
            // No plain text on a network; loopback never leaves the machine.
            guard url.scheme == "https" || toLoopback else { throw Self.plain }
            return address
        }
        guard url.scheme == "https" else { throw Self.plain }
        // The proxy resolves the name, so no address can be judged. One without a name would have its certificate
        // compared with the proxy's address.
        guard IPAddress(url.host) == nil else {
            throw .notSent(
                reason: "proxy_needs_name",
                says: "through a proxy a host is reached by its name. Give the URL with one.")
        }
        if url.host == "localhost" { _ = try await vetted(url.host, "the host of the URL", request) }
        return try await vetted(proxy.host, "the connection's proxy", request).address
    }

    private func vetted(
        _ host: String, _ what: String, _ request: OutboundRequest
    ) async throws(OutboundFailure) -> (address: IPAddress, toLoopback: Bool) {
        let addresses: [IPAddress]
        do { addresses = try await Resolver.addresses(of: host) } catch { addresses = [] }
        guard let first = addresses.first else {
            throw .notSent(reason: "host_not_found", says: "\(what) has no address. Check it and the DNS.")
        }
        let toLoopback = request.allowsLoopbackHTTP && addresses.allSatisfy(AddressPolicy.isLoopback)
        // Of plain http to a network host, the scheme is what to correct; the caller says so.
        guard !addresses.contains(where: { policy.forbids($0, toLoopback: toLoopback) }) else {
            throw request.url.hasPrefix("http://") && !toLoopback
                ? Self.plain
                : .notSent(
                    reason: "address_forbidden",
                    says: "\(what) has an address that the hub may not connect to. Check it.")
        }
        return (first, toLoopback)
    }

    private static let plain = OutboundFailure.notSent(
        reason: "plain_http",
        says: "plain http is for loopback only, and only where the connection allows it. Use https.")
}
