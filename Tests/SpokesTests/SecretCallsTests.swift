import Core
import Documents
import Ports
import Testing

@testable import Spokes

@Suite("How a spoke's system rotates a client's secret") struct SecretCallsTests {
    private static let file = """
        spoke: toy
        title: Toy
        version: 1
        source: test
        base: "{connection.url}"
        authentication: [oauth, api_key_ssws]
        oauth: { authorize: "{connection.url}/authorize", token: "{connection.url}/token", refresh_repeat: ask }
        rotation:
          api_key_ssws: { add: Make one., retire: Revoke it. }
          oauth:
            add: Make one.
            retire: Delete it.
            calls:
              scopes: [toy.apps]
              most: 2
              list:
                request: { method: GET, path: "/c/{client_id}/s" }
                id: /id
                created: /made
                active: { /on: true }
              create: { request: { method: POST, path: "/c/{client_id}/s" }, id: /id, seals: /text }
              deactivate: { request: { method: POST, path: "/c/{client_id}/s/{id}/off" } }
              delete: { request: { method: DELETE, path: "/c/{client_id}/s/{id}" } }
        errors: { code: /code }
        actions:
          look:
            name: Look
            says: Looks.
            kind: request
            request: { method: GET, path: "/a" }
            input: { type: object, additionalProperties: false, properties: {} }
            output: { id: /id }
            success: [200]
            scopes: []
            permissions: []
            destructive: no
            repeat: safe
        """

    private static func spoke(_ text: String = file) throws(DocumentProblem) -> Spoke {
        try Spoke.read(Array(text.utf8), file: "toy.yaml")
    }

    @Test("read as written; one way may be by itself and another by hand")
    func read() throws {
        let spoke = try Self.spoke()
        let calls = try #require(spoke.secretCalls)
        #expect(calls.scopes == ["toy.apps"] && calls.most == 2 && calls.active.value == true)
        #expect(spoke.rotation[.oauth]?.isByItself == true && spoke.rotation[.apiKeySSWS]?.isByItself == false)
    }

    @Test(
        "mistakes",
        arguments: [
            ("/c/{client_id}/s/{id}\"", "/c/{client_id}/s\"", "name the secret as {id}"),
            ("method: DELETE", "method: GET", "no GET"),
            ("path: \"/c/{client_id}/s/{id}/off\"", "path: \"/s/{id}/off\"", "names the client as {client_id}"),
            (
                "{ method: GET, path: \"/c/{client_id}/s\" }", "{ method: POST, path: \"/c/{client_id}/s\" }",
                "only looks"
            ),
            ("active: { /on: true }", "active: { /on: true, /x: 1 }", "one JSON Pointer"),
            ("active: { /on: true }", "active: { state: true }", "one JSON Pointer"),
            ("most: 2", "most: 1", "toy.yaml:15: \"most\""), ("seals: /text", "seals: text", "toy.yaml:21: \"seals\""),
            ("path: \"/c/{client_id}/s\" }, id", "path: \"/c/{app}/s\" }, id", "{app}"),
            ("      most: 2", "      most: 2\n      colour: red", "toy.yaml:16: "),
            ("retire: Revoke it. }", "retire: Revoke it., calls: {} }", "toy.yaml:9: "),
        ])
    func mistakes(_ part: String, _ instead: String, _ wanted: String) {
        #expect(Self.file.contains(part))
        do throws(DocumentProblem) {
            _ = try Self.spoke(Self.file.replacing(part, with: instead))
            Issue.record("\(instead) is no mistake")
        } catch {
            #expect("\(error)".contains(wanted), "\(error)")
        }
    }

    @Test("Okta's file says so, for clients with a secret")
    func okta() throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let calls = try #require(okta.secretCalls)
        #expect(calls.scopes == ["okta.apps.manage"] && calls.most == 2 && calls.deactivate != nil)
        #expect(okta.rotation[.oauth]?.isByItself == true)
    }
}
