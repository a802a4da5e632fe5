import Core

/// Where a listing goes on: the last item of the page before. Opaque to callers, mostly of no use after an hour.
struct Cursor {
    private static let seconds: Int64 = 3_600

    let last: String
    let issued: Timestamp

    init(last: String, issued: Timestamp) {
        self.last = last
        self.issued = issued
    }

    /// Reads a cursor of that listing; throws for garbage, another listing's cursor, and one that is too old.
    ///
    /// - Parameter ends: whether it may be too old; one of the system log may be asked with again for good.
    init(_ text: String, listing: String, key: UInt64, at now: Timestamp, ends: Bool = true) throws(OktaError) {
        guard text.utf8.count <= 200, let bytes = Base64URL.decode(text) else { throw .invalidCursor }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".").map(String.init)
        guard parts.count == 3, let issued = Int64(parts[1]) else { throw .invalidCursor }
        self.init(last: parts[0], issued: Timestamp(epochMilliseconds: issued))
        guard self.text(listing: listing, key: key) == text else { throw .invalidCursor }
        let age = now.milliseconds(since: self.issued)
        guard !ends || (0..<Self.seconds * 1000).contains(age) else { throw .invalidCursor }
    }

    /// The text that callers carry.
    func text(listing: String, key: UInt64) -> String {
        let issued = issued.epochMilliseconds
        let check = Digest.hex(of: Array("\(last).\(issued).\(listing).\(key)".utf8)).prefix(16)
        return Base64URL.encode("\(last).\(issued).\(check)".utf8)
    }
}
