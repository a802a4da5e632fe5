import Core
import OktaSandbox
import Testing

struct DeliveryTests {
    private static let secret = "Canary-hook-secret"
    private static let uri = "https://hub.test/hook?a=b"

    /// An org with a verified hook for what happens to groups.
    private func verified(_ types: [JSON] = ["group.lifecycle.create", "group.lifecycle.delete"]) throws -> (
        OktaOrg, String
    ) {
        var org = OktaOrg.forTests()
        org.answersChallenge = { _ in true }
        let made = try org.call(
            "POST", "/api/v1/eventHooks",
            [
                "name": "Hub", "events": ["type": "EVENT_TYPE", "items": .array(types)],
                "channel": [
                    "type": "HTTP", "version": "1.0.0",
                    "config": [
                        "uri": .string(Self.uri), "headers": [["key": "x-more", "value": "1"]],
                        "authScheme": ["type": "HEADER", "key": "x-proof", "value": .string(Self.secret)],
                    ],
                ],
            ])
        let path = "/api/v1/eventHooks/\(made["id"]?.string ?? "")"
        try org.call("POST", "\(path)/lifecycle/verify")
        return (org, path)
    }

    private func make(_ name: String, _ org: inout OktaOrg) throws {
        try org.call("POST", "/api/v1/groups", ["profile": ["name": .string(name)]])
    }

    /// The names of the groups that deliveries tell of, one list a delivery.
    private func told(_ org: inout OktaOrg) throws -> [[String]] {
        try org.takeDeliveries().map { delivery in
            let events = try JSON.read(delivery.body).value(at: "/data/events")?.array ?? []
            return events.compactMap { $0.value(at: "/target/0/displayName")?.string }
        }
    }

    @Test func aDeliveryIsWhatOktaSends() throws {
        var (org, path) = try verified()
        try make("Night Shift", &org)
        let deliveries = org.takeDeliveries()
        let delivery = try #require(deliveries.first)
        #expect(deliveries.count == 1 && org.takeDeliveries().isEmpty)
        #expect(delivery.url == Self.uri && delivery.headers.map(\.name) == ["x-more"])
        #expect(delivery.auth?.header == "x-proof" && delivery.auth?.value.matches(Secret(Self.secret)) == true)
        let body = try JSON.read(delivery.body)
        #expect(body["eventType"] == "com.okta.event_hook" && body["cloudEventsVersion"] == "0.1")
        #expect(body["source"]?.string == "http://127.0.0.1:9001\(path)")
        let event = try #require(body.value(at: "/data/events/0"))
        let log = try org.call("GET", "/api/v1/logs", query: "filter=eventType%20eq%20%22group.lifecycle.create%22")
        #expect(log.array == [event], "an event is the log's own")
    }

    @Test func onlyWhatIsVerifiedActiveAndAskedForIsSent() throws {
        var (org, path) = try verified(["group.lifecycle.delete"])
        try make("A", &org)
        #expect(org.takeDeliveries().isEmpty, "another type")
        (org, path) = try verified()
        try org.call("POST", "\(path)/lifecycle/deactivate")
        try make("B", &org)
        #expect(org.takeDeliveries().isEmpty, "not active")
        try org.call("POST", "\(path)/lifecycle/activate")
        try make("C", &org)
        #expect(try told(&org) == [["C"]])
    }

    /// Which fault strikes, and what three groups lead to.
    @Test(
        arguments: [
            (#"{"fault":"hook_lose"}"#, [["B"], ["C"]]), (#"{"fault":"hook_lose","count":2}"#, [["C"]]),
            (#"{"fault":"hook_double"}"#, [["A"], ["A"], ["B"], ["C"]]),
            (#"{"fault":"hook_reorder"}"#, [["B"], ["A"], ["C"]]),
            (#"{"fault":"hook_lose","count":0}"#, [["A"], ["B"], ["C"]]),
        ])
    func faults(_ order: String, _ wanted: [[String]]) throws {
        var (org, _) = try verified()
        let local = [(name: "host", value: "127.0.0.1"), (name: "content-type", value: "application/json")]
        #expect(org.send("POST", "/sandbox/faults", more: local, body: order).status == 200)
        for name in ["A", "B", "C"] { try make(name, &org) }
        #expect(try told(&org) == wanted)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/hook?a=b"), ("https://127.0.0.1:8080", nil),
            ("http://hub.test", nil), ("http://127.0.0.1:8080/x", nil), ("http://127.0.0.1:8080/", nil),
        ] as [(String, String?)])
    func addressesLeadToThisMachineAlone(_ url: String, _ wanted: String?) throws {
        var (org, _) = try verified()
        let local = [(name: "host", value: "127.0.0.1"), (name: "content-type", value: "application/json")]
        let reply = org.send(
            "POST", "/sandbox/faults", more: local, body: #"{"fault":"hooks_to","url":"\#(url)"}"#)
        #expect(reply.status == (wanted == nil ? 400 : 200))
        #expect(org.address(of: Self.uri) == wanted ?? Self.uri)
    }

    @Test func aQuestionIsKnownBeforehandAndMovesNothing() throws {
        var (org, path) = try verified()
        func verify(_ authorization: String) -> SandboxRequest {
            SandboxRequest(
                method: "POST", path: "\(path)/lifecycle/verify",
                headers: [("authorization", authorization), ("content-length", "0")])
        }
        let before = try org.eventTypes()
        #expect(org.challenge(of: verify("SSWS wrong"), at: noon) == nil, "whoever may not ask, asks nobody")
        let question = try #require(org.challenge(of: verify("SSWS \(token)"), at: noon))
        #expect(question.uri == Self.uri && question.auth?.header == "x-proof")
        #expect(try org.eventTypes() == before)
        #expect(question.isAnswered(by: 200, Array(#"{"verification":"\#(question.challenge)"}"#.utf8)))
        for (status, body) in [(200, "{}"), (204, ""), (201, #"{"verification":"\#(question.challenge)"}"#)] {
            #expect(!question.isAnswered(by: status, Array(body.utf8)))
        }
    }
}
