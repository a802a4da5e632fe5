public import Core

extension JSONObject {
    /// The same with these; null takes a member away.
    public func with(_ changes: JSONObject) -> JSONObject {
        var changed = self
        // Not by `?:`, whose nil would be a JSON null.
        for member in changes.members {
            if member.value == .null {
                changed[member.name] = Optional<JSON>.none
            } else {
                changed[member.name] = member.value
            }
        }
        return changed
    }
}
