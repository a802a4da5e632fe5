import Core

extension JSON {
    /// A NumericDate (RFC 7519 §2) as whole seconds since 1970, to the end of year 9999; nil for anything else.
    var numericDate: Int64? {
        let end: Int64 = 253_402_300_800
        switch self {
        case .int(let seconds): return (0..<end).contains(seconds) ? seconds : nil
        case .double(let seconds): return (0..<Double(end)).contains(seconds) ? Int64(seconds) : nil
        case .null, .bool, .string, .array, .object: return nil
        }
    }
}
