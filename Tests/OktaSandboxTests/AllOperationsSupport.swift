import Core
import OktaSandbox
import Testing

let asJSON: [(name: String, value: String)] = [("content-type", "application/json")]

extension OktaOrg {
    /// Sends a body, or none, and expects a status.
    @discardableResult
    mutating func call(
        _ method: String, _ path: String, query: String = "", at now: Timestamp = noon, _ body: JSON? = nil,
        expecting status: Int = 200, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSON {
        let text = body?.text() ?? ""
        var more = body == nil ? [] : asJSON
        if method == "PUT" { more.append(("content-length", String(text.utf8.count))) }
        let reply = send(method, path, query: query, at: now, more: more, body: text)
        let shown = String(decoding: reply.body, as: UTF8.self)
        #expect(reply.status == status, "\(method) \(path): \(shown)", sourceLocation: sourceLocation)
        return reply.body.isEmpty ? .null : try reply.json
    }

    /// The types of all events so far, oldest first.
    mutating func eventTypes() throws -> [String] {
        try send("GET", "/api/v1/logs", query: "limit=1000").json.array?.compactMap { $0["eventType"]?.string } ?? []
    }

    /// A group's id by its name.
    mutating func group(_ name: String) throws -> String {
        let query = "search=profile.name%20eq%20%22\(name.replacing(" ", with: "%20"))%22"
        return try send("GET", "/api/v1/groups", query: query).json.value(at: "/0/id")?.string ?? ""
    }

    /// An application's id by its label.
    mutating func app(_ label: String) throws -> String {
        let query = "q=\(label.replacing(" ", with: "%20"))"
        return try send("GET", "/api/v1/apps", query: query).json.value(at: "/0/id")?.string ?? ""
    }
}
