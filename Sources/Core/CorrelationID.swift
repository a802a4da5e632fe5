/// What ties a request, its decision, its transactions and its audit events together: `c-` and 13 characters.
public struct CorrelationID: Hashable, Sendable, CustomStringConvertible {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// The text as it is quoted.
    public let text: String
    public var description: String { text }

    /// A new id: 65 random bits in Crockford's base 32, easy to read aloud.
    public static func new(_ effects: Effects) -> Self {
        Self(unchecked: "c-" + String(effects.randomBytes(13).map { alphabet[Int($0 & 31)] }))
    }

    /// Reads an id that somebody typed; nil if it does not look like one.
    public init?(_ text: String) {
        guard text.hasPrefix("c-"), text.utf8.count == 15, text.dropFirst(2).allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }
}
