import Core
import Flows
import Storage

extension DoctorCheck {
    static let executionsInDoubt = DoctorCheck("executions in doubt") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let count = try await database.read { try Flows.inDoubt(in: $0) }
        guard count > 0 else { return .ok("none") }
        return .warn(
            "\(count) wait for a person.", next: "See: linchpin execution list, then linchpin execution decide")
    }
}
