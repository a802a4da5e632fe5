/// Numbers that follow from a seed (SplitMix64; Steele, Lea, Flood 2014). For looks, never for secrets.
struct Dice: Sendable {
    private static let alphabet = Array("0123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ")
    private static let hexDigits = Array("0123456789abcdef")
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// From 0 up to, not including, the bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }

    mutating func letters(_ count: Int) -> String { String((0..<count).map { _ in pick(Self.alphabet) }) }

    mutating func hex(_ count: Int) -> String { String((0..<count).map { _ in pick(Self.hexDigits) }) }

    /// An identifier in Okta's form: three letters of kind, 20 characters in all.
    mutating func id(_ prefix: String) -> String { prefix + letters(14) + "5d7" }

    /// 32 hexadecimal digits in the five groups of a UUID.
    mutating func uuid() -> String {
        var rest = hex(32)[...]
        return [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }.joined(separator: "-")
    }
}

/// A fingerprint that tells versions apart; not cryptography (FNV-1a, four lanes).
enum Digest {
    /// 64 hexadecimal digits.
    static func hex(of bytes: [UInt8]) -> String {
        (0..<4).map { lane in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ (UInt64(lane) &* 0x9E37_79B9_7F4A_7C15)
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            let text = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}
