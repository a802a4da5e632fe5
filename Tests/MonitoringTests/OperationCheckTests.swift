import Core
import Ports
import Testing

/// The check that stands between every caller and every operation.
struct OperationCheckTests {
    private let create = Ports.Operation(
        "client", .create, roles: [.oauthAdmin], says: "Makes a client.",
        fields: [
            .required("name", .text(most: 5), "The client's name."),
            .optional("secret", .secret(most: 8), "Its secret."),
            .optional("kind", .oneOf(["a", "b"]), "Its kind."), .optional("count", .int(1...3), "How many."),
            .optional("on", .bool, "Whether it is on."), .optional("at", .time, "When."),
            .optional("scopes", .texts(most: 2), "Its scopes."), .optional("rule", .object, "A rule."),
            .optional("rules", .objects(most: 1), "Rules."),
        ]
    ) { _ in .null }

    private let list = Ports.Operation(
        "client", .list, roles: [.oauthAdmin], says: "Lists clients.",
        fields: [
            .optional("most", .int(1...200), "How many."), .optional("on", .bool, "Whether on."),
            .optional("scopes", .texts(most: 2), "Scopes."),
        ]
    ) { _ in .null }

    @Test("what fits is taken, and secrets stand apart")
    func accepts() throws {
        let checked = try create.check([
            "name": "hr", "secret": "hunter2", "kind": "a", "count": 3, "on": false, "at": "2026-11-21T09:00:00Z",
            "scopes": ["x", "y"], "rule": [:], "rules": [[:]],
        ])
        #expect(checked.input.members.count == 8)
        #expect(checked.input["secret"] == nil)
        #expect(checked.secrets["secret"]?.matches(Secret("hunter2")) == true)
    }

    static let refused: [(JSONObject, String)] = [
        ([:], "missing_field"), (["name": nil], "bad_field"), (["name": ""], "bad_field"),
        (["name": "sixsix"], "bad_field"), (["name": 1], "bad_field"), (["name": "a\nb"], "bad_field"),
        (["name": "a\u{7f}"], "bad_field"), (["name": "a\u{85}"], "bad_field"), (["name": "a\u{2028}"], "bad_field"),
        (["name": "a\u{202e}"], "bad_field"), (["name": "hr", "secret": ""], "bad_field"),
        (["name": "hr", "secret": "far too long"], "bad_field"), (["name": "hr", "secret": 5], "bad_field"),
        (["name": "hr", "kind": "c"], "bad_field"), (["name": "hr", "count": 4], "bad_field"),
        (["name": "hr", "count": "3"], "bad_field"), (["name": "hr", "count": .double(3)], "bad_field"),
        (["name": "hr", "on": "true"], "bad_field"), (["name": "hr", "on": 1], "bad_field"),
        (["name": "hr", "at": "tomorrow"], "bad_field"), (["name": "hr", "scopes": ["x", "y", "z"]], "bad_field"),
        (["name": "hr", "scopes": ["x", 1]], "bad_field"), (["name": "hr", "scopes": "x"], "bad_field"),
        (["name": "hr", "rule": []], "bad_field"), (["name": "hr", "rules": [[:], [:]]], "bad_field"),
        (["name": "hr", "Name": "hr"], "unknown_field"), (["name": "hr", "extra": 1], "unknown_field"),
    ]

    @Test("what does not fit is refused by the field's name and never quoted", arguments: refused)
    func refuses(sent: JSONObject, reason: String) {
        do {
            _ = try create.check(sent)
            Issue.record("was accepted")
        } catch let error as HubError {
            #expect(error.kind == .invalid)
            #expect(error.reason == reason)
            #expect(!error.message.contains("far too long"))
        } catch { Issue.record("\(error)") }
    }

    @Test("an optional field that is null counts as not sent")
    func null() throws {
        let checked = try create.check(["name": "hr", "kind": nil, "secret": nil])
        #expect(checked.input.members.map(\.name) == ["name"])
        #expect(checked.secrets.isEmpty)
    }

    @Test("a query's texts become numbers, truth values and lists, in one spelling")
    func query() throws {
        let checked = try list.check(["most": "7", "on": "true", "scopes": "a,b"])
        #expect(checked.input == ["most": 7, "on": true, "scopes": ["a", "b"]])
        for most in ["+7", "07", "7 ", "0", "201", "７", ""] {
            #expect(throws: HubError.self) { try list.check(["most": .string(most)]) }
        }
        for on in ["TRUE", "1", ""] { #expect(throws: HubError.self) { try list.check(["on": .string(on)]) } }
    }

    @Test("an unknown field's name is shortened and made harmless in the message")
    func unknownName() {
        let name = String(repeating: "x", count: 500) + "\u{1b}[31m\n"
        do {
            _ = try create.check([name: 1])
            Issue.record("was accepted")
        } catch let error as HubError {
            #expect(error.message.utf8.count < 400)
            #expect(error.message.utf8.allSatisfy { $0 >= 0x20 })
        } catch { Issue.record("\(error)") }
    }

    @Test(
        "verb settles method, path, status and name",
        arguments: [
            (Ports.Operation.Verb.list, "GET /flows 200 flow.list"), (.get, "GET /flows/{id} 200 flow.get"),
            (.create, "POST /flows 201 flow.create"), (.update, "PATCH /flows/{id} 200 flow.update"),
            (.delete, "DELETE /flows/{id} 204 flow.delete"), (.act("run"), "POST /flows/{id}/run 200 flow.run"),
            (.actOnAll("check"), "POST /flows/check 200 flow.check"),
        ])
    func verbs(verb: Ports.Operation.Verb, expected: String) {
        let flow = Ports.Operation("flow", verb, roles: [.admin], says: "") { _ in .null }
        #expect("\(flow.method) \(flow.path) \(flow.status) \(flow.name)" == expected)
    }
}
