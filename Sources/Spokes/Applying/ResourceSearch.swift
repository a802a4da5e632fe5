import Core
import Documents

/// How members for a resource set are found at the provider by a text, and one is read by its id; as the spoke's file
/// states it. Never an action: no connection enables it, and no flow can run it.
struct ResourceSearch: Sendable {
    /// What stands in the requests.
    enum Word: String {
        /// What is searched.
        case text
        /// How many may be answered.
        case most
        /// The id of the one that is read.
        case id
    }

    /// What is known of one.
    struct Item: Sendable, Equatable {
        let id: String
        let name: String
    }

    let name: String
    let find: RequestTemplate
    /// JSON Pointer to the list in the answer; empty for the answer itself.
    let items: String
    let read: RequestTemplate
    /// JSON Pointers into one.
    let id: String
    let shown: String
    /// What a token needs for it.
    let scopes: [String]

    /// What the answer to a search holds, one more than may be shown; nil when it is not what the file says.
    func matches(in reply: JSON) -> [Item]? {
        guard let list = reply.value(at: items)?.array?.prefix(Limits.resourceMatches.value + 1) else { return nil }
        let read = list.compactMap(item)
        return read.count == list.count ? read : nil
    }

    /// One thing, its name made fit to be shown; nil without an id that a resource can be named by.
    func item(in reply: JSON) -> Item? {
        guard let id = reply.value(at: id)?.string, ChosenResources.fit(id[...]) != nil,
            let name = reply.value(at: shown)?.string
        else { return nil }
        return Item(id: id, name: Shown.name(name))
    }
}

extension ResourceSearch {
    /// Reads `searches` of `set_up`.
    static func all(_ source: MapReader) throws(DocumentProblem) -> [String: ResourceSearch] {
        var map = source
        var found: [String: ResourceSearch] = [:]
        for member in map.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(at: member.line, "a search must be named in lowercase letters, digits and _")
            }
            var inner = try map.map(member.key)
            var finding = try inner.map("find")
            let find = try request(&finding, [.text, .most], needs: .text)
            let items = try finding.optionalPointer("items") ?? ""
            try finding.end()
            var reading = try inner.map("read")
            let read = try request(&reading, [.id], needs: .id)
            try reading.end()
            found[member.key] = ResourceSearch(
                name: member.key, find: find, items: items, read: read, id: try inner.pointer("id"),
                shown: try inner.pointer("name"), scopes: try inner.texts("scopes"))
            try inner.end()
        }
        return found
    }

    private static func request(
        _ map: inout MapReader, _ words: [Word], needs word: Word
    ) throws(DocumentProblem) -> RequestTemplate {
        let known = Dictionary(uniqueKeysWithValues: words.map { ($0.rawValue, ValueKind.string) })
        let request = try ApplyStep.call(&map, known, only: .get)
        guard request.inputs.contains(word.rawValue) else {
            throw map.mustBe("request", "one in which {\(word.rawValue)} stands")
        }
        return request
    }
}
