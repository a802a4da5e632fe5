import Core

/// What listings list.
protocol Listed {
    var id: String { get }
    func listing(baseURL: String) -> JSON
}

/// One page of a listing, and the links to itself and to the next one.
enum Paging {
    /// - Parameters:
    ///   - all: everything in its order. A cursor may name what is no longer listed; the listing goes on behind it.
    ///   - listing: tells this listing's cursors from those of others.
    ///   - path: the listing's URL without its query.
    ///   - keeping: query parameters that links repeat.
    static func answer<Item: Listed>(
        _ all: [Item], _ call: Call, _ org: OktaOrg, listing: String, path: String, limit: Int,
        keeping: [String] = [], where isListed: (Item) -> Bool
    ) throws(OktaError) -> Answer {
        var start = 0
        if let text = call.query("after") {
            let cursor = try Cursor(text, listing: listing, key: org.cursorKey, at: call.now)
            guard let index = all.firstIndex(where: { $0.id == cursor.last }) else { throw .invalidCursor }
            start = index + 1
        }
        let rest = all[start...].filter(isListed)
        let page = rest.prefix(limit)
        let kept = keeping.compactMap { name in
            call.query(name).map { "&\(name)=\(PercentEncoding.encode($0))" }
        }.joined()
        let after = call.query("after").map { "after=\($0)&" } ?? ""
        var links = [("Link", "<\(path)?\(after)limit=\(limit)\(kept)>; rel=\"self\"")]
        if rest.count > limit, let last = page.last {
            let next = Cursor(last: last.id, issued: call.now).text(listing: listing, key: org.cursorKey)
            links.append(("Link", "<\(path)?after=\(next)&limit=\(limit)\(kept)>; rel=\"next\""))
        }
        return .json(.array(page.map { $0.listing(baseURL: org.baseURL) }), headers: links)
    }

    /// One page of a list of administration, which names the next one in its body (`_links.next.href`).
    ///
    /// Deviation: `after` is the last id of the page before, in plain sight.
    static func inBody(
        _ member: String, _ all: [(id: String, json: JSON)], _ call: Call, path: String
    ) throws(OktaError) -> Answer {
        let limit = try limit(call, standard: 100, most: 100)
        var start = 0
        if let after = call.query("after") {
            guard let index = all.firstIndex(where: { $0.id == after }) else { throw .invalidCursor }
            start = index + 1
        }
        let page = all[start...].prefix(limit)
        var body: JSONObject = [member: .array(page.map(\.json))]
        if all.count > start + limit, let last = page.last {
            let next = "\(path)?after=\(PercentEncoding.encode(last.id))&limit=\(limit)"
            body["_links"] = ["next": ["href": .string(next)]]
        }
        return .json(.object(body))
    }

    /// The page size that a call asks for.
    static func limit(_ call: Call, standard: Int, most: Int) throws(OktaError) -> Int {
        guard let text = call.query("limit") else { return standard }
        guard let number = Int(text), number >= 1 else {
            throw .validation("limit", "limit: The value must be a whole number from 1 to \(most).")
        }
        return min(number, most)
    }
}
