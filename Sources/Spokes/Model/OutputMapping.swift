import Core

/// Picks an action's outputs out of a reply by JSON Pointer (RFC 6901 §4).
struct OutputMapping: Sendable {
    let fields: [(name: String, pointer: String)]

    /// The outputs; nil when one is not in the reply.
    func pick(from reply: JSON) -> JSON? {
        var picked = JSONObject()
        for field in fields {
            guard let value = reply.value(at: field.pointer) else { return nil }
            picked[field.name] = value
        }
        return .object(picked)
    }
}
