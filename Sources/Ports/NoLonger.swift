public import Core

extension JSONObject {
    /// What the lists of an object held before and hold no more, by field.
    ///
    /// An update takes the whole list, and who meant to add one name would not see what it took away.
    public func noLonger(since before: JSONObject) -> JSONObject {
        var lost = JSONObject()
        for member in before.members {
            let kept = Self.names(in: self[member.name])
            let gone = Self.names(in: member.value).filter { !kept.contains($0) }
            if !gone.isEmpty { lost[member.name] = .texts(gone) }
        }
        return lost
    }

    /// What a list holds: texts themselves, objects by their `name`, keys and certificates by their `kid`; nothing of
    /// objects that have neither, such as findings.
    private static func names(in list: JSON?) -> [String] {
        if let keys = list?["keys"]?.array { return keys.compactMap { $0["kid"]?.string } }
        if let items = list?.array { return items.compactMap { $0.string ?? $0["name"]?.string } }
        return list?.object?.members.map(\.name) ?? []
    }
}
