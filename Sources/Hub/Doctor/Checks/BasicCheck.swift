import Core
import Identity
import Storage

extension DoctorCheck {
    static let basic = DoctorCheck("HTTP Basic") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try Identity.basicUsers(in: $0) }
        guard let first = names.first else { return .ok("switched on for no user") }
        return .warn(
            "User \(Shown.name(first))\(DoctorCheck.others(of: names.count)) may call the Table API with name and password, "
                + "which no scope narrows.",
            next:
                "Give the caller a client instead, then: linchpin user update \(Shown.name(first)) --basic-allowed false"
        )
    }
}
