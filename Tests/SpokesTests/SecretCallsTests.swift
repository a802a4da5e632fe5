import Core
import Ports
import Testing

@testable import Spokes

@Suite("How a spoke's system rotates a client's secret or key") struct SecretCallsTests {
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
            key_calls:
              scopes: [toy.keys]
              most: 50
              list:
                request: { method: GET, path: "/c/{client_id}/k" }
                items: /keys
                id: /id
                created: /made
                active: { /on: true }
              create: { request: { method: POST, path: "/c/{client_id}/k", body: { ...: "{public_key}" } }, id: /id }
              delete: { request: { method: DELETE, path: "/c/{client_id}/k/{id}" } }
        errors: { code: /code }
        \(ToyFile.look())
        """

    @Test("read as written; one way may be by itself and another by hand")
    func read() throws {
        let spoke = try ToyFile.read(Self.file)
        let calls = try #require(spoke.rotationCalls[.secret])
        #expect(calls.scopes == ["toy.apps"] && calls.most == 2 && calls.active.value == true)
        #expect(calls.sealed == "/text")
        let keys = try #require(spoke.rotationCalls[.key])
        #expect(keys.scopes == ["toy.keys"] && keys.most == 50 && keys.sealed == nil)
        #expect(spoke.rotation[.oauth]?.byItself == [.secret, .key])
        #expect(spoke.rotation[.apiKeySSWS]?.byItself == [])
    }

    @Test("of a key the public half goes out, member for member")
    func publicKey() throws {
        let calls = try #require(try ToyFile.read(Self.file).rotationCalls[.key])
        let sent = calls.create.filled(["client_id": "c/1", "public_key": ["kty": "EC", "kid": "k"]])
        #expect(sent?.target == "/c/c%2F1/k" && sent?.body == ["kty": "EC", "kid": "k"])
    }

    @Test(
        "mistakes",
        arguments: [
            ("/c/{client_id}/s/{id}\"", "/c/{client_id}/s\"", "name the one that it is about as {id}"),
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
            ("      most: 2\n", "      most: 2\n      colour: red\n", "toy.yaml:16: "),
            ("retire: Revoke it. }", "retire: Revoke it., calls: {} }", "toy.yaml:9: "),
            (", body: { ...: \"{public_key}\" }", "", "holds {public_key}"),
            ("} }, id: /id }", "} }, id: /id, seals: /text }", "seals"),
            ("/c/{client_id}/k/{id}", "/c/{client_id}/k/{public_key}", "{public_key}"),
        ])
    func mistakes(_ part: String, _ instead: String, _ wanted: String) {
        ToyFile.expectMistake(in: Self.file, part, instead, says: wanted)
    }

    @Test("Okta's file says so, for clients with a secret and for those with a key", arguments: ClientProof.allCases)
    func okta(_ proof: ClientProof) throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let calls = try #require(okta.rotationCalls[proof])
        #expect(calls.scopes == ["okta.apps.manage"] && calls.most == (proof == .key ? 50 : 2))
        #expect(calls.deactivate != nil && okta.rotation[.oauth]?.byItself.contains(proof) == true)
    }
}
