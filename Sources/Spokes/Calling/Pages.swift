import Core
import Documents
import Ports

/// A list over several pages, read one page at a time. The next page is named by the reply's `Link` header with
/// `rel="next"`, or, where the file says at which place, by its body.
struct Pages: Sendable {
    /// How the next page is found.
    private enum Way: String, CaseIterable { case linkHeader = "link_header" }

    /// Where the list ends.
    enum End: String, CaseIterable, Sendable {
        /// Behind the page that names no next one.
        case lastLink = "last_link"
        /// At a page without items; there is always a next one.
        case emptyPage = "empty_page"
    }

    /// One page, read.
    struct Page {
        let items: [JSON]
        /// The address of the page behind it, at the connection's own origin; nil behind the last one.
        let next: String?
    }

    /// JSON Pointer to the list inside a page; empty for the page itself.
    let items: String
    /// JSON Pointer to the next page's address inside a page; nil where only the header names it.
    let next: String?
    let end: End

    /// A list that ends behind the page that names no next one.
    init(items: String, next: String?) { (self.items, self.next, end) = (items, next, .lastLink) }

    init(_ map: inout MapReader) throws(DocumentProblem) {
        _ = try map.word("pages", as: Way.self)
        items = try map.optionalPointer("items") ?? ""
        next = try map.optionalPointer("next")
        end = try map.optionalWord("ends", as: End.self) ?? .lastLink
    }

    /// Reads page after page until `take` has enough, says how it ended, or the list is at its end.
    ///
    /// - Parameters:
    ///   - from: the address to begin at; nil for the action's own request.
    ///   - read: what is wanted of an item; nil when it is not what the file says.
    ///   - take: gets each page; answers an outcome to end with, or nil to go on.
    func walk(
        _ run: ActionRun, from start: String?, read: (JSON) -> JSON?, take: (Page) -> ActionOutcome?
    ) async -> ActionOutcome? {
        var seen: Set<String> = []
        var next = start
        for _ in 0..<Limits.streamPages.value {
            let page: Page
            switch await run.answer(next, { reply in picked(reply, read) }) {
            case .ended(let outcome): return outcome
            case .reply(let found, let reply):
                page = Page(items: found.items, next: LinkHeader.next(in: reply) ?? found.next)
            }
            if let link = page.next {
                guard run.isOwn(link) else { return foreign(run) }
                let isNew = seen.insert(link).inserted
                guard isNew || (end == .emptyPage && page.items.isEmpty) else { return repeated(run) }
            }
            if let outcome = take(page) { return outcome }
            guard let link = page.next, end == .lastLink || !page.items.isEmpty else { return nil }
            next = link
        }
        return Self.tooMany(run)
    }

    private func picked(_ page: JSON, _ read: (JSON) -> JSON?) -> Page? {
        guard let items = page.value(at: items)?.array else { return nil }
        let picked = items.compactMap(read)
        guard picked.count == items.count else { return nil }
        // What is there and is no address names no page of ours: `walk` refuses it as foreign.
        let link = next.flatMap { page.value(at: $0) }.flatMap { $0 == .null ? nil : $0.string ?? "" }
        return Page(items: picked, next: link)
    }

    private func foreign(_ run: ActionRun) -> ActionOutcome {
        .failed(
            reason: "foreign_next_link",
            says: "\(run.spoke.title) named a next page at another address than connection "
                + "\(run.connection.name). Nothing was sent there. Check the connection's URL.")
    }

    private func repeated(_ run: ActionRun) -> ActionOutcome {
        .failed(
            reason: "repeated_cursor",
            says: "\(run.spoke.title) named the same next page twice. Run it again later.")
    }

    static func tooMany(_ run: ActionRun) -> ActionOutcome {
        .failed(
            reason: "too_many_items",
            says: "\"\(run.action.name)\" found over \(Limits.streamItems.value) items or "
                + "\(Limits.streamPages.value) pages. Bound the step with `most`.")
    }
}
