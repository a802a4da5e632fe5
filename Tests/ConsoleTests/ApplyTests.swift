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
        "resources are searched without a script: what is found can be ticked, is escaped, and joins what was typed")
    func search() async throws {
        try await with { rig in
            let path = "connections/okta-prod/choose-resources"
            let form = try await rig.page(path)
            #expect(form.contains("name=\"query\"") && form.contains("<button name=\"search\" value=\"yes\">Search"))
            #expect(
                form.contains("<option value=\"user\"") && !form.contains("<option value=\"app\""), "what is needed")
            #expect(form.contains("type=\"password\""), "the users of a group take an administrator's token")
            let nothing = try await rig.send(path, [("search", "yes"), ("type", "user"), ("query", "")])
            #expect(nothing.status == 400 && nothing.html.contains("Type the beginning of a name"))

            let asked = Mutex<[String: JSONObject]>([:])
            let found: JSON = [
                "items": [
                    ["resource": "user:00u1", "id": "00u1", "name": .string(ConsoleRig.hostile), "type": "user"]
                ],
                "may_have_more": true,
            ]
            func act(_ form: [(String, String)], refusal: HubError? = nil) async throws -> String {
                let visit = rig.visit(path, form: form) { name, input in
                    asked.withLock { $0[name] = input }
                    switch name {
                    case "connection.find-resources":
                        if let refusal { throw refusal }
                        return found
                    case "connection.choose-resources":
                        return [
                            "resources": [
                                ["name": "user:00u1", "title": .string(ConsoleRig.hostile), "standing": "found"],
                                ["name": "user:00uX", "standing": "missing", "says": "Okta does not know <it>."],
                            ],
                            "kinds": ["users"],
                            "searchable": [["type": "user", "kind": "users", "needs_administrator_token": false]],
                        ]
                    default: return ["name": "okta-prod"]
                    }
                }
                guard case .page(let content, _) = try await Console.act(visit) else {
                    Issue.record("no page")
                    return ""
                }
                return try rig.frame.page(content, for: visit)
            }
            let token = "SSWS canary-00administrator"
            let typed = [("type", "user"), ("query", "No"), ("administrator_token", token)]
            let shown = try await act([("add", "user:00u2"), ("add", "user:00u3\r\nuser:00u4")] + typed)
            #expect(
                asked.withLock { $0["connection.find-resources"] }
                    == ["type": "user", "query": "No", "administrator_token": .string(token)], "Return searches too")
            #expect(shown.contains("type=\"checkbox\" value=\"user:00u1\"") && shown.contains("There may be more"))
            #expect(!shown.contains("<script>alert(1)") && shown.contains("&lt;script&gt;alert(1)"))
            #expect(shown.contains("user:00u2\nuser:00u3\r\nuser:00u4</textarea>"), "what was typed stays")
            #expect(shown.contains("name=\"query\" type=\"text\" value=\"\""), "the next click previews")

            let preview = try await act(
                [("names", "false"), ("names", "true"), ("add", "user:00u1"), ("add", "user:00u2")] + [typed[2]])
            #expect(asked.withLock { $0["connection.choose-resources"]?["names"] } == true)
            #expect(asked.withLock { $0["connection.choose-resources"]?["add"] } == ["user:00u1", "user:00u2"])
            #expect(preview.contains("user:00uX is not there: Okta does not know &lt;it&gt;."))
            #expect(!preview.contains("<script>alert(1)") && preview.contains("Name there"))

            let refused = try await act(
                typed, refusal: HubError(.conflict, "search_scope_lacking", "It takes the scope okta.users.read."))
            #expect(refused.contains("It takes the scope okta.users.read.") && refused.contains("value=\"No\""))
            for page in [shown, preview, refused] { #expect(!page.contains("canary")) }
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
