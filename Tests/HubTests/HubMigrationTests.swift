import Core
import Spokes
import Storage
import TestSupport
import Testing
import Vault

@testable import Hub

@Suite("Upgrade") struct HubMigrationTests {
    @Test("spokes that have connections are activated, others are not", arguments: TestStore.allCases)
    func spokes(store: TestStore) async throws {
        try await store.with(Vault.migrations + Spokes.migrations) { database in
            try await database.write(.bookkeeping("the store of an older hub")) { writer in
                for (id, spoke) in [("a", "okta"), ("b", "okta"), ("c", "jira")] {
                    try writer.run(
                        """
                        INSERT INTO connection (id, name, application, spoke, url, allow_loopback_http, binding,
                            created_at, updated_at)
                        VALUES ($1, $1, 'global', $2, 'https://a.test', 0, $3, 5, 5)
                        """, [.text(id), .text(spoke), .blob([1])])
                }
            }
            _ = try await Migrator.bring(database, to: HubMigrations.all, at: Timestamp(epochSeconds: 1))
            let active = try await database.read { reader in
                try reader.rows("SELECT name FROM spoke WHERE active = 1 ORDER BY name LIMIT 9", []).map {
                    try $0.text("name")
                }
            }
            #expect(active == ["jira", "okta"])
        }
    }

    @Test("a new hub has no spoke activated")
    func new() async throws {
        try await TestHub.with { test in
            let spokes = try await test.admin.call("GET", "/spokes")["items"]?.array ?? []
            #expect(!spokes.isEmpty && spokes.allSatisfy { $0["active"] == false })
        }
    }
}
