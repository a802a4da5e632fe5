import Core
import Documents
import Ports

/// A list over several pages, read one page at a time; the next page is the reply's `Link` header with `rel="next"`.
struct StreamKind: ActionKind {
    /// How the next page is found.
    enum Pages: String, CaseIterable { case linkHeader = "link_header" }

    static let word = "stream"
    static let isStream = true
    static let onlyReads = true
    /// JSON Pointer to the list inside a page; empty for the page itself.
    let items: String
    let output: OutputMapping

    init(_ map: inout MapReader) throws(DocumentProblem) {
        _ = try map.word("pages", as: Pages.self)
        items = try map.optionalPointer("items") ?? ""
        output = try OutputMapping(&map)
    }

    var outputs: [String] { output.fields.map(\.name) }

    func run(_ run: ActionRun) async -> ActionOutcome {
        let most = min(max(run.call.most ?? Limits.streamItems.value, 0), Limits.streamItems.value)
        var found: [JSON] = []
        var seen: Set<String> = []
        var next: String?
        for _ in 0..<Limits.streamPages.value {
            switch await run.answer(next, read) {
            case .ended(let outcome): return outcome
            case .reply(let page, let reply):
                let room = most - found.count
                found += page.prefix(room)
                let link = LinkHeader.next(in: reply)
                let isCut = link != nil || page.count > room
                if found.count >= most { return ended(found, isCut: isCut, run) }
                guard let link else { return ended(found, isCut: false, run) }
                guard run.isOwn(link) else {
                    return .failed(
                        reason: "foreign_next_link",
                        says: "\(run.spoke.title) named a next page at another address than connection "
                            + "\(run.connection.name). Nothing was sent there. Check the connection's URL.")
                }
                guard seen.insert(link).inserted else {
                    return .failed(
                        reason: "repeated_cursor",
                        says: "\(run.spoke.title) named the same next page twice. Run it again later.")
                }
                next = link
            }
        }
        return tooMany(run)
    }

    /// The outputs of a page's items.
    private func read(_ page: JSON) -> [JSON]? {
        guard let items = page.value(at: items)?.array else { return nil }
        let picked = items.compactMap(output.pick)
        return picked.count == items.count ? picked : nil
    }

    /// A list that the caller bounded is cut there; one that only our own bound would cut is a failure, not a lie.
    private func ended(_ found: [JSON], isCut: Bool, _ run: ActionRun) -> ActionOutcome {
        if isCut && run.call.most == nil { return tooMany(run) }
        var result: JSONObject = ["items": .array(found), "count": .int(Int64(found.count))]
        if isCut { result["more"] = true }
        return .done(.object(result))
    }

    private func tooMany(_ run: ActionRun) -> ActionOutcome {
        .failed(
            reason: "too_many_items",
            says: "\"\(run.action.name)\" found over \(Limits.streamItems.value) items or "
                + "\(Limits.streamPages.value) pages. Bound the step with `most`.")
    }
}
