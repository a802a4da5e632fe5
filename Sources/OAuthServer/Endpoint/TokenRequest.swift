public import Core
public import Keys
public import Ports

/// A request to an endpoint where clients prove themselves, as the edge hands it on. The URL's query is not in it: RFC 6749 §2.3.1.
public struct TokenRequest: Sendable {
    /// The values of all Authorization headers.
    public let authorization: [String]
    /// The value of Content-Type; nil when there was none.
    public let contentType: String?
    /// The body, within `Limits.openBodyBytes`.
    public let body: [UInt8]
    /// The values of all DPoP headers.
    public let dpop: [String]
    /// The path of the endpoint that it came to.
    public let path: String
    /// The client certificate of the connection that it came on. Never out of a header.
    public let certificate: PeerCertificate?
    /// Where it came from, a network of one caller; `-` where that is not known.
    public let address: String
    /// The values of all Accept headers.
    public let accept: [String]

    /// Puts a request together.
    public init(
        authorization: [String], contentType: String?, body: [UInt8], dpop: [String] = [],
        path: String = "/oauth2/token", address: String = "-", accept: [String] = [],
        certificate: PeerCertificate? = nil
    ) {
        self.certificate = certificate
        self.authorization = authorization
        self.contentType = contentType
        self.body = body
        self.dpop = dpop
        self.path = path
        self.address = address
        self.accept = accept
    }

    /// Whether the caller names this media type among what it takes (RFC 9110 §12.5.1).
    func takes(_ type: String) -> Bool {
        accept.flatMap { $0.split(separator: ",") }.contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            // §12.4.2: a weight of 0 is "not acceptable".
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) ?? 0 == 0 }
            return parts.first == type && !isRefused
        }
    }
}

/// The answer of such an endpoint, and what the log should say of it.
public struct TokenResponse: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The headers, content-type too, names in lowercase.
    public internal(set) var headers: [(name: String, value: String)]
    /// The body. On success it holds the token: write it to the caller and nowhere else.
    public let body: JSON
    /// What is sent instead of `body`, as it is; nil for most.
    public internal(set) var raw: [UInt8]?
    /// How it ended.
    public let outcome: Transaction.Outcome
    /// A stable reason code; empty unless it was refused or failed.
    public let reason: String
    /// For the log, in a sentence: whom or what a refusal is about; nil where its reason says all.
    public internal(set) var about: String?
    /// The client's name once it is proved, else `-`.
    public let client: String
    /// The application user's name once it is known, else `-`.
    public let user: String
    /// What broke, for the operator's log and never for the caller; nil unless it is a defect.
    public let problem: String?
}
