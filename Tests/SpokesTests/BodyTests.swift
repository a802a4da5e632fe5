import Core
import Ports
import Testing

private func sent(_ action: String, _ input: JSONObject) async throws -> JSON? {
    let reply = reply(200, #"{"id":"1","status":"ACTIVE","type":"x","profile":{"login":"l","name":"n"}}"#)
    let run = try await run("okta.\(action)", input, FakeCredentials(actions: [action]), outside: [reply])
    return try run.sent.first.flatMap { try $0.body.map { try JSON.read($0) } }
}

struct BodyRow: Sendable, CustomTestStringConvertible {
    let name: String
    let action: String
    let input: JSONObject
    let body: JSON?
    var testDescription: String { name }
}

private let newcomer: JSONObject = ["login": "a@b.test", "email": "a@b.test", "first_name": "A", "last_name": "B"]

private func newcomer(_ more: JSONObject) -> JSONObject {
    more.members.reduce(into: newcomer) { $0[$1.name] = $1.value }
}

@Test(arguments: [
    BodyRow(
        name: "what is not given is not there, nor what would hold it", action: "create_user", input: newcomer,
        body: ["profile": ["login": "a@b.test", "email": "a@b.test", "firstName": "A", "lastName": "B"]]),
    BodyRow(
        name: "a list and a password", action: "create_user",
        input: newcomer(["group_ids": ["g1", "g2"], "password": "Long Enough 1"]),
        body: [
            "profile": ["login": "a@b.test", "email": "a@b.test", "firstName": "A", "lastName": "B"],
            "credentials": ["password": ["value": "Long Enough 1"]], "groupIds": ["g1", "g2"],
        ]),
    BodyRow(
        name: "further attributes stand beside the others", action: "update_user_profile",
        input: [
            "user_id": "1", "title": "Lead",
            "attributes": ["badge": 7, "onsite": true, "tags": ["a"], "x": .null],
        ],
        body: ["profile": ["title": "Lead", "badge": 7, "onsite": true, "tags": ["a"], "x": .null]]),
    BodyRow(
        name: "an attribute that has an input of its own", action: "update_user_profile",
        input: ["user_id": "1", "attributes": ["title": "Lead"]], body: nil),
    BodyRow(
        name: "too many groups", action: "create_user",
        input: newcomer(["group_ids": .array((0...20).map { .string("g\($0)") })]), body: nil),
    BodyRow(name: "no list", action: "create_user", input: newcomer(["group_ids": "g1"]), body: nil),
    BodyRow(
        name: "an object in an attribute", action: "update_user_profile",
        input: ["user_id": "1", "attributes": ["a": ["b": 1]]], body: nil),
    BodyRow(name: "nothing at all", action: "update_user_profile", input: ["user_id": "1"], body: [:]),
    BodyRow(
        name: "a hook without a proof", action: "create_event_hook",
        input: ["name": "h", "event_types": ["user.lifecycle.create"], "uri": "https://h.test/x"],
        body: [
            "name": "h", "events": ["type": "EVENT_TYPE", "items": ["user.lifecycle.create"]],
            "channel": ["type": "HTTP", "version": "1.0.0", "config": ["uri": "https://h.test/x"]],
        ]),
    BodyRow(
        name: "a hook in the clear", action: "create_event_hook",
        input: ["name": "h", "event_types": ["user.lifecycle.create"], "uri": "http://h.test/x"], body: nil),
])
func aBodyHoldsWhatWasGiven(_ row: BodyRow) async throws {
    let body = try await sent(row.action, row.input)
    #expect(body == row.body)
}

@Test(arguments: [("2026-11-21T09:00:00Z", true), ("yesterday", false), ("2026-11-21", false)])
func aMomentIsOne(_ text: String, _ isOne: Bool) async throws {
    let run = try await run(
        "okta.get_groups", ["updated_after": .string(text)], FakeCredentials(actions: ["get_groups"]),
        outside: [reply(200, "[]")])
    #expect((run.outcome.summary.word == "done") == isOne && run.sent.count == (isOne ? 1 : 0))
}

@Test(arguments: [(nil, "status%20eq%20%22ACTIVE%22"), ("00u1", "user.id%20eq%20%2200u1%22")] as [(String?, String)])
func theLauncherListsAUsersAppsOrTheActiveOnes(_ user: String?, _ filter: String) async throws {
    let run = try await run(
        "okta.app_launcher_stream", user.map { ["user_id": .string($0)] } ?? [:],
        FakeCredentials(actions: ["app_launcher_stream"]), outside: [reply(200, "[]")])
    let url = try #require(run.sent.first?.url)
    #expect(url.contains("?filter=\(filter)&") && url.contains("expand=user%2F00u1") == (user != nil))
}
