public import Core
import Keys

/// Nonces for proofs of possession (RFC 9449 §8, §9): an HMAC of the window of time under a key that all hubs of a store
/// share. Nothing is kept.
public struct DPoPNonces: Sendable {
    private let key: Secret

    /// - Parameter key: 32 bytes that nobody else knows.
    public init(key: Secret) { self.key = key }

    /// The nonce to use now; 43 characters of base64url.
    public func current(at now: Timestamp) -> String { nonce(of: Self.window(of: now)) }

    /// Whether it is that of the present window or of the one before.
    func take(_ nonce: String, at now: Timestamp) -> Bool {
        let window = Self.window(of: now)
        return [window, window - 1].contains { Secret(self.nonce(of: $0)).matches(Secret(nonce)) }
    }

    private func nonce(of window: Int64) -> String {
        Base64URL.encode(Hashing.hmacSHA256(Array("nonce for proofs, version 1: \(window)".utf8), key: key))
    }

    private static func window(of now: Timestamp) -> Int64 { now.epochSeconds / Int64(Limits.proofNonceSeconds.value) }
}
