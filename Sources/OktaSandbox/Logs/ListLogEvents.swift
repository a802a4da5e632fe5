import Core

/// `GET /api/v1/logs`.
///
/// Without `until`, ascending: *polling*. In the order in which events were kept, and always with a next link, even
/// behind an empty page. Otherwise *bounded*: by the time at which things happened, with a last page.
enum ListLogEvents {
    private static let most = 1_000
    private static let standard = 100
    private static let defaultDays: Int64 = 7
    private static let oldestDays: Int64 = 180
    private static let mostWords = 10
    private static let wordMost = 40

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let limit = try limit(call)
        let until = try moment("until", call)
        let isDescending = try isDescending(call)
        let isListed = try condition(call)
        var after: Int?
        var since = (until ?? call.now).adding(seconds: -defaultDays * 86_400)
        if let text = call.query("after") {
            guard call.query("since") == nil else { throw .validation("since", "since: Not together with after") }
            let cursor = try Cursor(text, listing: "logs", key: org.cursorKey, at: call.now, ends: false)
            after = Int(cursor.last)
        } else if let given = try moment("since", call) {
            guard given >= call.now.adding(seconds: -oldestDays * 86_400) else { throw .badFilter }
            since = given
        }
        let isPolling = until == nil && !isDescending
        var rest = org.events.filter { event in
            isListed(event) && (until.map { event.published <= $0 } ?? true)
                && (after != nil || event.published >= since)
        }
        if !isPolling { rest.sort { ($0.published, $0.sequence) < ($1.published, $1.sequence) } }
        if isDescending { rest.reverse() }
        if let after { rest = try behind(after, rest, isPolling: isPolling) }
        let page = rest.prefix(limit)
        var next = page.last?.sequence
        if isPolling {
            // Whatever is kept later has a greater number, so an exhausted list goes on behind the last one there is.
            next = rest.count > limit ? page.last?.sequence ?? after ?? 0 : org.events.last?.sequence ?? after ?? 0
        } else if rest.count <= limit {
            next = nil
        }
        return .json(
            .array(page.map(\.json)), headers: links(call, org, limit: limit, next: next))
    }

    /// What stands behind an event in the list's order.
    private static func behind(
        _ after: Int, _ events: [LogEvent], isPolling: Bool
    ) throws(OktaError) -> [LogEvent] {
        if isPolling { return events.filter { $0.sequence > after } }
        guard let index = events.firstIndex(where: { $0.sequence == after }) else { throw .invalidCursor }
        return Array(events[(index + 1)...])
    }

    private static func links(_ call: Call, _ org: OktaOrg, limit: Int, next: Int?) -> [(String, String)] {
        let path = "\(org.baseURL)/api/v1/logs"
        func kept(_ names: [String]) -> String {
            names.compactMap { name in call.query(name).map { "&\(name)=\(PercentEncoding.encode($0))" } }.joined()
        }
        let always = ["until", "filter", "q", "sortOrder"]
        var links = [("Link", "<\(path)?limit=\(limit)\(kept(["since", "after"] + always))>; rel=\"self\"")]
        if let next {
            let after = Cursor(last: String(next), issued: call.now).text(listing: "logs", key: org.cursorKey)
            links.append(("Link", "<\(path)?after=\(after)&limit=\(limit)\(kept(always))>; rel=\"next\""))
        }
        return links
    }

    private static func limit(_ call: Call) throws(OktaError) -> Int {
        guard let text = call.query("limit") else { return standard }
        guard let number = Int(text), (0...most).contains(number) else {
            throw .validation("limit", "limit: The value must be a whole number from 0 to \(most).")
        }
        return number
    }

    private static func moment(_ name: String, _ call: Call) throws(OktaError) -> Timestamp? {
        guard let text = call.query(name) else { return nil }
        guard let moment = Timestamp(rfc3339: text) else { throw .validation(name, "\(name): Not a moment") }
        return moment
    }

    private static func isDescending(_ call: Call) throws(OktaError) -> Bool {
        switch call.query("sortOrder") {
        case nil, "ASCENDING": return false
        case "DESCENDING": return true
        default: throw .validation("sortOrder", "sortOrder: Must be ASCENDING or DESCENDING")
        }
    }

    private static func condition(_ call: Call) throws(OktaError) -> (LogEvent) -> Bool {
        let words = call.query("q")?.split(separator: " ") ?? []
        guard words.count <= mostWords, words.allSatisfy({ $0.utf8.count <= wordMost }) else {
            throw .validation("q", "q: At most \(mostWords) words of \(wordMost) characters")
        }
        guard let text = call.query("filter") else { return { $0.holds(words) } }
        guard !text.contains("published") else { throw .badSearch }
        guard let filter = Filter(text, knows: LogEvent.filterable.contains) else { throw .badFilter }
        return { event in filter.holds(event.values) && event.holds(words) }
    }
}
