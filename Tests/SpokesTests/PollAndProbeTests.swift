import Core
import Ports
import TestSupport
import Testing

private func spoke(_ kind: String) -> [(name: String, bytes: [UInt8])] {
    let text = """
        \(ToyFile.head)
        actions:
          ask:
            name: Ask
            says: Asks.
            request: { method: GET, path: "/a/{id}" }
        \(ToyFile.input)
            success: [200]
            scopes: []
            permissions: []
            destructive: no
            repeat: safe
            \(kind)
        """
    return [("toy.yaml", Array(text.utf8))]
}

private let poll = spoke(
    "kind: poll\n    until: { at: /state, equals: ready }\n    every: 5\n    turns: 3\n    output: { at: { at: /at, type: integer } }"
)
private let membership = spoke(
    "kind: probe\n    answer: member\n    false_on: [{ status: 404, code: E7 }]")
private let truth = spoke("kind: probe\n    answer: is_on\n    true_when: { at: /on, equals: true }")

private func ask(
    _ spoke: [(name: String, bytes: [UInt8])], turn: Int = 1, _ reply: Result<OutboundReply, OutboundFailure>
) async throws -> Run {
    try await run(
        "toy.ask", ["id": "1"], turn: turn, FakeCredentials(actions: ["ask"], spoke: "toy"), operatorFiles: spoke,
        outside: [reply])
}

@Test(arguments: [
    (1, #"{"state":"ready","at":1}"#, "done", ""), (3, #"{"state":"ready","at":1}"#, "done", ""),
    (1, #"{"state":"busy","at":1}"#, "later", "not_yet"), (2, #"{"state":"busy","at":1}"#, "later", "not_yet"),
    (3, #"{"state":"busy","at":1}"#, "failed", "poll_gave_up"), (1, #"{"at":1}"#, "later", "not_yet"),
    (1, #"{"state":["ready"],"at":1}"#, "later", "not_yet"), (1, #"{"state":"ready"}"#, "failed", "reply_unexpected"),
    (1, "<html>", "failed", "reply_not_json"),
])
func aPollAsksUntilItIsSo(_ turn: Int, _ body: String, _ word: String, _ reason: String) async throws {
    let run = try await ask(poll, turn: turn, reply(200, body))
    #expect(run.outcome.summary.word == word && run.outcome.summary.reason == reason, "\(run.outcome)")
    #expect(run.sent.count == 1)
    if case .done(let output) = run.outcome { #expect(output == ["at": 1]) }
    if case .later(_, _, let until) = run.outcome { #expect(until == TestEffects().now.adding(seconds: 5)) }
}

struct ProbeRow: Sendable, CustomTestStringConvertible {
    let name: String
    let spoke: [(name: String, bytes: [UInt8])]
    let reply: Result<OutboundReply, OutboundFailure>
    let outcome: String
    var testDescription: String { name }
}

@Test(arguments: [
    ProbeRow(name: "success is yes", spoke: membership, reply: reply(200, "{}"), outcome: #"{"member":true}"#),
    ProbeRow(
        name: "the refusal is no", spoke: membership, reply: reply(404, #"{"code":"E7"}"#),
        outcome: #"{"member":false}"#),
    ProbeRow(
        name: "another code is a failure", spoke: membership, reply: reply(404, #"{"code":"E8"}"#),
        outcome: "provider_refused"),
    ProbeRow(
        name: "another system's 404 is no answer", spoke: membership, reply: reply(404, "<html>"),
        outcome: "provider_refused"),
    ProbeRow(
        name: "the code under another status", spoke: membership, reply: reply(403, #"{"code":"E7"}"#),
        outcome: "provider_refused"),
    ProbeRow(
        name: "a refused key is no answer", spoke: membership, reply: reply(401, #"{"code":"E7"}"#),
        outcome: "credential_refused"),
    ProbeRow(name: "an outage is no answer", spoke: membership, reply: reply(503), outcome: "provider_unavailable"),
    ProbeRow(name: "garbage is no answer", spoke: membership, reply: reply(200, "yes"), outcome: "reply_not_json"),
    ProbeRow(name: "equal", spoke: truth, reply: reply(200, #"{"on":true}"#), outcome: #"{"is_on":true}"#),
    ProbeRow(name: "not equal", spoke: truth, reply: reply(200, #"{"on":false}"#), outcome: #"{"is_on":false}"#),
    ProbeRow(
        name: "not of the type", spoke: truth, reply: reply(200, #"{"on":"true"}"#), outcome: #"{"is_on":false}"#),
    ProbeRow(name: "not there", spoke: truth, reply: reply(200, "{}"), outcome: "reply_unexpected"),
])
func aProbeAnswersYesOrNoAndNothingElse(_ row: ProbeRow) async throws {
    let run = try await ask(row.spoke, row.reply)
    if case .done(let output) = run.outcome {
        #expect(output.text() == row.outcome)
    } else {
        #expect(run.outcome.summary.reason == row.outcome)
    }
}

@Test(arguments: [("LOCKED_OUT", true), ("ACTIVE", false), ("SOMETHING_NEW", false)])
func aLockedUserIsLocked(_ status: String, _ expected: Bool) async throws {
    let run = try await run(
        "okta.is_user_locked", ["user_id": "1"], outside: [reply(200, #"{"status":"\#(status)"}"#)])
    #expect(run.outcome == .done(["locked": .bool(expected)]))
}
