/// Comparison whose time says nothing about where the first difference lies.
public enum ConstantTime {
    /// Whether both hold the same bytes. A different length is told at once; lengths are no secret.
    public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
