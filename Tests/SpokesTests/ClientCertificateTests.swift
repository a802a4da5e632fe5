import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

private let lamps = """
    spoke: lamps
    title: Lamps
    version: 1
    source: test
    base: "{connection.url}"
    errors: { code: /code }
    authentication: [client_certificate]
    actions:
      list_lamps:
        name: List Lamps
        says: Reads all lamps.
        kind: request
        request: { method: GET, path: "/lamps" }
        input: { type: object, additionalProperties: false, properties: {} }
        output: {}
        success: [200]
        scopes: []
        permissions: []
        destructive: no
        repeat: safe
    """

struct ClientCertificateTests {
    @Test("where TLS says who the hub is, the request says nothing")
    func alone() async throws {
        let run = try await run(
            "lamps.list_lamps", [:],
            FakeCredentials(actions: ["list_lamps"], spoke: "lamps", kind: "client_certificate"),
            operatorFiles: [(name: "lamps.yaml", bytes: Array(lamps.utf8))], outside: [reply(200, "{}")])
        #expect(run.outcome.summary.word == "done", "\(run.outcome)")
        #expect(run.sent.map { $0.headers.map(\.name) } == [["accept"]])
    }

    @Test("a spoke that wants a credential in the request is not content with one in TLS")
    func notAlone() async throws {
        let run = try await run(
            "okta.suspend_user", ["user_id": "00u1"], FakeCredentials(kind: "client_certificate"), outside: [])
        #expect(run.outcome.summary.reason == "credential_kind_refused" && run.sent.isEmpty)
    }
}
