import Core
import Documents

/// That a stream keeps the place of each of its readers.
struct PlaceRule: Sendable {
    /// The input that names the reader; without it nothing is kept.
    let reader: String
    /// Inputs that don't go together with it.
    let without: [String]

    /// Reads `place`; nil when it is missing.
    init?(_ map: inout MapReader) throws(DocumentProblem) {
        guard var inner = try map.optionalMap("place") else { return nil }
        reader = try inner.name("of")
        without = try inner.optionalTexts("without") ?? []
        try inner.end()
    }
}
