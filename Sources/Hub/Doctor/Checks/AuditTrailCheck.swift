import AuditTrail
import Core
import Monitoring

extension DoctorCheck {
    static let auditTrail = DoctorCheck("audit trail") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let found = try await (hub.running?.audit ?? AuditLog(database: database)).verify()
        guard found.verdict.isIntact else {
            return .fail(
                found.says, next: "Keep the store as it is, then compare it with a copy: linchpin audit verify")
        }
        return .ok(found.says)
    }
}
