/// What stands at an address on the network.
public struct FetchedDocument: Sendable, Equatable {
    /// The value of Content-Type; empty where none was sent.
    public let contentType: String
    /// The value of Cache-Control; empty where none was sent.
    public let cacheControl: String
    /// At most `Limits.fetchedBytes`.
    public let body: [UInt8]

    /// States what came.
    public init(contentType: String, cacheControl: String, body: [UInt8]) {
        self.contentType = contentType
        self.cacheControl = cacheControl
        self.body = body
    }
}

/// Reads what somebody else publishes, such as a client's keys; `Hub` fills it.
public protocol DocumentFetching: Sendable {
    /// What one GET is answered with, if that is 200; nil for anything else, and the log of transactions says why.
    ///
    /// Takes https alone, follows no redirect, connects to public addresses only, and waits
    /// `Limits.fetchMilliseconds` at most.
    /// - Parameter purpose: what it is fetched for, as the log shows it; never a secret.
    func document(at url: String, for purpose: String) async -> FetchedDocument?
}
