import AuditTrail
import Core
import Storage
import TestSupport
import Testing

/// The definition of `Database`: every rule holds on every store.
@Suite struct StoreContractTests {
    @Test(arguments: TestStore.allCases, ContractRule.all)
    func holds(_ store: TestStore, _ rule: ContractRule) async throws {
        try await store.with([ContractRule.tables]) { database in try await rule.check(database) }
    }
}

/// One named sentence about a store, and how to see whether it is true.
struct ContractRule: Sendable, CustomTestStringConvertible {
    let name: String
    let check: @Sendable (any Database) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (any Database) async throws -> Void) {
        self.name = name
        self.check = check
    }

    var testDescription: String { name }

    static let all = isolation + audit + values + dialect + sharedParts

    static let tables = Migration(
        "contract-001",
        [
            .createTable(
                TableDefinition(
                    "item", [.text("id"), .int("n"), .text("t").optional, .blob("b").optional], primaryKey: ["id"])),
            .createTable(TableDefinition("mark", [.sequence("seq"), .text("note")])),
        ])
}

extension Database {
    /// Puts a row without ceremony.
    func put(_ id: String, _ number: Int64 = 0, _ text: String? = nil) async throws {
        try await write(.bookkeeping("a test's row")) { writer in
            try writer.run(
                "INSERT INTO item (id, n, t) VALUES ($1, $2, $3)", [.text(id), .int(number), .optional(text)])
        }
    }

    func number(_ id: String) async throws -> Int64? {
        try await read { try $0.row("SELECT n FROM item WHERE id = $1", [.text(id)])?.int("n") }
    }

    func count() async throws -> Int64? {
        try await read { try $0.row("SELECT COUNT(*) AS c FROM item", [])?.int("c") }
    }

    func events() async throws -> [String] {
        try await read {
            try $0.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", []).map { try $0.text("event") }
        }
    }
}

extension AuditEvent {
    static func made(_ id: String) -> AuditEvent {
        AuditEvent(.recordCreated, on: .init("item", id: id, name: id), by: TestEffects().cause(), [.table: "item"])
    }
}

/// The reason of the `HubError` that the body throws; what else it throws by its type; `none` if it does not throw.
func reason<R>(_ body: () async throws -> R) async -> String {
    do {
        _ = try await body()
        return "none"
    } catch let error as HubError { return error.reason } catch { return "\(type(of: error))" }
}
