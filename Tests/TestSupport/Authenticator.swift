public import Core
import Crypto
import Foundation

/// An authenticator app of the tests' own making (RFC 6238 §4): it knows what the page showed, and nothing of the hub's code.
public struct Authenticator: Sendable {
    private let key: [UInt8]

    /// - Parameter typed: the secret as it was shown, in base 32 (RFC 4648 §6).
    public init(typed: Secret) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let bits = typed.reveal { text in
            text.flatMap { letter in
                let value = alphabet.firstIndex(of: letter) ?? 0
                return (0..<5).map { value >> (4 - $0) & 1 }
            }
        }
        key = stride(from: 0, through: bits.count - 8, by: 8).map { place in
            UInt8(bits[place..<place + 8].reduce(0) { $0 * 2 + $1 })
        }
    }

    /// What it shows at that moment.
    public func code(at now: Timestamp) -> Secret {
        var counter = UInt64(now.epochSeconds / 30).bigEndian
        let hash = Array(
            HMAC<Insecure.SHA1>.authenticationCode(
                for: Data(bytes: &counter, count: 8), using: SymmetricKey(data: key)))
        let place = Int(hash[19] % 16)
        let number = hash[place..<place + 4].reduce(0) { $0 * 256 + Int($1) } % 0x8000_0000 % 1_000_000
        return Secret(String(String(1_000_000 + number).dropFirst()))
    }
}
