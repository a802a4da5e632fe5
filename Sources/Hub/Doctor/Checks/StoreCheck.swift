import Core
import Storage

extension DoctorCheck {
    static let store = DoctorCheck("store") { hub in
        guard let database = hub.database else {
            return .fail(
                hub.problem?.message ?? "The store cannot be opened.",
                next: "Bring it back: linchpin backup list, then linchpin restore NAME")
        }
        _ = try await database.read { try $0.rows("SELECT 1 AS one", []) }
        let name = database.dialect == .sqlite ? "SQLite" : "PostgreSQL"
        // Both drivers refuse to open a store that would acknowledge a commit before it is on the disk.
        return .ok(hub.running == nil ? "\(name) opens" : "\(name) answers; a commit is on the disk before its answer")
    }
}
