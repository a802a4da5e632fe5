public import Core

/// One page of an administrative list. Every list by name is asked and answered the same way.
public enum Paging {
    /// Where the page begins: behind a name, from the start without one.
    public static let after = Field.optional(
        "after", .text(most: Limits.nameField.value), "Only what comes behind this one; the answer's `next`.")

    /// The answer of a list whose statement took at most `Limits.pageRows` rows.
    ///
    /// - Parameters:
    ///   - member: the member that the list is cut by.
    ///   - place: where the next page begins, for a list that ended before its page was full.
    /// - Returns: `{"items": […]}`, with `next` when the page is full: what to send as `after` for the rest.
    public static func answer(_ items: [JSON], by member: String = "name", cutAt place: String? = nil) -> JSON {
        var answer: JSONObject = ["items": .array(items)]
        if items.count == Limits.pageRows.value, let last = items.last?[member] {
            answer["next"] = last
        } else if let place {
            answer["next"] = .string(place)
        }
        return .object(answer)
    }

    /// A page of a list that is in memory, cut by `name`.
    public static func page(of items: [JSON], after name: String?) -> JSON {
        let text = { (item: JSON) in item["name"]?.string ?? "" }
        let rest = items.filter { item in name.map { text(item).isBehind($0) } ?? true }
            .sorted { text($1).isBehind(text($0)) }
        return answer(Array(rest.prefix(Limits.pageRows.value)))
    }
}

extension String {
    /// In the order of bytes, as the databases sort.
    fileprivate func isBehind(_ other: String) -> Bool { other.utf8.lexicographicallyPrecedes(utf8) }
}
