public import Core
public import Keys

/// A signed statement about the chain. Kept elsewhere, it is a witness: what it covers can no longer change unnoticed.
public struct Checkpoint: Sendable, Equatable {
    /// What is stated.
    public enum Kind: String, Sendable, CaseIterable {
        /// The chain ended here.
        case head = "checkpoint"
        /// Everything up to here was removed by retention; the chain goes on from here.
        case truncation
    }

    /// What is stated.
    public let kind: Kind
    /// The link it is about.
    public let n: Int64
    /// That link's hash.
    public let hash: [UInt8]
    /// When it was signed, by the signer's clock.
    public let at: Timestamp
    /// Which key signed.
    public let keyID: String
    /// Ed25519 (RFC 8032 §5.1) over kind, number, hash and time.
    public let signature: [UInt8]

    /// A checkpoint as it was read; nothing is checked.
    public init(kind: Kind, n: Int64, hash: [UInt8], at: Timestamp, keyID: String, signature: [UInt8]) {
        self.kind = kind
        self.n = n
        self.hash = hash
        self.at = at
        self.keyID = keyID
        self.signature = signature
    }

    /// Signs a statement about the chain's end.
    public static func sign(_ head: ChainHead, _ kind: Kind = .head, at now: Timestamp, with key: SigningKey) throws
        -> Checkpoint
    {
        Checkpoint(
            kind: kind, n: head.n, hash: head.hash, at: now, keyID: key.id,
            signature: try key.sign(signedBytes(kind, head, now)))
    }

    /// The end that is stated.
    public var head: ChainHead { ChainHead(n: n, hash: hash) }

    /// Whether this key made the signature.
    public func isSigned(by key: VerifyingKey) -> Bool {
        key.verifies(signature, of: Self.signedBytes(kind, head, at))
    }

    private static func signedBytes(_ kind: Kind, _ head: ChainHead, _ at: Timestamp) -> [UInt8] {
        Framed.bytes(
            "linchpin-\(kind.rawValue) v1",
            [Framed.number(head.n), head.hash, Framed.number(at.epochMilliseconds)])
    }
}

extension Checkpoint {
    /// One line to copy: `linchpin-checkpoint v1 41 <hash> 2026-11-21T20:56:01.250Z <key id> <signature>`.
    public var text: String {
        [
            "linchpin-\(kind.rawValue)", "v1", String(n), Hex.encode(hash), at.rfc3339, keyID,
            Base64URL.encode(signature),
        ].joined(separator: " ")
    }

    /// Reads the line that `text` writes, and nothing else; spaces and line ends around it may stay.
    public init?(text: String) {
        guard text.utf8.count <= 512 else { return nil }
        let line = text.utf8.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
        let parts = Array(line).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 7, parts[1] == "v1",
            let kind = Kind.allCases.first(where: { "linchpin-\($0.rawValue)" == parts[0] }),
            let n = Int64(parts[2]), n > 0, String(n) == parts[2],
            let hash = Hex.decode(parts[3]), hash.count == 32,
            let at = Timestamp(rfc3339: parts[4]), at.rfc3339 == parts[4],
            let key = Hex.decode(parts[5]), (1...32).contains(key.count),
            let signature = Base64URL.decode(parts[6]), signature.count == 64
        else { return nil }
        self.init(kind: kind, n: n, hash: hash, at: at, keyID: parts[5], signature: signature)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
