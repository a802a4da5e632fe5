import Core
import Documents

/// What a reply must say at one place: the only condition that a spoke file can state.
struct Equality: Sendable {
    /// JSON Pointer (RFC 6901 §3) into the reply.
    let pointer: String
    let value: JSON

    /// Whether a reply says so; nil when nothing is at that place.
    func holds(for reply: JSON) -> Bool? { reply.value(at: pointer).map { $0 == value } }
}

extension Equality {
    /// Reads `{ at: POINTER, equals: VALUE }`.
    init(_ name: String, _ map: inout MapReader) throws(DocumentProblem) {
        var inner = try map.map(name)
        pointer = try inner.pointer("at")
        value = try inner.node("equals").json
        switch value {
        case .string, .int, .bool, .null: break
        case .double, .array, .object: throw inner.mustBe("equals", "text, a whole number, true, false or null")
        }
        try inner.end()
    }
}
