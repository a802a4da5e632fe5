public import Core

/// A header's value: shown in full, or injected at the socket and shown nowhere.
public enum HeaderValue: Sendable {
    /// An ordinary value.
    case plain(String)
    /// A prefix such as `SSWS ` and a secret behind it.
    case secret(prefix: String, Secret)
}

/// One request to an outside system, already encoded for its place.
public struct OutboundRequest: Sendable {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    public let method: String
    /// An absolute URL; scheme, host and port come from the connection, never from an action's input.
    public let url: String
    /// Headers in order.
    public let headers: [(name: String, value: HeaderValue)]
    /// The body; nil sends none.
    public let body: [UInt8]?
    /// A body that holds secrets, instead of `body`; it is opened at the socket.
    public let sealedBody: Secret?
    /// Whether plain `http://` to a loopback address is allowed for this connection.
    public let allowsLoopbackHTTP: Bool
    /// How it travels.
    public let passage: Passage

    /// States a request.
    public init(
        method: String, url: String, headers: [(name: String, value: HeaderValue)], body: [UInt8]?,
        sealedBody: Secret? = nil, allowsLoopbackHTTP: Bool, passage: Passage = .plain
    ) {
        self.passage = passage
        self.sealedBody = sealedBody
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.allowsLoopbackHTTP = allowsLoopbackHTTP
    }
}

/// What an outside system answered.
public struct OutboundReply: Sendable {
    /// The HTTP status.
    public let status: Int
    /// Headers in order, names in lowercase.
    public let headers: [(name: String, value: String)]
    /// The body, at most `Limits.outboundBodyBytes`.
    public let body: [UInt8]

    /// States an answer.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that lowercase name.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Why there is no usable answer. The difference between the two decides whether a step is in doubt.
public enum OutboundFailure: Error, Sendable, Equatable {
    /// Not a byte of the request left: refused address, no route, failed handshake.
    case notSent(reason: String, says: String)
    /// The request may have arrived; its outcome is unknown.
    case unknown(reason: String, says: String)
}

/// The only way to the network. Follows no redirect, verifies TLS, refuses forbidden addresses, keeps all bounds.
public protocol OutboundCalling: Sendable {
    /// The answer, whatever its status.
    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply
}
