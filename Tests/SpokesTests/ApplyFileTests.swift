import Core
import Documents
import Ports
import TestSupport
import Testing

@testable import Spokes

/// The part of a spoke file that says how a set-up is applied.
@Suite struct ApplyFileTests {
    private static let file = ToyFile.with(
        setUp: """
              steps: []
              resources:
                thing: { of: things, path: "/things/{id}" }
              apply:
                with: { title: "Linchpin {name}" }
                steps:
                  - step: app
                    says: App of {name}
                    find:
                      request: { method: GET, path: /apps }
                      where: { /label: "{title}" }
                    gives: { app_id: /id }
                    create: { request: { method: POST, path: /apps, body: { label: "{title}" } } }
                  - step: scopes
                    says: Scopes
                    list: { request: { method: GET, path: "/apps/{app_id}/grants" }, key: [/scope], id: /id }
                    each: "{scopes}"
                    add: { request: { method: POST, path: "/apps/{app_id}/grants", body: { scope: "{item}" } } }
            """)

    private static let mistakes = [
        Mistake(
            name: "a kind that the spoke has not", from: "of: things", to: "of: people", line: 13,
            says: "one of the spoke's resources: things"),
        Mistake(
            name: "a path of two ids", from: "{id}\" }\n  apply", to: "{id}/{x}\" }\n  apply", line: 13, says: "{id}"),
        Mistake(
            name: "a word before its step", from: "path: /apps }\n", to: "path: \"/apps/{app_id}\" }\n", line: 20,
            says: "{app_id}, which is no input"),
        Mistake(
            name: "a condition on nothing", from: "/label: \"{title}\" }\n        gives",
            to: "/label: \"{x}\" }\n        gives",
            line: 21, says: "uses {x}, which nobody gives"),
        Mistake(
            name: "a search that changes", from: "find:\n          request: { method: GET",
            to: "find:\n          request: { method: POST", line: 20, says: "it only looks"),
        Mistake(
            name: "a list in a path", from: "/apps/{app_id}/grants\" }, key", to: "/apps/{scopes}/grants\" }, key",
            line: 26, says: "body only"),
        Mistake(
            name: "no pointer to know an item by", from: "key: [/scope]", to: "key: [scope]", line: 26,
            says: "a list of JSON Pointers"),
        Mistake(
            name: "two steps of one name", from: "step: scopes", to: "step: app", line: 24, says: "no other step has"),
        Mistake(
            name: "a secret without its client", from: "body: { label: \"{title}\" } } }",
            to: "body: { label: \"{title}\" } }, seals: /s }", line: 22, says: "with client_id"),
        Mistake(
            name: "unknown key", from: "each:", to: "colour: red\n        each:", line: 27, says: "no key \"colour\""),
        Mistake(
            name: "a text of words that never are", from: "\"Linchpin {name}\"", to: "\"Linchpin {nobody}\"", line: 21,
            says: "{title}"),
    ]

    @Test("it loads as it stands")
    func loads() throws {
        let spoke = try ToyFile.read(Self.file)
        #expect(spoke.setUp?.webApp.applying?.steps.map(\.key) == ["app", "scopes"])
        #expect(spoke.setUp?.serviceApp == nil)
    }

    private static let service = #"""
          service_app:
            steps: []
            apply:
              credential: { grant: client_credentials }
              steps:
                - step: app
                  says: App of {name}
                  find: { request: { method: GET, path: /apps }, where: { /label: "{name}" } }
                  gives: { client_id: /id }
                  keys: /keys
                  create: { request: { method: POST, path: /apps, body: { label: "{name}", keys: ["{public_key}"] } } }

        """#

    @Test(
        "a service app has no account and no address to come back to, and is known by the key that it is made with",
        arguments: [
            ("says: App of {name}", "says: App of {account}", "text in which braces hold one of: name, url"),
            (#"label: "{name}", keys"#, #"label: "{redirect_uri}", keys"#, "{redirect_uri}, which is no input"),
            (#"keys: ["{public_key}"]"#, "keys: []", "made with {public_key}"),
            ("client_id: /id", "app_id: /id", "gives client_id"),
            ("{ grant: client_credentials }", "client_credentials", "a map of settings"),
        ])
    func serviceApp(_ from: String, _ to: String, _ says: String) throws {
        func spoke(_ service: String) throws -> Spoke {
            let text = Self.file.replacing("actions:\n", with: service + "actions:\n", maxReplacements: 1)
            return try ToyFile.read(text)
        }
        let whole = try spoke(Self.service)
        #expect(whole.setUp?.serviceApp?.applying?.credential["grant"] == "client_credentials")
        try #require(Self.service.contains(from), "the row fits the file")
        #expect {
            _ = try spoke(Self.service.replacing(from, with: to))
        } throws: { error in
            (error as? DocumentProblem)?.what.contains(says) == true
        }
    }

    @Test("every mistake has its line and says what was expected", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws { try mistake.isNamed(in: Self.file) }

    @Test("every request of Okta's steps is in Okta's own description")
    func oktaKnowsThem() throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let known = Set(try #require(okta.operations).map(\.key))
        var requests: [RequestTemplate] = []
        let setUp = try #require(okta.setUp)
        for step in [setUp.webApp, setUp.serviceApp].compactMap({ $0?.applying }).flatMap(\.steps) {
            switch step.kind {
            case .thing(let thing): requests += [thing.find, thing.create] + [thing.seals?.anew].compactMap(\.self)
            case .items(let items): requests += [items.list, items.add] + [items.remove].compactMap(\.self)
            }
        }
        #expect(requests.count > 40)
        for request in requests {
            #expect(known.contains(ProviderOperation.key(request.method.rawValue, request.path)), "\(request.path)")
        }
    }

    @Test("what a later step builds upon is known by more than its name, and what is made fits that")
    func oktaKnowsItsOwn() throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let setUp = try #require(okta.setUp)
        for step in [setUp.webApp, setUp.serviceApp].compactMap({ $0?.applying }).flatMap(\.steps) {
            guard case .thing(let thing) = step.kind, !thing.gives.isEmpty else { continue }
            #expect(!thing.must.isEmpty, "\(step.key)")
            for must in thing.must where must.pointer != "/status" {
                #expect(thing.create.body?.value(at: must.pointer) == must.value, "\(must.pointer)")
            }
        }
    }

    struct Pasted: Sendable, CustomTestStringConvertible {
        let text: String
        let means: String?
        var testDescription: String { text }
    }

    @Test(
        "what an operator may paste",
        arguments: [
            Pasted(text: "group:00g1", means: "group:00g1"), Pasted(text: "all_groups", means: "all_groups"),
            Pasted(text: "/api/v1/groups/00g1", means: "group:00g1"),
            Pasted(text: "https://acme.example/api/v1/groups/00g1/users", means: "users_of_group:00g1"),
            Pasted(text: "https://acme.example/api/v1/users", means: "all_users"),
            Pasted(text: "app:0oa-1_x", means: "app:0oa-1_x"), Pasted(text: "group:", means: nil),
            Pasted(text: "group:a/b", means: nil), Pasted(text: "group:..", means: nil),
            Pasted(text: "/api/v1/groups/", means: nil), Pasted(text: "/api/v1/iam", means: nil),
            Pasted(text: "00g1", means: nil), Pasted(text: "group:00g1\u{301}", means: nil),
        ])
    func pasted(_ pasted: Pasted) throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let member = ChosenResources.member(pasted.text, okta.setUp?.resources ?? [])
        #expect(member?.text == pasted.means)
    }

    @Test("an action is unreachable without a member of each kind, and what makes something needs all of its kind")
    func unreachable() throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let grant = GrantCompiler(spoke: okta, trustsImpliedScopes: true).compile(
            ["suspend_user", "create_user", "add_user_to_group"])
        func of(_ chosen: [String]) -> [String: [String]] {
            Dictionary(
                uniqueKeysWithValues: ChosenResources(chosen, of: okta).unreachable(grant).map { ($0.action, $0.kinds) }
            )
        }
        #expect(of([])["suspend_user"] == ["users"] && of([])["add_user_to_group"]?.sorted() == ["groups", "users"])
        #expect(of(["user:00u1"]) == ["create_user": ["users"], "add_user_to_group": ["groups"]])
        #expect(of(["users_of_group:00g1", "group:00g1"]) == ["create_user": ["users"]])
        #expect(of(["all_users", "group:00g1"]) == [:])
    }
}
