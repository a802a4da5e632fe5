public import Core
import Crypto

/// Seals and opens with AES-256-GCM (NIST SP 800-38D).
public struct SealingKey: Sendable {
    /// How many bytes a nonce has. A nonce must never come twice under one key.
    public static let nonceBytes = 12

    private let key: SymmetricKey

    /// A key of exactly 32 bytes; throws `HubError` (`bad_key_length`) otherwise.
    public init(_ bytes: Secret) throws {
        guard bytes.count == 32 else {
            throw HubError(
                .internal, "bad_key_length", "A sealing key has exactly 32 bytes.", detail: "it has \(bytes.count)")
        }
        key = bytes.reveal { SymmetricKey(data: $0) }
    }

    /// Nonce, ciphertext and 16-byte tag in one piece.
    ///
    /// - Parameter associated: what the sealed value belongs to; it opens only with the same bytes.
    public func seal(_ plain: Secret, nonce: [UInt8], associated: [UInt8]) throws -> [UInt8] {
        guard nonce.count == Self.nonceBytes else {
            throw HubError(.internal, "bad_nonce_length", "Internal error.", detail: "a nonce has 12 bytes")
        }
        let box = try plain.reveal {
            try AES.GCM.seal($0, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: associated)
        }
        return nonce + box.ciphertext + box.tag
    }

    /// What was sealed.
    ///
    /// Throws `HubError` (`seal_does_not_open`) for another key, other associated bytes, or a changed or cut value;
    /// which of them it was cannot be told.
    public func open(_ sealed: [UInt8], associated: [UInt8]) throws -> Secret {
        do {
            let plain = try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed), using: key, authenticating: associated)
            return Secret(Array(plain))
        } catch {
            throw HubError(
                .internal, "seal_does_not_open", "A sealed value does not open.",
                detail: "another key, another place, or changed bytes (\(sealed.count))")
        }
    }
}
