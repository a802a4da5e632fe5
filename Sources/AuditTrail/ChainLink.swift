import Core
import Keys

/// One event in its place in the chain: what it says cannot change without its hash, nor its hash without all later ones.
public struct ChainLink: Sendable, Equatable {
    /// Its number; the first is 1 and none is left out.
    public let n: Int64
    /// SHA-256 over its number, its predecessor's hash and its event text.
    public let hash: [UInt8]
    /// The event as the exact JSON text that was recorded.
    public let event: String

    /// A link as it is stored; nothing is checked.
    public init(n: Int64, hash: [UInt8], event: String) {
        self.n = n
        self.hash = hash
        self.event = event
    }

    /// By bytes: event texts that merely look alike are different.
    public static func == (left: Self, right: Self) -> Bool {
        left.n == right.n && left.hash == right.hash && left.event.isExactly(right.event)
    }
}

/// The end of a chain: where the next link is attached.
public struct ChainHead: Sendable, Equatable {
    /// The last number; 0 before the first event.
    public let n: Int64
    /// The last hash; 32 zero bytes before the first event.
    public let hash: [UInt8]

    /// Names an end that was read.
    public init(n: Int64, hash: [UInt8]) {
        self.n = n
        self.hash = hash
    }

    /// Before the first event.
    public static let genesis = ChainHead(n: 0, hash: [UInt8](repeating: 0, count: 32))

    /// The link that an event becomes behind this end.
    public func link(_ event: String) -> ChainLink {
        ChainLink(
            n: n + 1,
            hash: Hashing.sha256(
                Framed.bytes("linchpin-audit-link v1", [Framed.number(n + 1), hash, Array(event.utf8)])),
            event: event)
    }
}

extension ChainLink {
    /// The chain's end once this link is its last.
    public var head: ChainHead { ChainHead(n: n, hash: hash) }
}

/// Fields one after the other, each behind its length, so that no two lists of fields give the same bytes.
enum Framed {
    /// A domain tag, then the fields. The tag keeps what is hashed or signed for one purpose from serving another.
    static func bytes(_ tag: String, _ fields: [[UInt8]]) -> [UInt8] {
        ([Array(tag.utf8)] + fields).flatMap { number(Int64($0.count)) + $0 }
    }

    /// Eight bytes, the most significant first.
    static func number(_ value: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }
}
