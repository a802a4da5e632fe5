import Core
import TestSupport
import Testing

@testable import OAuthServer

extension ClientTemplate {
    /// What whoever registers such a client fills in.
    func filled() throws -> JSONObject {
        var sent: JSONObject = [
            "name": .string(name), "user": "svc.hr", "scopes": ["incident.read"], "template": .string(name),
        ]
        if fields.contains("redirect_uris") { sent["redirect_uris"] = [.string(GrantRig.redirect)] }
        if fields.contains("jwks") { sent["jwks"] = try Signer().jwks }
        if fields.contains("tls_client_auth_san_dns") { sent["tls_client_auth_san_dns"] = "robot.example" }
        return sent
    }
}

@Suite("Templates of clients") struct ClientTemplateTests {
    @Test("each can be registered with what its form asks, and has its settings", arguments: ClientTemplates.all)
    func registers(_ template: ClientTemplate) async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let made = try await desk.run("client.create", "", try template.filled())
            #expect(made["grants"]?.texts?.contains(template.grant) == true)
            #expect(made["token_seconds"]?.int == template.tokenSeconds)
            for member in template.settings.json.members where !template.fields.contains(member.name) {
                #expect(made[member.name] == member.value, "\(member.name)")
            }
        }
    }

    @Test("what is sent counts, and what is not sent starts from the template", arguments: TestStore.allCases)
    func sentCounts(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            var sent = try #require(ClientTemplates.named("mcp-client")).filled()
            sent["token_seconds"] = 60
            sent["native"] = false
            let made = try await desk.run("client.create", "", sent)
            #expect(made["token_seconds"] == 60 && made["native"] == false && made["public"] == true)
            sent["name"] = "other"
            sent["redirect_uris"] = []
            let bare = try await desk.refusal("client.create", "", sent)
            #expect(bare.reason == "redirect_uri_missing")
            sent["template"] = "implicit"
            let unknown = try await desk.refusal("client.create", "", sent)
            #expect(unknown.reason == "bad_field")
        }
    }

    @Test("one whose grant type the hub has not is not offered, and no template has a legacy grant")
    func offered() {
        let known = Set(GrantTypes.all.map(\.name))
        for template in ClientTemplates.all {
            #expect(known.contains(template.grant), "\(template.name)")
            #expect(template.settings.grants.isSubset(of: known), "\(template.name)")
            #expect(template.settings.grants.isDisjoint(with: ["password", "implicit"]), "\(template.name)")
        }
        let names = ClientTemplates.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("device") == known.contains("urn:ietf:params:oauth:grant-type:device_code"))
    }

    /// RFC 9700 §2.1.2, §2.4.
    @Test("what had implicit or password starts with a code and a proof key", arguments: ["implicit", "password"])
    func steered(_ grant: String) throws {
        let template = try #require(ClientTemplates.all.first { $0.replaces == grant })
        #expect(template.grant == "authorization_code" && !template.settings.withoutPKCE)
        #expect(template.why.contains("RFC 9700"))
    }

    @Test("the list of the API is the list of the form")
    func listed() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let items = try await desk.run("client-template.list")["items"]?.array ?? []
            #expect(items.compactMap { $0["name"]?.string } == ClientTemplates.all.map(\.name))
            #expect(items.allSatisfy { $0["why"]?.string?.isEmpty == false && $0["settings"]?["grants"] != nil })
        }
    }
}
