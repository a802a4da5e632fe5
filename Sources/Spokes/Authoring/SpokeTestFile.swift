import Core
import Documents

/// One row of a test file: an action, its inputs, what goes out and comes back, and how it must end.
struct SpokeTestRow: Sendable {
    /// What goes out.
    struct Sent: Sendable {
        let method: String
        /// Path and query.
        let target: String
        /// Those that are compared.
        let headers: [(name: String, value: String)]
        /// Nil where it is not compared.
        let body: JSON?
    }

    /// What comes back.
    struct Reply: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        /// In it, as in headers, `{connection.url}` is the test's own address.
        let body: [UInt8]
    }

    struct Expected: Sendable {
        let outcome: String
        /// Nil where it is not compared.
        let reason: String?
        let output: JSON?
    }

    let line: Int
    let name: String
    let action: String
    let input: JSONObject
    let most: Int?
    let turn: Int
    /// What the token holds, where the way in is OAuth; nil for everything that the spoke's actions need.
    let scopes: [String]?
    let calls: [(send: Sent, reply: Reply)]
    let expect: Expected
}

extension SpokeTestRow {
    /// Reads a test file: a map with a list `tests`. Throws `DocumentProblem` with its line.
    static func read(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> [SpokeTestRow] {
        var map = try MapReader(try Documents.load(bytes, file: file), file: file, what: "the test file")
        var rows: [SpokeTestRow] = []
        for node in try map.list("tests") { rows.append(try row(node, file)) }
        try map.end()
        guard !rows.isEmpty else { throw map.mustBe("tests", "a list of at least one test") }
        return rows
    }

    private static func row(_ node: Node, _ file: String) throws(DocumentProblem) -> SpokeTestRow {
        var map = try MapReader(node, file: file, what: "a test")
        let name = try map.text("name")
        let action = try map.name("action")
        guard let input = (map.optionalNode("input")?.json ?? [:]).object else { throw map.mustBe("input", "a map") }
        var calls: [(send: Sent, reply: Reply)] = []
        for call in try map.optionalNode("calls") == nil ? [] : map.list("calls") {
            var inner = try MapReader(call, file: file, what: "a call of test \"\(Shown.name(name))\"")
            var send = try inner.map("send")
            var reply = try inner.map("reply")
            calls.append((try sent(&send), try self.reply(&reply)))
            try inner.end()
        }
        var expect = try map.map("expect")
        let outcome = try expect.word("outcome", as: Outcome.self)
        let expected = Expected(
            outcome: outcome.rawValue, reason: try expect.optionalText("reason"),
            output: expect.optionalNode("output")?.json)
        try expect.end()
        let row = SpokeTestRow(
            line: node.line, name: name, action: action, input: input,
            most: try map.optionalInt("most").map { Int($0) }, turn: Int(try map.optionalInt("turn") ?? 1),
            scopes: try map.optionalTexts("scopes"), calls: calls, expect: expected)
        try map.end()
        return row
    }

    private enum Outcome: String, CaseIterable { case done, refused, failed, unknown, later }

    private static func sent(_ map: inout MapReader) throws(DocumentProblem) -> Sent {
        let sent = Sent(
            method: try map.text("method"), target: try map.text("target"), headers: try headers(&map),
            body: map.optionalNode("body")?.json)
        try map.end()
        return sent
    }

    private static func reply(_ map: inout MapReader) throws(DocumentProblem) -> Reply {
        let status = try map.int("status", 100...599)
        let headers = try headers(&map)
        let body: [UInt8]
        if let text = try map.optionalText("text") {
            body = Array(text.utf8)
        } else {
            body = map.optionalNode("body")?.json.bytes ?? []
        }
        try map.end()
        return Reply(status: Int(status), headers: headers, body: body)
    }

    private static func headers(_ map: inout MapReader) throws(DocumentProblem) -> [(name: String, value: String)] {
        guard var inner = try map.optionalMap("headers") else { return [] }
        var found: [(name: String, value: String)] = []
        for member in inner.members { found.append((member.key.lowercased(), try inner.text(member.key))) }
        return found
    }
}
