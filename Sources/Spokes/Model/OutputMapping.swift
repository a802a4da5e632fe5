import Core

/// Picks an action's outputs out of a reply by JSON Pointer (RFC 6901 §4).
struct OutputMapping: Sendable {
    struct Field: Sendable {
        let name: String
        let pointer: String
        /// Whether a reply may lack it; it is null then.
        let isOptional: Bool
    }

    let fields: [Field]

    /// The outputs; nil when one that must be there is not in the reply.
    func pick(from reply: JSON) -> JSON? {
        var picked = JSONObject()
        for field in fields {
            let value = reply.value(at: field.pointer)
            guard value != nil || field.isOptional else { return nil }
            picked[field.name] = value ?? .null
        }
        return .object(picked)
    }
}
