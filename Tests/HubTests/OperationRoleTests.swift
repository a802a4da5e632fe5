import Core
import Outbound
import Ports
import Testing

@testable import Hub

@Suite("Operations and roles") struct OperationRoleTests {
    @Test("Every operation × no role and each administrative role, over TCP")
    func everyRole() async throws {
        try await TestHub.with { test in
            let operations = test.hub.operations
            #expect(operations.count > 40)
            var callers: [(role: AdminRole?, token: String)] = []
            for role in [nil] + AdminRole.allCases.map(Optional.some) {
                let name = role.map { "with-\($0.rawValue)" } ?? "with-none"
                let caller = try await test.caller(
                    name, roles: role.map { [$0.rawValue] } ?? [], scopes: [.administration])
                callers.append((role, caller.token))
            }
            for operation in operations {
                for caller in callers {
                    let reply = try await call(operation, test, token: caller.token)
                    // The role admin contains all the others.
                    let holds = caller.role.map { $0 == .admin || operation.roles.contains($0) } ?? false
                    let row = try await test.row(of: reply)
                    let what =
                        "\(operation.name) with \(caller.role?.rawValue ?? "none"): \(reply.status) \(reply.text)"
                    let isDenied = row["decision"]?["allowed"]?.bool == false
                    #expect(isDenied == !holds, "\(what)")
                    if holds {
                        // What is sent is incomplete or names nothing: the handler was reached.
                        #expect(reply.status != 401 && row["reason"]?.string != "role_missing", "\(what)")
                    } else {
                        #expect(reply.status == 403, "\(what)")
                        #expect(row["reason"]?.string == "role_missing", "\(what)")
                        #expect(try reply.json["reason"]?.string == "role_missing", "\(what)")
                    }
                }
            }
        }
    }

    @Test("Every operation without a token, and with a token whose scope is for tables")
    func withoutRight() async throws {
        try await TestHub.with { test in
            let tables = try await test.caller("tables", roles: ["admin"], scopes: [.tables])
            for operation in test.hub.operations {
                let bare = try await call(operation, test, token: nil)
                #expect(bare.status == 401, "\(operation.name)")
                // RFC 6750 §3.1 (SHOULD NOT): no error where no credential was presented.
                let metadata = "resource_metadata=\"\(test.hub.issuer)/.well-known/oauth-protected-resource\""
                #expect(
                    bare.header("www-authenticate") == "Bearer realm=\"linchpin\", \(metadata)", "\(operation.name)")
                let narrow = try await call(operation, test, token: tables.token)
                #expect(narrow.status == 403, "\(operation.name)")
                #expect(
                    narrow.header("www-authenticate")?.contains("error=\"insufficient_scope\"") == true,
                    "\(operation.name)")
                #expect(try narrow.json["reason"]?.string == "scope_missing", "\(operation.name)")
            }
            let rows = try await test.admin.call("GET", "/transactions?outcome=allowed&client=tables")
            #expect(rows["items"]?.array?.allSatisfy { $0["path"]?.string == "/oauth2/token" } == true)
        }
    }

    /// Calls it with nothing in it, at an id that names nothing.
    private func call(_ operation: Operation, _ test: TestHub, token: String?) async throws -> OutboundReply {
        let path = "/api/linchpin/v1" + operation.path.replacing("{id}", with: "no-such-thing")
        return try await test.send(
            operation.method, path, token: token, json: operation.method == "GET" ? nil : [:])
    }
}
