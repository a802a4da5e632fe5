/// What ties a request, its decision, its transactions and its audit events together: `c-` and 13 characters.
public struct CorrelationID: Hashable, Sendable, CustomStringConvertible {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The text as it is quoted.
    public let text: String
    public var description: String { text }

    /// A new id, in Crockford's base 32, easy to read aloud: five digits of the minute, two of the moment in it, and 30
    /// random bits.
    ///
    /// By the minute an id without a row of its own still leads to the sums of its minute; by the moment ids that are made
    /// together lie together in an index.
    ///
    /// - Parameter moment: when what it stands for began, if that was read from the clock already.
    public static func new(_ effects: Effects, at moment: Timestamp? = nil) -> Self {
        let (minute, milliseconds) = CivilTime.divide((moment ?? effects.now()).epochMilliseconds, by: 60_000)
        let time = minute << 10 | (milliseconds << 10) / 60_000
        let dice = effects.randomBytes(6)
        // Fifteen bytes are a small text, which needs no memory of its own.
        let text = String(unsafeUninitializedCapacity: 15) { bytes in
            bytes[0] = UInt8(ascii: "c")
            bytes[1] = UInt8(ascii: "-")
            for place in 0..<7 { bytes[2 + place] = alphabet[Int((time >> (30 - 5 * place)) & 31)] }
            for place in 0..<6 { bytes[9 + place] = alphabet[Int(dice[place] & 31)] }
            return 15
        }
        return Self(unchecked: text)
    }

    /// The start of the minute in which it was made, if it was made in the 63 years before that moment or the day after.
    public func minute(asOf now: Timestamp) -> Timestamp {
        let cycle: Int64 = 1 << 25
        let digits = text.utf8.dropFirst(2).prefix(5).compactMap(Self.alphabet.firstIndex)
        let inCycle = digits.reduce(0) { $0 << 5 | Int64($1) }
        let latest = now.adding(seconds: 86_400).epochMilliseconds / 60_000
        let back = ((latest - inCycle) % cycle + cycle) % cycle
        return Timestamp(epochMilliseconds: (latest - back) * 60_000)
    }

    /// Reads an id that somebody typed; nil if it does not look like one.
    public init?(_ text: String) {
        // By bytes: as characters, the Kelvin sign is equal to `K`.
        guard text.utf8.count == 15, text.utf8.starts(with: "c-".utf8),
            text.utf8.dropFirst(2).allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }
}
