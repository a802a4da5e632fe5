import Core
import TestSupport
import Testing

@testable import Hub

@Suite("Every configuration row") struct ConfigurationRowTests {
    /// The path of a list, and the entity that its rows are in the history.
    private static let nouns = [
        ("users", "user"), ("roles", "role"), ("role-grants", "role-grant"), ("clients", "client"),
        ("scopes", "scope"), ("credentials", "credential"), ("connections", "connection"), ("aliases", "alias"),
        ("flows", "flow"), ("tables", "table"),
    ]

    @Test("has a stable id, an application, and a history that begins with nothing", arguments: TestStore.allCases)
    func rows(store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            _ = try await test.demo { _ in }.play()
            for (path, entity) in Self.nouns {
                let rows = try await test.admin.call("GET", "/\(path)")["items"]?.array ?? []
                #expect(!rows.isEmpty, "\(path)")
                for row in rows { try await check(row, entity, test) }
            }
        }
    }

    private func check(_ row: JSON, _ entity: String, _ test: TestHub) async throws {
        let id = row["id"]?.string ?? ""
        #expect(id.utf8.count == 32, "\(entity) \(row)")
        #expect(row["application"]?.string == "global", "\(entity) \(row)")
        let history = try await test.post("/histories/show", ["entity": .string(entity), "id": .string(id)])
        let changes = history["items"]?.array ?? []
        #expect(changes.last?["before"] == .null, "\(entity) \(id)")
        #expect(changes.last?["after"]?.object != nil, "\(entity) \(id)")
    }
}
