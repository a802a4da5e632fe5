/// The same throws for the same seed.
public struct SeededDice {
    private var state: UInt64

    /// Begins a course of throws.
    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    /// The next throw.
    public mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
