public import Core

/// One page of an administrative list. Every list by name is asked and answered the same way.
public enum Paging {
    /// Where the page begins: behind a name, from the start without one.
    public static let after = Field.optional(
        "after", .text(most: Limits.nameField.value), "Only what comes behind this one; the answer's `next`.")

    /// The answer of a list whose statement took at most `Limits.pageRows` rows.
    ///
    /// - Parameter member: the member that the list is cut by.
    /// - Returns: `{"items": […]}`, with `next` when the page is full: what to send as `after` for the rest.
    public static func answer(_ items: [JSON], by member: String = "name") -> JSON {
        var answer: JSONObject = ["items": .array(items)]
        if items.count == Limits.pageRows.value, let last = items.last?[member] { answer["next"] = last }
        return .object(answer)
    }
}
