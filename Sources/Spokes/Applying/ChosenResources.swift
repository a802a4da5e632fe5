import Core

/// The members of a resource set that an operator chose, as a spoke's file names them.
struct ChosenResources: Sendable {
    /// One of them.
    struct Member: Sendable, Equatable {
        let text: String
        let kind: String
        let isWhole: Bool
        let path: String
    }

    let members: [Member]
    private let spoke: Spoke

    /// Texts that the file does not know count for nothing.
    init(_ texts: [String], of spoke: Spoke) {
        members = texts.compactMap { Self.member($0, spoke.setUp?.resources ?? []) }
        self.spoke = spoke
    }

    /// Full addresses, as the provider's API takes them.
    func addresses(at url: String) -> [String] { members.map { url + $0.path } }

    /// Actions whose rights over a kind of resource reach none of the members, with these kinds.
    func unreachable(_ grant: Grant) -> [(action: String, kinds: [String])] {
        var found: [String: [String]] = [:]
        for need in grant.resources {
            let own = members.filter { $0.kind == need.name }
            for action in need.neededBy {
                let isReached = needsWhole(action, need.name) ? own.contains(where: \.isWhole) : !own.isEmpty
                if !isReached { found[action, default: []].append(need.name) }
            }
        }
        return grant.actions.compactMap { key in found[key].map { (key, $0) } }
    }

    /// Whether an action makes something of a kind, which no member of it reaches.
    private func needsWhole(_ action: String, _ kind: String) -> Bool {
        (spoke.action(action)?.permissions ?? []).map(\.right.name).contains { right in
            spoke.setUp?.needWhole.contains(right) == true && right.split(separator: ".").contains(kind[...])
        }
    }

    /// What a text means: `group:ID`, `all_groups`, or an address of the provider's API that has such a path.
    static func member(_ text: String, _ forms: [ResourceForm]) -> Member? {
        for form in forms {
            if form.isWhole {
                if text == form.word || pathOf(text) == path(form, nil) {
                    return Member(text: form.word, kind: form.kind, isWhole: true, path: path(form, nil))
                }
            } else if let id = id(text, form) {
                return Member(text: "\(form.word):\(id)", kind: form.kind, isWhole: false, path: path(form, id))
            }
        }
        return nil
    }

    private static func id(_ text: String, _ form: ResourceForm) -> String? {
        if text.hasPrefix(form.word + ":") { return fit(text.dropFirst(form.word.count + 1)) }
        guard let path = pathOf(text) else { return nil }
        let own = path.split(separator: "/", omittingEmptySubsequences: false)
        let pattern = self.path(form, "{id}").split(separator: "/", omittingEmptySubsequences: false)
        guard own.count == pattern.count else { return nil }
        var found: String?
        for (segment, wanted) in zip(own, pattern) {
            if wanted == "{id}" { found = fit(segment) } else if segment != wanted { return nil }
        }
        return found
    }

    /// An id of letters, digits, `-` and `_`.
    static func fit(_ id: Substring) -> String? {
        (1...100).contains(id.utf8.count) && TextFormat.identifier.accepts(String(id)) ? String(id) : nil
    }

    /// The path of an address, or the text itself where it is one.
    private static func pathOf(_ text: String) -> String? {
        if text.hasPrefix("/") { return text }
        guard text.hasPrefix("https:") || text.hasPrefix("http:"), let host = text.firstRange(of: "//") else {
            return nil
        }
        return text[host.upperBound...].firstIndex(of: "/").map { String(text[$0...]) }
    }

    private static func path(_ form: ResourceForm, _ id: String?) -> String {
        var words = JSONObject()
        words["id"] = id.map { .string($0) }
        return form.path.filled(words) { $0 } ?? ""
    }
}
