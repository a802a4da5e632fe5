/// One bound: its name, its number and why it is there.
public struct Bound: Sendable {
    /// The name, as the configuration and the generated page spell it.
    public let name: String
    /// The number.
    public let value: Int
    /// What is counted.
    public let unit: String
    /// What it protects.
    public let why: String

    init(_ name: String, _ value: Int, _ unit: String, _ why: String) {
        self.name = name
        self.value = value
        self.unit = unit
        self.why = why
    }
}
