import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

@Suite("How a spoke's system sends events") struct HookFileTests {
    private static let file = """
        \(ToyFile.head)
        hooks:
          verification: { header: x-toy-question, member: answer }
          events: /list
          stream: log
          id: id
          published: at
          type: kind
          compare: { since: since, until: until, filter: filter, each: 'kind eq "{type}"', join: " or " }
        actions:
          log:
            name: Log
            says: Lists what happened.
            kind: stream
            request: { method: GET, path: "/log", query: { since: "{since}", until: "{until}", filter: "{filter}" } }
            input:
              type: object
              additionalProperties: false
              properties:
                since: { type: string, maxLength: 40, format: date-time, description: the first moment }
                until: { type: string, maxLength: 40, format: date-time, description: the last moment }
                filter: { type: string, maxLength: 300, description: a filter }
            pages: link_header
            output: { id: /uuid, at: /published, kind: /eventType, who: { optional: /actor/id } }
            success: [200]
            scopes: []
            permissions: []
            destructive: no
            repeat: safe
        """

    @Test(
        "mistakes",
        arguments: [
            ("stream: log", "stream: logs", "toy.yaml:11: \"stream\""),
            ("header: x-toy-question", "header: X-Toy", "toy.yaml:9: \"header\""),
            ("id: id", "id: number", "toy.yaml:12: \"id\""), ("type: kind", "type: who", "toy.yaml:14: \"type\""),
            ("filter: filter,", "filter: words,", "toy.yaml:15: \"filter\""),
            ("maxLength: 300", "maxLength: 100", "long enough for one type"),
            ("'kind eq \"{type}\"'", "kind", "toy.yaml:15: \"each\""),
            ("events: /list", "events: list", "toy.yaml:10: \"events\""),
            ("  events: /list\n", "  events: /list\n  colour: red\n", "toy.yaml:11: "),
            (
                "      additionalProperties: false\n",
                "      required: [since, x]\n      additionalProperties: false\n", ""
            ),
        ])
    func mistakes(_ part: String, _ instead: String, _ wanted: String) {
        ToyFile.expectMistake(in: Self.file, part, instead, says: wanted)
    }

    @Test("a delivery is read by the stream's outputs, all of it or nothing")
    func delivery() throws {
        let rules = try #require(try ToyFile.read(Self.file).hookProtocol)
        func events(_ body: String) throws -> [HookEvent]? { rules.events(try JSON.read(body)) }
        let one = #"{"uuid":"1","published":"2026-11-21T09:00:00.000Z","eventType":"made","actor":{"id":"a"},"x":1}"#
        let found = try #require(try events("{\"list\":[\(one)]}")?.first)
        #expect(found.id == "1" && found.type == "made" && found.published.rfc3339 == "2026-11-21T09:00:00.000Z")
        #expect(found.event == ["id": "1", "at": "2026-11-21T09:00:00.000Z", "kind": "made", "who": "a"])
        #expect(rules.item(found.event) == found, "an item of the log is the same event")
        for body in [
            "[]", "{}", "{\"list\":[\(one),{}]}", "{\"list\":[\(one.replacing("09:00:00.000Z", with: "noon"))]}",
            "{\"list\":[\(one.replacing("\"1\"", with: "\"\""))]}",
        ] {
            #expect(try events(body) == nil, "\(body)")
        }
        #expect(try events(#"{"list":[]}"#) == [])
    }

    @Test("types are asked for in as few reads as the filter's length allows")
    func filters() throws {
        let rules = try #require(try ToyFile.read(Self.file).hookProtocol)
        let (since, until) = (Timestamp(epochSeconds: 0), Timestamp(epochSeconds: 60))
        let few = rules.inputs(["a", "b"], since, until)
        #expect(
            few == [
                [
                    "since": "1970-01-01T00:00:00.000Z", "until": "1970-01-01T00:01:00.000Z",
                    "filter": #"kind eq "a" or kind eq "b""#,
                ]
            ])
        let types = (0..<100).map { "some.long.name.\($0)" }
        let many = rules.inputs(types, since, until).compactMap { $0["filter"]?.string }
        #expect(many.allSatisfy { $0.utf8.count <= 300 })
        #expect(many.joined(separator: " or ") == types.map { "kind eq \"\($0)\"" }.joined(separator: " or "))
        #expect(many.count < 20)
    }

    @Test("Okta's say so, and the log's action takes what a comparison asks")
    func okta() throws {
        let catalogue = try SpokeCatalogue.load(operatorFiles: [])
        let rules = try #require(catalogue.spoke("okta")?.hookProtocol)
        #expect(rules.challengeHeader == "x-okta-verification-challenge" && rules.challengeMember == "verification")
        let types = (0..<300).map { "user.lifecycle.type_\($0)" }
        let action = try #require(catalogue.find(rules.stream)?.action)
        for input in rules.inputs(types, Timestamp(epochSeconds: 0), Timestamp(epochSeconds: 60)) {
            #expect(action.input.problem(with: input) == nil)
        }
    }
}
