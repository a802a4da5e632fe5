/// An identifier that cannot be handed over where another kind is expected.
public struct ID<Owner>: Hashable, Sendable, CustomStringConvertible {
    /// The text as it is stored and shown.
    public let rawValue: String

    /// Wraps a text that is already known to be an identifier of this kind.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }

    /// Compares as bytes: two identifiers that merely look alike are different.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue.isExactly(right.rawValue) }

    /// Same bytes, same hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension ID {
    /// A new identifier: 128 random bits as 32 lowercase hexadecimal digits.
    public static func new(_ effects: Effects) -> Self { ID(Hex.encode(effects.randomBytes(16))) }
}
