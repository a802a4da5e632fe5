import Core
import Hub
import Ports
import Testing

@Suite("The scope useraccount over HTTP") struct UserAccountHTTPTests {
    @Test("a client that holds it may do what its user may, until it is taken away, and is a finding meanwhile")
    func everything() async throws {
        try await TestHub.with { test in
            try await test.post("/users", ["name": "app", "web_service_only": true])
            try await test.grant("incident_reader", to: "app")
            let client = try await test.post("/clients", ["name": "app", "user": "app", "scopes": ["useraccount"]])
            #expect(client["findings"]?.array?.map { $0["reason"]?.string } == ["holds_everything", "no_proof"])
            let secret = try await test.post("/clients/app/add-secret", [:])
            let app = TestCaller(
                name: "app", clientID: client["client_id"]?.string ?? "", secret: secret["client_secret"]?.string ?? "",
                scopes: ["useraccount"], token: "")
            let token = try await test.token(of: app)
            #expect(try await test.send("GET", "/api/now/table/incident", token: token).status == 200)
            for (method, path) in [("POST", "/api/now/table/incident"), ("GET", "/api/linchpin/v1/users")] {
                let refused = try await test.send(method, path, token: token, body: method == "POST" ? "{}" : nil)
                #expect(refused.status == 403)
                #expect(try await test.row(of: refused)["reason"] == "role_missing", "\(method) \(path)")
            }
            _ = try await test.admin.call("PATCH", "/clients/app", ["scopes": []])
            let lost = try await test.send("GET", "/api/now/table/incident", token: token)
            #expect(try await test.row(of: lost)["reason"] == "scope_missing")
            #expect(try await test.admin.call("GET", "/clients/app")["findings"] == [])
        }
    }
}
