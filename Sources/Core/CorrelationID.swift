/// What ties a request, its decision, its transactions and its audit events together: `c-` and 13 characters.
public struct CorrelationID: Hashable, Sendable, CustomStringConvertible {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The text as it is quoted.
    public let text: String
    public var description: String { text }

    /// A new id: 65 random bits in Crockford's base 32, easy to read aloud.
    public static func new(_ effects: Effects) -> Self {
        let characters = effects.randomBytes(13).map { alphabet[Int($0 & 31)] }
        return Self(unchecked: "c-" + String(decoding: characters, as: UTF8.self))
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
