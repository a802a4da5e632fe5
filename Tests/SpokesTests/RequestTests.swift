import Core
import Ports
import Spokes
import Testing

@Test func aLookUpSendsOneEncodedRequestAndPicksItsOutputs() async throws {
    let body = #"{"id":"00u1","status":"ACTIVE","profile":{"login":"a@b.test"},"extra":1}"#
    let run = try await run("okta.lookup_user", ["login": "a@b.test"], outside: [reply(200, body)])
    #expect(run.outcome == .done(["id": "00u1", "status": "ACTIVE", "login": "a@b.test"]))
    let sent = try #require(run.sent.first)
    #expect(sent.url == "https://acme.example:8443/api/v1/users/a%40b.test")
    #expect(sent.method == "GET" && sent.body == nil)
    let row = try #require(run.log.first)
    #expect(row.path == "/api/v1/users/{login}" && row.status == 200 && row.outcome == .allowed)
    #expect(row.connection == "okta-prod" && row.action == "okta.lookup_user" && row.execution == "e1/step")
    #expect(run.audit.isEmpty && run.log.count == 1)
}

@Test(arguments: [canary, "SSWS " + canary])
func theKeyIsSentUnderItsSchemeAndShownNowhere(_ secret: String) async throws {
    let echo = #"{"errorCode":"\#(canary)","errorSummary":"\#(canary)"}"#
    let run = try await run(
        "okta.suspend_user", ["user_id": "00u1"], FakeCredentials(secrets: [secret]), outside: [reply(403, echo)])
    guard case .secret(let prefix, let key) = run.sent[0].headers[0].value else {
        Issue.record("the credential is not sealed")
        return
    }
    #expect(run.sent[0].headers[0].name == "authorization" && prefix == "SSWS ")
    #expect(key.matches(Secret(canary)))
    #expect(!run.texts.contains("Canary"))
    #expect(run.sent[0].method == "POST" && run.sent[0].body == [])
}

@Test(arguments: ["", "SSWS ", "a b", "a\r\nx: y", "ä"])
func aKeyThatCouldBreakOutOfItsHeaderIsNotSent(_ secret: String) async throws {
    let run = try await run(
        "okta.suspend_user", ["user_id": "00u1"], FakeCredentials(secrets: [secret]), outside: [reply(200, "{}")])
    guard case .failed("credential_unusable", _) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(run.sent.isEmpty && run.log.count == 1)
}

struct ReplyRow: Sendable, CustomTestStringConvertible {
    let name: String
    let action: String
    let reply: Result<OutboundReply, OutboundFailure>
    let word: String
    let reason: String
    var says = ""
    var testDescription: String { name }
}

private func error(_ code: String) -> String { #"{"errorCode":"\#(code)","errorSummary":"x","errorCauses":[]}"# }

private let replyRows = [
    ReplyRow(name: "204", action: "clear_user_session", reply: reply(204), word: "done", reason: ""),
    ReplyRow(
        name: "suspend twice", action: "suspend_user", reply: reply(400, error("E0000001")), word: "failed",
        reason: "not_allowed_in_this_state", says: "E0000001, HTTP 400"),
    ReplyRow(
        name: "spoke's map", action: "clear_user_session", reply: reply(400, error("E0000001")), word: "failed",
        reason: "validation_failed"),
    ReplyRow(
        name: "unknown id", action: "suspend_user", reply: reply(404, error("E0000007")), word: "failed",
        reason: "not_found"),
    ReplyRow(
        name: "404 that is not Okta's", action: "suspend_user",
        reply: reply(404, #"{"status":404,"message":"Resource not found"}"#), word: "failed",
        reason: "provider_refused", says: "HTTP 404"),
    ReplyRow(
        name: "unknown code", action: "suspend_user", reply: reply(403, error("E0000999")), word: "failed",
        reason: "provider_refused", says: "E0000999"),
    ReplyRow(
        name: "401", action: "suspend_user", reply: reply(401, error("E0000011")), word: "failed",
        reason: "credential_refused"),
    ReplyRow(
        name: "401 in HTML", action: "suspend_user", reply: reply(401, "<html>"), word: "failed",
        reason: "credential_refused"),
    ReplyRow(
        name: "429 by the reply's own clock", action: "suspend_user",
        reply: reply(
            429, error("E0000047"),
            [("x-rate-limit-reset", "1795294591"), ("date", "Sat, 21 Nov 2026 20:56:01 GMT")]),
        word: "later", reason: "rate_limited", says: "Try again in 31 seconds"),
    ReplyRow(
        name: "429 for a phone call", action: "clear_user_session", reply: reply(429, error("E0000133")), word: "later",
        reason: "rate_limited", says: "60 seconds"),
    ReplyRow(
        name: "429 whose reset is next year", action: "lookup_user",
        reply: reply(429, "", [("x-rate-limit-reset", "1826830591"), ("date", "Sat, 21 Nov 2026 20:56:01 GMT")]),
        word: "later", reason: "rate_limited", says: "3600 seconds"),
    ReplyRow(
        name: "429 whose reset is over", action: "lookup_user",
        reply: reply(429, "", [("x-rate-limit-reset", "1"), ("date", "Sat, 21 Nov 2026 20:56:01 GMT")]),
        word: "later", reason: "rate_limited", says: "in 1 seconds"),
    ReplyRow(
        name: "429 whose reset is no number", action: "lookup_user",
        reply: reply(429, "", [("x-rate-limit-reset", "99999999999999999999")]), word: "later",
        reason: "rate_limited", says: "60 seconds"),
    ReplyRow(
        name: "401 for a feature that is off", action: "lookup_user", reply: reply(401, error("E0000015")),
        word: "failed", reason: "not_permitted"),
    ReplyRow(
        name: "403 of a session", action: "lookup_user", reply: reply(403, error("E0000005")), word: "failed",
        reason: "not_permitted"),
    ReplyRow(
        name: "501 is a refusal, not an outage", action: "remove_user_from_group",
        reply: reply(501, error("E0000060")), word: "failed", reason: "not_supported"),
    ReplyRow(
        name: "429 without headers", action: "suspend_user", reply: reply(429), word: "later",
        reason: "rate_limited", says: "60 seconds"),
    ReplyRow(
        name: "429 that says when in seconds", action: "suspend_user", reply: reply(429, "", [("retry-after", "7")]),
        word: "later", reason: "rate_limited", says: "7 seconds"),
    ReplyRow(
        name: "429 that says when by a date", action: "suspend_user",
        reply: reply(
            429, "",
            [("retry-after", "Sat, 21 Nov 2026 20:57:01 GMT"), ("date", "Sat, 21 Nov 2026 20:56:01 GMT")]),
        word: "later", reason: "rate_limited", says: "61 seconds"),
    ReplyRow(
        name: "200 without a body, where nothing is expected of it", action: "suspend_user", reply: reply(200),
        word: "done", reason: ""),
    ReplyRow(
        name: "200 without a body, where something is", action: "lookup_user", reply: reply(200), word: "failed",
        reason: "reply_unexpected"),
    ReplyRow(
        name: "a code that nobody knows and that could be a secret", action: "lookup_user",
        reply: reply(400, error("Canary_in-the.code")), word: "failed", reason: "provider_refused",
        says: "(HTTP 400)"),
    ReplyRow(
        name: "redirect", action: "suspend_user", reply: reply(302, "", [("location", "https://x/")]),
        word: "failed", reason: "provider_redirected"),
    ReplyRow(
        name: "5xx of a read", action: "lookup_user", reply: reply(503), word: "later",
        reason: "provider_unavailable"),
    ReplyRow(
        name: "5xx of a change that is safe to repeat", action: "clear_user_session", reply: reply(500),
        word: "later", reason: "provider_unavailable"),
    ReplyRow(
        name: "5xx in HTML of a change that is safe to repeat", action: "clear_user_session",
        reply: reply(502, "<html>"), word: "later", reason: "provider_unavailable"),
    ReplyRow(
        name: "5xx of a change that is not", action: "suspend_user", reply: reply(502), word: "unknown",
        reason: "provider_unavailable"),
    ReplyRow(
        name: "HTML with 200 for a read", action: "lookup_user", reply: reply(200, "<html>"), word: "failed",
        reason: "reply_not_json"),
    ReplyRow(
        name: "HTML with 200 for a change", action: "suspend_user", reply: reply(200, "<html>"), word: "unknown",
        reason: "reply_not_json"),
    ReplyRow(
        name: "deep JSON", action: "lookup_user",
        reply: reply(200, String(repeating: "[", count: 50_000)), word: "failed", reason: "reply_not_json"),
    ReplyRow(
        name: "an output is missing", action: "lookup_user", reply: reply(200, #"{"id":"1"}"#), word: "failed",
        reason: "reply_unexpected"),
    ReplyRow(
        name: "another success", action: "suspend_user", reply: reply(202, "{}"), word: "unknown",
        reason: "reply_unexpected"),
    ReplyRow(
        name: "not sent", action: "suspend_user", reply: .failure(.notSent(reason: "refused", says: "no")),
        word: "failed", reason: "refused"),
    ReplyRow(
        name: "broken after sending", action: "suspend_user",
        reply: .failure(.unknown(reason: "broken", says: "it broke.")), word: "unknown", reason: "broken"),
    ReplyRow(
        name: "read broken after sending", action: "lookup_user",
        reply: .failure(.unknown(reason: "broken", says: "it broke.")), word: "later", reason: "broken"),
    ReplyRow(
        name: "a read of 1 GB", action: "lookup_user",
        reply: .failure(.unknown(reason: "reply_too_large", says: "too large.")), word: "failed",
        reason: "reply_too_large"),
    ReplyRow(
        name: "a change answered by 1 GB", action: "suspend_user",
        reply: .failure(.unknown(reason: "reply_too_large", says: "too large.")), word: "unknown",
        reason: "reply_too_large"),
    ReplyRow(
        name: "unreachable, safe", action: "clear_user_session",
        reply: .failure(.notSent(reason: "unreachable", says: "no.")), word: "later", reason: "unreachable"),
    ReplyRow(
        name: "unreachable, not safe", action: "suspend_user",
        reply: .failure(.notSent(reason: "unreachable", says: "no.")), word: "failed", reason: "unreachable"),
    ReplyRow(
        name: "garbage with 200 and the right type", action: "lookup_user",
        reply: reply(200, "\u{0}\u{1}", [("content-type", "application/json")]), word: "failed",
        reason: "reply_not_json"),
    ReplyRow(
        name: "a list where an object is documented", action: "lookup_user", reply: reply(200, "[]"), word: "failed",
        reason: "reply_unexpected"),
    ReplyRow(
        name: "too many members", action: "lookup_user",
        reply: reply(200, "[" + String(repeating: "0,", count: 200_001) + "0]"), word: "failed",
        reason: "reply_not_json"),
    ReplyRow(
        name: "a name twice", action: "lookup_user", reply: reply(200, #"{"id":"1","id":"2"}"#), word: "failed",
        reason: "reply_not_json"),
]

@Test(arguments: replyRows)
func everyAnswerHasOneMeaning(_ row: ReplyRow) async throws {
    let input: JSONObject =
        switch row.action {
        case "lookup_user": ["login": "a@b.test"]
        case "remove_user_from_group": ["user_id": "00u1", "group_id": "00g1"]
        default: ["user_id": "00u1"]
        }
    let run = try await run("okta.\(row.action)", input, outside: [row.reply])
    let (word, reason, says) = run.outcome.summary
    #expect(word == row.word && reason == row.reason, "\(run.outcome)")
    #expect(row.says.isEmpty || says.contains(row.says), "\(says)")
    #expect(run.log.count == 1 && run.log[0].reason == row.reason)
    #expect(!run.texts.contains("Canary"))
}

private let placesSpoke = """
    spoke: places
    title: Places
    version: 1
    source: test
    base: "{connection.url}"
    authentication: [api_key_ssws]
    errors: { code: /code }
    actions:
      put:
        name: Put
        says: Puts a text into every place.
        kind: request
        request:
          method: POST
          path: "/x/{p}/y"
          query: { q: "{q}", f: { filter: 'id eq "{f}"' } }
          headers: { x-note: "{h}" }
          body: { a: { b: "{b}" }, n: 1 }
        input:
          type: object
          required: [p]
          additionalProperties: false
          properties:
            p: { type: string, maxLength: 50, description: p }
            q: { type: string, maxLength: 50, description: q }
            f: { type: string, maxLength: 50, description: f }
            h: { type: string, maxLength: 50, description: h }
            b: { type: string, maxLength: 50, description: b }
        output: {}
        success: [200]
        scopes: []
        permissions: []
        destructive: no
        repeat: ask
    """

private let places: [(name: String, bytes: [UInt8])] = [("places.yaml", Array(placesSpoke.utf8))]

@Test(arguments: [
    ("../admin", "..%2Fadmin"), ("%2e%2e", "%252e%252e"), ("a?b#c", "a%3Fb%23c"), ("a b", "a%20b"),
    ("é😀", "%C3%A9%F0%9F%98%80"), ("a;b=c&d", "a%3Bb%3Dc%26d"), ("...", "..."), ("a@b:c", "a%40b%3Ac"),
])
func aHostileIdStaysOneSegment(_ id: String, _ encoded: String) async throws {
    let run = try await run(
        "places.put", ["p": .string(id)], FakeCredentials(actions: ["put"], spoke: "places"), operatorFiles: places,
        outside: [reply(200, "{}")])
    #expect(run.sent.first?.url == "https://acme.example:8443/x/\(encoded)/y")
}

@Test func everyPlaceHasItsOwnEncoding() async throws {
    let run = try await run(
        "places.put", ["p": "p", "q": "a&b=c", "f": #"x" or "1"#, "h": "plain", "b": #"","admin":true"#],
        FakeCredentials(actions: ["put"], spoke: "places"), operatorFiles: places, outside: [reply(200, "{}")])
    let sent = try #require(run.sent.first)
    #expect(sent.url.hasSuffix("/x/p/y?q=a%26b%3Dc&f=id%20eq%20%22x%5C%22%20or%20%5C%221%22"))
    let body = try JSON.read(try #require(sent.body))
    #expect(body == ["a": ["b": #"","admin":true"#], "n": 1])
}

@Test(arguments: [("p", "."), ("p", ".."), ("p", "a\r\nb"), ("h", "a\r\nx: y"), ("h", "é"), ("f", "a\nb")])
func whatFitsNoEncodingIsRefused(_ place: String, _ value: String) async throws {
    var input: JSONObject = ["p": "p"]
    input[place] = .string(value)
    let run = try await run(
        "places.put", input, FakeCredentials(actions: ["put"], spoke: "places"), operatorFiles: places,
        outside: [reply(200, "{}")])
    guard case .refused("input_invalid", let says) = run.outcome else {
        Issue.record("\(run.outcome)")
        return
    }
    #expect(run.sent.isEmpty && !says.contains(value) || value.count < 3)
}
