import Core
import OktaSandbox
import Testing

struct EventHookTests {
    private static let secret = "Canary-hook-secret"

    private func wish(_ uri: String = "https://hub.test/hook", _ events: [JSON] = ["user.lifecycle.create"]) -> JSON {
        [
            "name": "Hub", "events": ["type": "EVENT_TYPE", "items": .array(events)],
            "channel": [
                "type": "HTTP", "version": "1.0.0",
                "config": [
                    "uri": .string(uri),
                    "authScheme": ["type": "HEADER", "key": "x-proof", "value": .string(Self.secret)],
                ],
            ],
        ]
    }

    @Test func livesAndDies() throws {
        var org = OktaOrg.forTests()
        let made = try org.call("POST", "/api/v1/eventHooks", wish())
        let id = try #require(made["id"]?.string)
        let path = "/api/v1/eventHooks/\(id)"
        #expect(id.hasPrefix("who") && made["status"] == "ACTIVE" && made["verificationStatus"] == "UNVERIFIED")
        let listed = try org.call("GET", "/api/v1/eventHooks")
        #expect(!listed.text().contains("Canary") && listed.array?.count == 1)
        try org.call("DELETE", path, expecting: 400)
        #expect(try org.call("POST", "\(path)/lifecycle/deactivate")["status"] == "INACTIVE")
        #expect(try org.call("POST", "\(path)/lifecycle/activate")["status"] == "ACTIVE")
        try org.call("POST", "\(path)/lifecycle/deactivate")
        try org.call("DELETE", path, expecting: 204)
        let gone = try org.call("GET", path, expecting: 404)
        #expect(gone["errorSummary"]?.string?.hasSuffix("(Webhook)") == true)
        let types = try org.eventTypes()
        #expect(
            types == [
                "event_hook.created", "event_hook.deactivated", "event_hook.activated", "event_hook.deactivated",
                "event_hook.deleted",
            ])
    }

    @Test func isVerifiedByWhoeverIsAskedAndAnewForAnotherChannel() throws {
        var org = OktaOrg.forTests()
        let id = try #require(try org.call("POST", "/api/v1/eventHooks", wish())["id"]?.string)
        let path = "/api/v1/eventHooks/\(id)"
        let refused = try org.call("POST", "\(path)/lifecycle/verify", expecting: 400)
        #expect(refused["errorCode"] == "E0000001", "nobody answers by default")
        org.answersChallenge = { challenge in
            challenge.uri == "https://hub.test/hook" && challenge.challenge.count == 32
                && challenge.auth?.header == "x-proof"
                && challenge.auth?.value.matches(Secret(EventHookTests.secret)) == true
        }
        #expect(try org.call("POST", "\(path)/lifecycle/verify")["verificationStatus"] == "VERIFIED")
        let same = try org.call("PUT", path, wish("https://hub.test/hook", ["user.lifecycle.activate"]))
        #expect(same["verificationStatus"] == "VERIFIED")
        let other = try org.call("PUT", path, wish("https://elsewhere.test/hook"))
        #expect(other["verificationStatus"] == "UNVERIFIED")
        let log = try org.call("GET", "/api/v1/logs", query: "filter=eventType%20eq%20%22event_hook.verified%22")
        #expect(log.array?.compactMap { $0.value(at: "/outcome/result")?.string } == ["FAILURE", "SUCCESS"])
    }

    @Test(
        arguments: [
            ("http://hub.test/hook", ["user.lifecycle.create"]),
            ("https://hub.test/x", ["user.lifecycle.delete.completed"]),
            ("https://hub.test/x", ["nonsense"]), ("https://hub.test/x", []),
        ] as [(String, [JSON])])
    func mistakes(_ uri: String, _ events: [JSON]) throws {
        var org = OktaOrg.forTests()
        let answer = try org.call("POST", "/api/v1/eventHooks", wish(uri, events), expecting: 400)
        #expect(answer["errorCode"] == "E0000001")
    }
}
