import Core
import Keys

/// When the pages first saw a request that its parameters do not bring along, marked so that a browser carries the moment
/// and cannot choose it: an HMAC, and nothing is kept.
///
/// By it the request counts on while somebody signs in and reads, though its own time is over, and a sign-in since then
/// answers `prompt=login` and `max_age`, which no browser can take out of such a request.
struct Openings: Sendable {
    /// 32 bytes that all hubs of a store share.
    let key: Secret

    /// The mark of a `request_uri`, or of a request object.
    func mark(_ reference: String, openedAt: Timestamp) -> String {
        let moment = String(openedAt.epochMilliseconds)
        let code = Hashing.hmacSHA256(Array("opened, version 1: \(moment) \(reference)".utf8), key: key)
        return moment + "." + Base64URL.encode(code)
    }

    /// The moment that a mark of ours tells; nil without one, and when it is over.
    func moment(_ mark: String?, of reference: String, at now: Timestamp) -> Timestamp? {
        guard let mark, let written = Int64(mark.prefix { $0 != "." }) else { return nil }
        let openedAt = Timestamp(epochMilliseconds: written)
        guard Secret(self.mark(reference, openedAt: openedAt)).matches(Secret(mark)),
            now.milliseconds(since: openedAt) < Int64(Limits.openedSeconds.value) * 1_000
        else { return nil }
        return openedAt
    }
}

/// What stands for a request on its way through the pages.
struct RequestReference: Sendable, Equatable {
    /// The client, the reference and its mark, as a query.
    let query: String
    let openedAt: Timestamp
    /// The hash of a pushed request, which a code uses up.
    var pushed: [UInt8]?

    /// The name under which the mark travels.
    static let mark = "opened"
}
