import Core
import Storage
import TestSupport
import Testing

@Suite struct SmokeTests {
    @Test(arguments: TestStore.allCases) func opens(_ store: TestStore) async throws {
        try await store.with([]) { database in
            let one = try await database.read { try $0.row("SELECT 1 AS one", [])?.int("one") }
            #expect(one == 1)
        }
    }
}
