import Core
import Documents
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Spokes

private func starter() throws -> String { try SpokeStarter.text(name: "toy") }

private func play(_ tests: String, _ spoke: String? = nil) async throws -> JSON {
    try await SpokeTests.run(
        (Array(try (spoke ?? starter()).utf8), "toy.yaml"), tests: (Array(tests.utf8), "toy.test.yaml"))
}

@Suite("Spokes at their author's desk") struct SpokeTestTests {
    @Test("what `spoke new` writes is a spoke without a warning, and its tests pass")
    func begun() async throws {
        let checked = try SpokeReview.check(Array(try starter().utf8), file: "toy.yaml", operations: nil)
        #expect(checked["warnings"] == [] && checked["action_count"] == 1)
        let played = try await play(SpokeStarter.tests(name: "toy"))
        #expect(played["passed"] == 3 && played["failed"] == 0, "\(played)")
        #expect(throws: HubError.self) { try SpokeStarter.text(name: "No Name") }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let from: String
        let to: String
        let says: String
        var testDescription: String { name }
    }

    @Test(
        "a row that differs says where",
        arguments: [
            Row(name: "target", from: "target: /v1/things/7", to: "target: /v1/things/9", says: "was GET /v1/things/7"),
            Row(
                name: "method", from: "method: GET, target: /v1/things/7", to: "method: PUT, target: /v1/things/7",
                says: "call 1 expected PUT"),
            Row(
                name: "output", from: "name: Lamp } }\n  - name: a thing that",
                to: "name: Lux } }\n  - name: a thing that",
                says: "output at /name: expected \"Lux\", was \"Lamp\""),
            Row(
                name: "an output too many", from: "output: { id: \"7\", name: Lamp }", to: "output: { id: \"7\" }",
                says: "has /name, which is not expected"),
            Row(name: "reason", from: "reason: not_found", to: "reason: ambiguous", says: "was not_found"),
            Row(
                name: "outcome", from: "outcome: refused, reason: input_invalid", to: "outcome: done",
                says: "expected done, was refused (input_invalid:"),
            Row(
                name: "a call that is not made", from: "    expect: { outcome: refused",
                to:
                    "    calls: [{ send: { method: GET, target: /x }, reply: { status: 200 } }]\n    expect: { outcome: refused",
                says: "did not send call 1: GET /x"),
            Row(
                name: "a header", from: "target: /v1/things/7 }", to: "target: /v1/things/7, headers: { x-a: b } }",
                says: "lacks the header x-a"),
            Row(
                name: "a body", from: "target: /v1/things/7 }", to: "target: /v1/things/7, body: {} }",
                says: "has no body of JSON"),
        ])
    func differs(_ row: Row) async throws {
        let tests = SpokeStarter.tests(name: "toy")
        let changed = tests.replacing(row.from, with: row.to)
        try #require(changed != tests)
        let played = try await play(changed)
        let differences = played["items"]?.array?.compactMap { $0["difference"]?.string } ?? []
        #expect(played["failed"] == 1 && differences.count == 1 && differences[0].contains(row.says), "\(played)")
    }

    @Test(
        "a mistake in a test file has its line",
        arguments: [
            Row(
                name: "unknown action", from: "action: get_thing\n    input: { thing_id: \"7\" }",
                to: "action: get_thong\n    input: {}", says: "toy.test.yaml:3: spoke toy has no action \"get_thong\""),
            Row(name: "unknown outcome", from: "outcome: failed", to: "outcome: maybe", says: "toy.test.yaml:16:"),
            Row(name: "unknown key", from: "status: 404", to: "status: 404, colour: red", says: "no key \"colour\""),
        ])
    func mistakes(_ row: Row) async throws {
        let changed = SpokeStarter.tests(name: "toy").replacing(row.from, with: row.to)
        let refusal = await #expect(throws: HubError.self) { try await play(changed) }
        #expect(refusal?.reason == "bad_test_file" && refusal?.message.contains(row.says) == true, "\(refusal as Any)")
    }

    @Test("the pages of a stream are followed, a scope is missed, a limit is waited for")
    func okta() async throws {
        let tests = """
            tests:
              - name: two pages
                action: user_groups_stream
                input: { user_id: u1 }
                calls:
                  - send: { method: GET, target: /api/v1/users/u1/groups }
                    reply:
                      status: 200
                      headers: { link: '<{connection.url}/api/v1/users/u1/groups?after=2>; rel="next"' }
                      body: [{ id: g1, type: OKTA_GROUP, profile: { name: A } }]
                  - send: { method: GET, target: "/api/v1/users/u1/groups?after=2" }
                    reply: { status: 200, text: '[{"id": "g2", "type": "OKTA_GROUP", "profile": {"name": "B"}}]' }
                expect: { outcome: done }
              - name: without its scope
                action: suspend_user
                scopes: [okta.users.read]
                input: { user_id: u1 }
                expect: { outcome: refused, reason: scope_missing }
              - name: a limit
                action: suspend_user
                input: { user_id: u1 }
                calls:
                  - send: { method: POST, target: /api/v1/users/u1/lifecycle/suspend }
                    reply: { status: 429, headers: { retry-after: "7" } }
                expect: { outcome: later, reason: rate_limited }
            """
        let played = try await SpokeTests.run(
            (PackageResources.okta_yaml, "okta.yaml"), tests: (Array(tests.utf8), "okta.test.yaml"))
        #expect(played["passed"] == 3, "\(played)")
    }

    @Test("a live system is recorded without its secrets, and the recording plays")
    func recorded() async throws {
        let outside = FakeOutside([
            reply(200, #"{"activationUrl":"https://x.example/canary-link","activationToken":"canary-word"}"#),
            reply(404, #"{"errorCode":"E0000007","errorLink":"https://acme.example/x"}"#),
        ])
        let tests = """
            tests:
              - { name: activate, action: activate_user, input: { user_id: u1, send_email: false }, expect: { outcome: done } }
              - { name: nobody, action: lookup_user, input: { login: nobody }, expect: { outcome: failed } }
            """
        let live = SpokeTests.Live(
            url: "https://acme.example", kind: "api_key", secret: Secret(canary), settings: [:], outbound: outside,
            effects: TestEffects().effects)
        let spoke = (bytes: PackageResources.okta_yaml, file: "okta.yaml")
        let played = try await SpokeTests.run(spoke, tests: (Array(tests.utf8), "okta.test.yaml"), live: live)
        #expect(played["passed"] == 2, "\(played)")
        let text = try #require(played["recorded"]?.string)
        #expect(!text.contains("canary-link") && !text.contains(canary) && !text.contains("acme.example"), "\(text)")
        let again = try await SpokeTests.run(spoke, tests: (Array(text.utf8), "okta.test.yaml"))
        #expect(again["passed"] == 2, "\(text)\n\(again)")
    }
}

@Suite("What `spoke check` points at") struct ReviewTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let from: String
        let to: String
        let line: Int
        let says: String
        var testDescription: String { name }
    }

    @Test(
        arguments: [
            Row(
                name: "a deletion", from: "method: GET", to: "method: DELETE", line: 19,
                says: "deletes, and says destructive: no"),
            Row(
                name: "a name that takes away", from: "  get_thing:", to: "  revoke_thing:", line: 19,
                says: "Should it be permanent?"),
            Row(
                name: "oauth without scopes", from: "[header_key]",
                to: "[oauth]\noauth: { token: \"{connection.url}/t\", refresh_repeat: ask }", line: 12,
                says: "no action names a scope"),
            Row(
                name: "an input that nobody takes", from: "actions:",
                to: "inputs:\n  x: { type: string, maxLength: 9, description: x }\nactions:",
                line: 19, says: "input x is used by no action"),
            Row(
                name: "a source that nobody cites", from: "actions:", to: "sources: { a: b }\nactions:", line: 18,
                says: "source a is cited by no permission"),
            Row(
                name: "no reasons", from: "reasons:\n  \"403\": not_permitted\n  \"404\": not_found\n", to: "", line: 1,
                says: "there are no reasons"),
        ])
    func warns(_ row: Row) throws {
        var text = try starter()
        if row.name == "a name that takes away" { text = text.replacing("method: GET", with: "method: POST") }
        let changed = text.replacing(row.from, with: row.to)
        try #require(changed != text)
        let warnings =
            try SpokeReview.check(Array(changed.utf8), file: "toy.yaml", operations: nil)["warnings"]?.array ?? []
        #expect(warnings.count == 1 && warnings[0]["says"]?.string?.contains(row.says) == true, "\(warnings)")
        #expect(warnings.first?["line"]?.int == Int64(row.line), "\(warnings)")
    }

    @Test("the shipped files have nothing to look at but what their comments explain")
    func shipped() throws {
        let okta = try SpokeReview.check(
            PackageResources.okta_yaml, file: "okta.yaml", operations: PackageResources.okta_operations_tsv)
        let says = (okta["warnings"]?.array ?? []).compactMap { $0["says"]?.string }
        #expect(says.isEmpty, "\(says)")
        let servicenow = try SpokeReview.check(
            PackageResources.servicenow_yaml, file: "servicenow.yaml", operations: nil)
        #expect(
            servicenow["warnings"]?.array?.compactMap { $0["says"]?.string }.map {
                $0.hasPrefix("no action names a scope")
            } == [true])
    }

    @Test("a mistake is refused with file, line and the next step") func mistake() throws {
        let text = try starter().replacing("kind: request", with: "kind: guess")
        let refusal = #expect(throws: HubError.self) {
            try SpokeReview.check(Array(text.utf8), file: "toy.yaml", operations: nil)
        }
        #expect(
            refusal?.message.hasPrefix("toy.yaml:23: ") == true
                && refusal?.message.contains("Correct the file") == true, "\(refusal as Any)")
    }
}
