import Core
import Hub
import Ports
import Synchronization
import Testing

@testable import Console

@Suite("Console: resources and applying") struct ApplyTests {
    private func with(_ body: (ConsoleRig) async throws -> Void) async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            try await body(rig)
        }
    }

    @Test("resources: what is needed is said, a preview changes nothing, one more click stores it, and it can go again")
    func resources() async throws {
        try await with { rig in
            let path = "connections/okta-prod/choose-resources"
            let empty = try await rig.page(path)
            #expect(empty.contains("Nothing is chosen yet") && empty.contains("suspend_user would reach nothing"))
            let grant = try await rig.page("connections/okta-prod/grant")
            #expect(grant.contains("/console/connections/okta-prod/choose-resources"))
            let preview = try await rig.send(path, [("add", "group:<b>\r\n"), ("remove", "")])
            #expect(preview.status == 400 && preview.html.contains("names no resource"))
            #expect(!preview.html.contains("group:<b>"))
            let seen = try await rig.send(path, [("add", "users_of_group:00g1\r\nuser:00u1"), ("remove", "")])
            #expect(
                seen.html.contains("Would be added: user:00u1, users_of_group:00g1.")
                    && seen.html.contains("Choose these"))
            #expect(try await rig.make("connection.get", id: "okta-prod")["resources"] == [])
            let lists = #"{"add":["user:00u1"]}"#
            let edited = try await rig.send(path, [("previewed", lists), ("add", "user:00u2"), ("remove", "")])
            #expect(edited.html.contains("Would be added: user:00u2."), "what was not previewed is not stored")
            #expect(try await rig.make("connection.get", id: "okta-prod")["resources"] == [])
            let stored = try await rig.send(path, [("previewed", lists), ("add", "user:00u1"), ("remove", "")])
            #expect(stored.place == "/console/connections/okta-prod/grant")
            #expect(try await rig.make("connection.get", id: "okta-prod")["resources"] == ["user:00u1"])
            let after = try await rig.page("connections/okta-prod/grant")
            #expect(after.contains("user:00u1") && !after.contains("Nothing is chosen for the resource set"))
            _ = try await rig.send(
                path, [("previewed", #"{"remove":["user:00u1"]}"#), ("add", ""), ("remove", "user:00u1")])
            #expect(try await rig.make("connection.get", id: "okta-prod")["resources"] == [])
        }
    }

    @Test(
        "apply: the token is asked for hidden, twice; the plan goes back as it was shown, and the token is on no page")
    func apply() async throws {
        try await with { rig in
            let form = try await rig.page("connections/okta-prod/apply")
            #expect(form.contains("type=\"password\"") && form.contains("https://okta.example.org"))
            let token = "SSWS canary-00administrator"
            let sent = Mutex<[JSONObject]>([])
            let plan = String(repeating: "ab", count: 32)
            func act(_ fields: [(String, String)], _ answer: JSON) async throws -> String {
                let visit = rig.visit("connections/okta-prod/apply", form: fields) { name, input in
                    guard name == "connection.apply" else {
                        return ["name": "okta-prod", "url": "https://okta.example.org"]
                    }
                    sent.withLock { $0.append(input) }
                    return answer
                }
                guard case .page(let content, 200) = try await Console.act(visit) else {
                    Issue.record("no page")
                    return ""
                }
                return try rig.frame.page(content, for: visit)
            }
            let step: JSON = [
                "step": "app", "says": "App <x>", "state": "create", "adds": ["a"], "removes": ["b"], "left": ["c"],
                "differs": [],
            ]
            let shown = try await act(
                [("administrator_token", token), ("account", "svc@acme.example")],
                ["applied": false, "complete": false, "plan": .string(plan), "changes": 1, "steps": [step]])
            #expect(shown.contains("App &lt;x&gt;") && shown.contains("Adds a. Takes away b. Too much and left: c."))
            #expect(shown.contains("Nothing has been done yet") && shown.contains("Apply this plan"))
            #expect(shown.contains("value=\"\(plan)\"") && shown.contains("value=\"svc@acme.example\""))
            let done = try await act(
                [("administrator_token", token), ("plan", plan)],
                [
                    "applied": true, "complete": false, "plan": .string(plan), "changes": 0, "next": "Go on.",
                    "steps": [["says": "App", "state": "failed", "problem": "It was refused."]],
                ])
            #expect(done.contains("Not complete. Go on.") && done.contains("It was refused."))
            #expect(!done.contains("value=\"\(plan)\""), "a plan that was carried out is not offered again")
            #expect(sent.withLock { $0.map { $0["plan"] } } == [nil, .string(plan)])
            #expect(!(form + shown + done).contains("canary"))
        }
    }
}
