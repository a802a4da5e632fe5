import Core

/// The code that a device shows and a person types (RFC 8628 §6.1): eight of twenty consonants, which spell no word and
/// which nobody mistakes for each other; about 34 bits.
struct UserCode: Sendable, Equatable {
    private static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
    private static let length = 8

    /// Eight letters.
    let text: String

    /// As it is shown, such as `WDJB-MJHT`.
    var shown: String { "\(text.prefix(4))-\(text.suffix(4))" }

    /// One that nobody can foretell.
    init(_ effects: Effects) {
        var letters: [UInt8] = []
        // Bytes of the last, smaller round would favour the first letters.
        let fair = 256 / Self.alphabet.count * Self.alphabet.count
        while letters.count < Self.length {
            letters += effects.randomBytes(Self.length).filter { $0 < fair }
                .map { Self.alphabet[Int($0) % Self.alphabet.count] }
        }
        text = String(decoding: letters.prefix(Self.length), as: UTF8.self)
    }

    /// Reads what somebody typed, in capitals or not, with the dash or without (RFC 8628 §6.1); nil for what is no code.
    init?(typed: String) {
        guard typed.utf8.count <= 40 else { return nil }
        let letters = typed.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
            .map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }
        guard letters.count == Self.length, letters.allSatisfy(Self.alphabet.contains) else { return nil }
        text = String(decoding: letters, as: UTF8.self)
    }

    /// As it is stored.
    init(stored text: String) { self.text = text }
}
