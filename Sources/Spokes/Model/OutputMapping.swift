import Core

/// Picks an action's outputs out of a reply by JSON Pointer (RFC 6901 §4).
struct OutputMapping: Sendable {
    struct Field: Sendable {
        let name: String
        let pointer: String
        var kind = ValueKind.string
        /// Whether a reply may lack it; it is null then.
        var isOptional = false
        /// Its value is kept out of journals, logs and answers.
        var isSensitive = false
    }

    let fields: [Field]

    /// The outputs; nil when one that must be there is not in the reply, or is of another type.
    func pick(from reply: JSON) -> JSON? {
        var picked = JSONObject()
        for field in fields {
            let value = reply.value(at: field.pointer) ?? .null
            guard field.kind.holds(value) || (field.isOptional && value == .null) else { return nil }
            picked[field.name] = value
        }
        return .object(picked)
    }
}
