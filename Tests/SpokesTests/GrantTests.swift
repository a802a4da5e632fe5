import Core
import Ports
import Testing

@testable import Spokes

/// The least grant of Okta's spoke; `MinimalityTests` has others judge it.
@Suite struct GrantTests {
    let okta: Spoke

    init() throws {
        let catalogue = try SpokeCatalogue.load(operatorFiles: [])
        okta = try #require(catalogue.spoke("okta"))
    }

    @Test("every action of the spoke: the scopes of the vendor's template, and the tenth for the schema alone")
    func everything() {
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: false)
        let all = compiler.compile(Set(okta.actions.map(\.key)))
        #expect(
            all.scopes.map(\.name) == [
                "okta.apps.manage", "okta.apps.read", "okta.eventHooks.manage", "okta.eventHooks.read",
                "okta.groups.manage", "okta.groups.read", "okta.logs.read", "okta.schemas.read", "okta.users.manage",
                "okta.users.read",
            ])
        #expect(all.reach.actions == [])
        let schema = all.scopes.first { $0.name == "okta.schemas.read" }
        #expect(schema?.neededBy.count == 1)
    }

    @Test("no scope says \"no Delete User\": one action under it reaches 44 further operations, 11 deletions")
    func reach() {
        let grant = GrantCompiler(spoke: okta, trustsImpliedScopes: false).compile(["suspend_user"])
        #expect(grant.scopes.map(\.name) == ["okta.users.manage"])
        #expect(grant.resources.map(\.name) == ["users"])
        #expect(grant.reach.operations == 44)
        #expect(grant.reach.deletions == 11)
    }

    @Test("the gate takes a scope for those that it implies, or the least grant would not be enough")
    func gate() throws {
        let credential = ResolvedCredential(
            id: CredentialID("1"), name: "okta-app", kind: "oauth", secret: Secret("x"),
            token: OutsideToken(scopes: ["okta.users.manage"]))
        let lookUp = try #require(okta.action("lookup_user"))
        let groups = try #require(okta.action("get_groups"))
        #expect(Gate.missingScopes(credential, lookUp, of: okta) == [])
        #expect(Gate.missingScopes(credential, groups, of: okta) == ["okta.groups.read"])
    }

    @Test("nothing chosen needs nothing and reaches nothing")
    func nothing() {
        let grant = GrantCompiler(spoke: okta, trustsImpliedScopes: true).compile([])
        #expect(grant.scopes == [] && grant.permissions == [] && grant.standardRoles == [] && grant.resources == [])
        #expect(grant.reach.operations == 0)
    }

    @Test(
        "the table holds what Okta's description of that version has",
        arguments: [
            ("okta.users.manage", 45, 11), ("okta.users.read", 26, 0), ("okta.apps.manage", 43, 11),
        ])
    func table(_ scope: String, _ operations: Int, _ deletions: Int) throws {
        let table = try #require(okta.operations)
        #expect(table.count == 723)
        #expect(Set(table.flatMap(\.scopes)).count == 109)
        let held = table.filter { $0.scopes.contains(scope) }
        #expect(held.count == operations)
        #expect(held.count { $0.method == "DELETE" } == deletions)
    }

    @Test("the set-up names what the grant has, leaves out what it has not, and shows what a person has to fill")
    func setUp() throws {
        let setUp = try #require(okta.setUp)
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: true)
        let few = SetUpGuide(
            way: setUp.webApp, grant: compiler.compile(["suspend_user"]),
            words: [.name: "okta-prod", .redirect: "https://hub.example/oauth_redirect.do"])
        let texts = (few.json["steps"]?.array ?? []).flatMap { $0["copy"]?.array ?? [] }.compactMap {
            $0["text"]?.string
        }
        #expect(texts.contains("okta.users.manage"))
        #expect(texts.contains("https://hub.example/oauth_redirect.do"))
        let steps = few.json["steps"]?.array ?? []
        #expect(steps.contains { $0["says"]?.string?.contains("ACCOUNT") == true })
        #expect(!steps.contains { $0["says"]?.string?.contains("%") == true })
        let terraform = few.json["terraform"]?.string ?? ""
        #expect(terraform.contains("scopes = [\"okta.users.manage\"]"))
        #expect(!terraform.contains("%"))
        let none = SetUpGuide(way: setUp.webApp, grant: compiler.compile([]), words: [:]).json["steps"]?.array ?? []
        #expect(none.count < steps.count)
    }

    @Test(
        "the guide and Terraform of a service app name no account and no consent, and the same role over the same things"
    )
    func serviceApp() throws {
        let way = try #require(okta.setUp?.serviceApp)
        let compiler = GrantCompiler(spoke: okta, trustsImpliedScopes: true)
        let json = SetUpGuide(
            way: way, grant: compiler.compile(["suspend_user"]),
            words: [.name: "okta-prod", .url: "https://acme.okta.com"], members: ["https://acme.okta.com/api/v1/users"]
        ).json
        let text = json.text()
        #expect(!text.contains("%") && !text.contains("ACCOUNT") && !text.contains("REDIRECT_URI"))
        #expect(text.contains("Public key / Private key"))
        let terraform = json["terraform"]?.string ?? ""
        for line in [
            #"type                       = "service""#, #"token_endpoint_auth_method = "private_key_jwt""#,
            #"scopes = ["okta.users.manage"]"#, #"default = ["https://acme.okta.com/api/v1/users"]"#,
            #"resource "okta_app_oauth_role_assignment" "linchpin""#, #"type         = "CUSTOM""#,
        ] { #expect(terraform.contains(line), "\(line)") }
        #expect(!terraform.contains("redirect_uris") && !terraform.contains("okta_app_user"))
    }

    @Test("the kind of client that is meant: asked for, else what the connection has and the file knows")
    func template() async throws {
        try await withSpokes(outside: FakeOutside([])) { spokes, _ in
            let found = [
                try spokes.template(nil, of: "okta", actsForItself: false),
                try spokes.template(nil, of: "okta", actsForItself: true),
                try spokes.template("web-app", of: "okta", actsForItself: true),
                try spokes.template(nil, of: "servicenow", actsForItself: true),
            ]
            #expect(found == ["web-app", "service-app", "web-app", "web-app"])
        }
    }

    @Test(
        "what cannot be set up is refused before anything is asked, each by its reason",
        arguments: [
            ("toy", "web-app", "no_set_up"), ("servicenow", "web-app", "no_apply"),
            ("servicenow", "service-app", "no_template"), ("okta", "web-app", nil), ("okta", "service-app", nil),
        ] as [(String, String, String?)])
    func applicable(_ spoke: String, _ template: String, _ reason: String?) async throws {
        let toy = (name: "toy.yaml", bytes: Array("\(ToyFile.head)\n\(ToyFile.look())\n".utf8))
        try await withSpokes(operatorFiles: [toy], outside: FakeOutside([])) { spokes, _ in
            var found: String?
            do { try spokes.requireApplying(template, of: spoke, for: "prod") } catch let error as HubError {
                found = error.reason
            }
            #expect(found == reason)
        }
    }
}
