import AuditTrail
import Core
import Monitoring

extension DoctorCheck {
    static let clock = DoctorCheck("clock") { hub in
        let now = hub.effects.now()
        guard let database = hub.database, try await StoreSchema.of(database) == .current,
            let last = try await AuditLog(database: database).newest()?.at
        else { return .skipped }
        let ahead = last.milliseconds(since: now)
        guard ahead > 1_000 else { return .ok("\(now.rfc3339), behind no event") }
        return .fail(
            "The clock says \(now.rfc3339), and the last event is \(ahead / 1_000) seconds later.",
            next: "Set the clock: tokens and schedules rest on it.")
    }
}
