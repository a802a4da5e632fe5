public import Core
import Crypto

/// Makes keys for different purposes out of one.
public enum Derivation {
    /// HKDF-SHA256 (RFC 5869 §2) without salt, the label as `info`: 32 bytes that tell nothing about keys of other labels.
    public static func key(_ label: String, from master: Secret) -> Secret {
        master.reveal { master in
            let derived = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: master), info: Array(label.utf8), outputByteCount: 32)
            return Secret(derived.withUnsafeBytes { Array($0) })
        }
    }
}
