/// One HTTP request to the sandbox, as its edge read it.
public struct SandboxRequest: Sendable {
    /// The method, upper case.
    public let method: String
    /// The path as sent, still percent-encoded, without the query.
    public let path: String
    /// The query as sent, without `?`; empty when there is none.
    public let query: String
    /// Names in lower case, in the order received.
    public let headers: [(name: String, value: String)]
    /// The body; empty when there is none.
    public let body: [UInt8]

    /// Puts a request together.
    public init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The value of a header that comes once; nil when it is missing or comes again.
    func header(_ name: String) -> String? {
        let found = headers.filter { $0.name == name }
        return found.count == 1 ? found[0].value : nil
    }

    /// Whether the header is there, however often.
    func has(_ name: String) -> Bool { headers.contains { $0.name == name } }
}

/// What the edge sends back.
public struct SandboxReply: Sendable {
    /// The status code.
    public let status: Int
    /// Names as Okta spells them, values.
    public var headers: [(String, String)]
    /// The body; empty for 204.
    public let body: [UInt8]
    /// Whether the edge sends nothing and lets the caller wait: a fault that a test asked for.
    public var hangs = false
    /// Whether the edge breaks the connection off instead of answering.
    public var drops = false
    /// How long the edge keeps the answer back.
    public var delayMilliseconds: Int64 = 0

    /// Puts a reply together.
    public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of that name, upper and lower case alike; nil when there is none.
    public func header(_ name: String) -> String? {
        headers.first { $0.0.lowercased() == name.lowercased() }?.1
    }
}
