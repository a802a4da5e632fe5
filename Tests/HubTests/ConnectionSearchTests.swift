import Core
import Foundation
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Resources searched at the provider, against the sandbox over HTTP") struct ConnectionSearchTests {
    private static func find(
        _ test: TestHub, _ type: String, _ query: String, token: Bool = false
    ) async throws -> [[String]] {
        var body: JSONObject = ["type": .string(type), "query": .string(query)]
        if token { body["administrator_token"] = .string(OktaTenant.administratorToken) }
        let answer = try await test.post("/connections/okta/find-resources", .object(body))
        return (answer["items"]?.array ?? []).map { [$0["resource"]?.string ?? "", $0["name"]?.string ?? ""] }
    }

    private static func choose(_ test: TestHub, _ body: JSON) async throws -> JSON {
        try await test.post("/connections/okta/choose-resources", body)
    }

    /// The reason of a refusal; nil for none.
    private static func refusal(_ body: () async throws -> Void) async throws -> String? {
        do {
            try await body()
            return nil
        } catch let error as HubError { return error.reason }
    }

    @Test(
        "groups, people and applications are found by the beginning of a name; nothing is changed, here or there",
        arguments: TestStore.allCases)
    func found(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["suspend_user", "add_user_to_group"])
            let group = try await site.group("VPN Users")
            let hostile = try await site.ask("POST", "/api/v1/groups", ["profile": ["name": "VPN <b>\u{202E}"]])
            let app = try await site.ask(
                "POST", "/api/v1/apps",
                [
                    "label": "Zebra", "signOnMode": "OPENID_CONNECT",
                    "settings": ["oauthClient": ["redirect_uris": ["https://zebra.example/cb"]]],
                ])
            let before = try await site.state()
            let groups = try await Self.find(test, "group", "vpn", token: true)
            #expect(
                groups.contains(["group:\(group)", "VPN Users"])
                    && groups.contains(["group:\(hostile["id"]?.string ?? "")", "VPN <b>?"]), "\(groups)")
            #expect(
                try await Self.find(test, "users_of_group", "VPN U", token: true)
                    == [["users_of_group:\(group)", "VPN Users"]])
            let people = try await Self.find(test, "user", "mara.lindqvist", token: true)
            #expect(people.map { $0[1] } == ["mara.lindqvist@acme.example"], "\(people)")
            #expect(
                try await Self.find(test, "app", "zebr", token: true) == [["app:\(app["id"]?.string ?? "")", "Zebra"]])
            #expect(try await Self.find(test, "group", "Nobody has this name", token: true).isEmpty)
            #expect(try await site.state() == before)
            #expect(try await test.admin.call("GET", "/connections/okta")["resources"] == [])
        }
    }

    @Test("a key searches what its actions need anyway and nothing else; each search stands in the log")
    func ownKey() async throws {
        try await TestHub.with(sandbox: true) { test in
            _ = try await ApplySite.make(test, actions: ["suspend_user"], key: TestHub.sandboxToken)
            #expect(try await Self.find(test, "user", "mara.lindqvist").count == 1)
            let refused = try await Self.refusal { _ = try await Self.find(test, "group", "VPN") }
            #expect(refused == "search_scope_lacking")
            let searchable = try await Self.choose(test, ["preview": true])["searchable"]?.array ?? []
            #expect(
                searchable.map { [$0["type"], $0["needs_administrator_token"]] }
                    == [["user", false], ["users_of_group", true]])
            let rows = try await test.admin.call("GET", "/transactions?most=200")["items"]?.array ?? []
            let searches = rows.filter { $0["action"] == "okta.find_resources" }
            #expect(searches.map { $0["path"] } == ["/api/v1/users"] && searches.map { $0["status"] } == [200])
        }
    }

    @Test(
        "a preview says the names, which id is not there, and what cannot be read; nothing is stored by it",
        arguments: TestStore.allCases)
    func names(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await ApplySite.make(
                test, actions: ["suspend_user", "groups_stream"], key: TestHub.sandboxToken)
            let group = try await site.group("VPN Users")
            try await site.ask(
                "POST", "/api/v1/users?activate=true",
                [
                    "profile": [
                        "firstName": "Zoe", "lastName": "Zet", "email": "zoe@acme.example", "login": "zoe@acme.example",
                    ]
                ])
            try await site.choose(add: ["group:\(group)"])
            var wish: JSONObject = [
                "preview": true, "names": true,
                "add": [.string("users_of_group:\(group)"), "group:00gNobody", "user:zoe"],
            ]
            func standings(_ answer: JSON) -> [String: [String?]] {
                (answer["resources"]?.array ?? []).reduce(into: [:]) {
                    $0[$1["name"]?.string ?? ""] = [$1["standing"]?.string, $1["title"]?.string]
                }
            }
            let answer = try await Self.choose(test, .object(wish))
            #expect(
                standings(answer) == [
                    "group:\(group)": ["found", "VPN Users"], "users_of_group:\(group)": ["found", "VPN Users"],
                    "group:00gNobody": ["missing", nil], "user:zoe": ["missing", nil],
                ], "\(answer)")
            let zoe = answer["resources"]?.array?.first { $0["name"] == "user:zoe" }
            #expect(zoe?["says"]?.string?.contains("under the id 00u") == true, "a short name is no id")
            // Without names nothing is asked, and a key that is refused is said, not taken for an id that is missing.
            wish["names"] = false
            #expect(standings(try await Self.choose(test, .object(wish))).values.allSatisfy { $0 == [nil, nil] })
            wish["names"] = true
            wish["administrator_token"] = "SSWS 00wrong"
            #expect(
                standings(try await Self.choose(test, .object(wish))).values.allSatisfy { $0 == ["not_readable", nil] })
            #expect(
                try await test.admin.call("GET", "/connections/okta")["resources"] == [.string("group:\(group)")])
        }
    }

    @Test(
        "one change adds a bounded number, and the last change is taken back and brought again, each with its event",
        arguments: TestStore.allCases)
    func bounds(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["suspend_user", "groups_stream"])
            func chosen() async throws -> [String] {
                try await test.admin.call("GET", "/connections/okta")["resources"]?.texts ?? []
            }
            let nothing = try await Self.refusal { _ = try await Self.choose(test, ["undo": true]) }
            #expect(nothing == "nothing_to_undo")
            try await site.choose(add: ["user:00u1"])
            let many = (0...Limits.resourcesAdded.value).map { "user:00x\($0)" }
            #expect(try await Self.refusal { try await site.choose(add: many) } == "too_many_added")
            try await site.choose(add: Array(many.dropLast()))
            #expect(try await chosen().count == many.count)
            let shown = try await Self.choose(test, ["undo": true, "preview": true])
            #expect(shown["removed"]?.array?.count == many.count - 1 && shown["added"] == [])
            #expect(try await chosen().count == many.count, "a preview changes nothing")
            _ = try await Self.choose(test, ["undo": true])
            #expect(try await chosen() == ["user:00u1"])
            _ = try await Self.choose(test, ["undo": true])
            #expect(try await chosen().count == many.count, "once more brings it again")
            let both = try await Self.refusal { _ = try await Self.choose(test, ["undo": true, "add": ["user:00u9"]]) }
            #expect(both == "undo_alone")
            try await test.settle()
            let events = try await test.admin.call("GET", "/audit-events?action=configuration.updated&most=200")
            #expect((events["items"]?.array ?? []).count { $0.value(at: "/target/name") == "okta" } >= 4, "\(events)")
        }
    }

    @Test("by the command line: a search with the token from a pipe, and what it finds is what is chosen")
    func commandLine() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["add_user_to_group"])
            let group = try await site.group("VPN Users")
            func run(_ words: [String]) async throws -> Program {
                try await Program.linchpin(
                    ["connection"] + words + ["--data", test.folder], input: OktaTenant.administratorToken + "\n")
            }
            let found = try await run(
                ["find-resources", "okta", "--type", "group", "--query", "VPN", "--administrator-token"])
            #expect(found.status == 0 && found.output.contains("group:\(group)"), "\(found.everything)")
            let shown = try await run(
                ["choose-resources", "okta", "--add", "group:\(group)", "--add", "group:00gX", "--preview"]
                    + ["--administrator-token"])
            #expect(shown.output.contains("group:\(group)  VPN Users"), "\(shown.everything)")
            #expect(shown.output.contains("not there: Okta does not know it."), "\(shown.everything)")
            let chosen = try await run(["choose-resources", "okta", "--add", "group:\(group)"])
            #expect(chosen.status == 0, "\(chosen.everything)")
            let back = try await run(["choose-resources", "okta", "--undo"])
            #expect(back.status == 0 && back.output.contains("- group:\(group)"), "\(back.everything)")
            for ran in [found, shown, chosen] { #expect(!ran.everything.contains(TestHub.sandboxToken)) }
        }
    }
}
