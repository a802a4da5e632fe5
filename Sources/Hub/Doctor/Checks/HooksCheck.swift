import Core
import Hooks
import Storage

extension DoctorCheck {
    static let hooks = DoctorCheck("hooks") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let now = hub.effects.now()
        let found = try await database.read { try Hooks.findings(at: now, in: $0) }
        guard let first = found.first else { return .ok("every event is taken in, as far as the providers' logs tell") }
        let rest = DoctorCheck.others(of: found.count)
        return .warn(first.finding.says + rest, next: "linchpin hook get \(Shown.name(first.hook))")
    }
}
