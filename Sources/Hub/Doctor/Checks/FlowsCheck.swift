import Core
import Storage

extension DoctorCheck {
    static let flows = DoctorCheck("flows") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let found = try await database.read(FailingFlows.find)
        guard let first = found.first else { return .ok("the active ones have what they need") }
        return .warn(
            first.says + DoctorCheck.others(of: found.count),
            next: "Do what it says, or: linchpin flow deactivate \(Shown.argument(first.flow))")
    }
}
