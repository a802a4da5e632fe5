import Core
import Ports
import Testing

private let refused = reply(401, #"{"errorCode":"E0000011"}"#)
private let keys = ["key-a", "key-b", "key-c"]

struct KeyRow: Sendable, CustomTestStringConvertible {
    let name: String
    var action = "okta.suspend_user"
    var input: JSONObject = ["user_id": "00u1"]
    let replies: [Result<OutboundReply, OutboundFailure>]
    /// Which keys were sent, in order.
    let sent: [Int]
    let word: String
    /// The credentials whose refusal was noted.
    let noted: [String]
    var testDescription: String { name }
}

private let page = #"[{"id":"g1","type":"OKTA_GROUP","profile":{"name":"A"}}]"#
private let next = [(name: "link", value: #"<https://acme.example:8443/x?after=1>; rel="next""#)]

@Test(arguments: [
    KeyRow(name: "the first works", replies: [reply(200, "{}")], sent: [0], word: "done", noted: []),
    KeyRow(
        name: "a refused one is followed by the next", replies: [refused, reply(200, "{}")], sent: [0, 1],
        word: "done", noted: ["okta-key"]),
    KeyRow(
        name: "all are refused", replies: [refused, refused, refused], sent: [0, 1, 2], word: "failed",
        noted: ["okta-key", "okta-key-2", "okta-key-3"]),
    KeyRow(
        name: "401 in HTML is a refusal too", replies: [reply(401, "<html>"), reply(200, "{}")], sent: [0, 1],
        word: "done", noted: ["okta-key"]),
    KeyRow(
        name: "a feature that is off is not the key's fault", replies: [reply(401, #"{"errorCode":"E0000015"}"#)],
        sent: [0], word: "failed", noted: []),
    KeyRow(name: "403 is no refusal of the key", replies: [reply(403)], sent: [0], word: "failed", noted: []),
    KeyRow(name: "429 is no refusal of the key", replies: [reply(429)], sent: [0], word: "later", noted: []),
    KeyRow(name: "500 of a change is not tried again", replies: [reply(500)], sent: [0], word: "unknown", noted: []),
    KeyRow(
        name: "a lost answer is not tried again", replies: [.failure(.unknown(reason: "broken", says: "broken."))],
        sent: [0], word: "unknown", noted: []),
    KeyRow(
        name: "after a refusal, a lost answer is not tried again",
        replies: [refused, .failure(.unknown(reason: "broken", says: "broken."))], sent: [0, 1], word: "unknown",
        noted: ["okta-key"]),
    KeyRow(
        name: "a refused key does not come again on the next page", action: "okta.user_groups_stream",
        replies: [refused, reply(200, page, next), reply(200, page)], sent: [0, 1, 1], word: "done",
        noted: ["okta-key"]),
    KeyRow(
        name: "a key refused on a later page", action: "okta.user_groups_stream",
        replies: [reply(200, page, next), refused, reply(200, page)], sent: [0, 0, 1], word: "done",
        noted: ["okta-key"]),
])
func onlyARefusedKeyIsFollowedByTheNext(_ row: KeyRow) async throws {
    let credentials = FakeCredentials(secrets: keys)
    let run = try await run(row.action, row.input, credentials, outside: row.replies)
    let sent = run.sent.map { request -> Int? in
        guard case .secret(_, let key) = request.headers[0].value else { return nil }
        return keys.firstIndex { key.matches(Secret($0)) }
    }
    #expect(sent == row.sent.map(Optional.some) && run.outcome.summary.word == row.word, "\(run.outcome)")
    #expect(credentials.refusals.all == row.noted)
    #expect(run.log.count == row.sent.count)
}

@Test func aRefusalThatCannotBeNotedStopsTheTrying() async throws {
    let run = try await run(
        "okta.suspend_user", ["user_id": "00u1"], FakeCredentials(secrets: keys, forgets: true),
        outside: [refused, reply(200, "{}")])
    #expect(run.sent.count == 1 && run.outcome.summary.reason == "refusal_not_kept")
}

@Test(arguments: [(1, "later"), (4, "later"), (5, "failed")])
func anOutageIsWorthAFewTurns(_ turn: Int, _ word: String) async throws {
    let run = try await run("okta.lookup_user", ["login": "a"], turn: turn, outside: [reply(503)])
    #expect(run.outcome.summary.word == word && run.outcome.summary.reason == "provider_unavailable")
}

@Test(arguments: [(1, "later"), (10, "later"), (11, "failed")])
func aRateLimitIsWorthSomeTurns(_ turn: Int, _ word: String) async throws {
    let run = try await run("okta.suspend_user", ["user_id": "1"], turn: turn, outside: [reply(429)])
    #expect(run.outcome.summary.word == word && run.outcome.summary.reason == "rate_limited")
}
