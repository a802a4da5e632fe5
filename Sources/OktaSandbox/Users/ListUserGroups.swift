import Core

/// `GET /api/v1/users/{id}/groups`, in pages.
enum ListUserGroups {
    private static let most = 200

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let person = org.persons[try org.index(ofUser: call.parameters[0])]
        let limit = try limit(call)
        let cursor = try call.query("after").map { text throws(OktaError) in
            try Cursor(text, listing: person.id, key: org.cursorKey, at: call.now)
        }
        var start = 0
        if let cursor {
            guard let index = org.groups.firstIndex(where: { $0.id == cursor.last }) else { throw .invalidCursor }
            start = index + 1
        }
        let rest = org.groups[start...].filter { person.groupIDs.contains($0.id) }
        let page = rest.prefix(limit)
        let path = "\(org.baseURL)/api/v1/users/\(person.id)/groups"
        let after = call.query("after").map { "after=\($0)&" } ?? ""
        var links = [("Link", "<\(path)?\(after)limit=\(limit)>; rel=\"self\"")]
        if rest.count > limit, let last = page.last {
            let next = Cursor(last: last.id, issued: call.now).text(listing: person.id, key: org.cursorKey)
            links.append(("Link", "<\(path)?after=\(next)&limit=\(limit)>; rel=\"next\""))
        }
        return .json(.array(page.map { $0.json(baseURL: org.baseURL) }), headers: links)
    }

    private static func limit(_ call: Call) throws(OktaError) -> Int {
        guard let text = call.query("limit") else { return most }
        guard let number = Int(text), number >= 1 else {
            throw .validation("limit", "limit: The value must be a whole number from 1 to \(most).")
        }
        return min(number, most)
    }
}
