import Core

extension DoctorCheck {
    static let backups = DoctorCheck("backups") { hub in
        guard hub.configuration.database == nil else { return .skipped }
        let newest = try BackupFolder(of: hub.folder).list().first { $0["usable"]?.bool == true }
        guard let at = newest?["made_at"]?.string.flatMap(Timestamp.init(rfc3339:)) else {
            return .warn("There is none in the data folder.", next: "Run: linchpin backup")
        }
        let days = hub.effects.now().milliseconds(since: at) / 86_400_000
        let says = "the newest is of \(at.rfc3339)"
        return days > Int64(Limits.backupWarningDays.value) ? .warn(says, next: "Run: linchpin backup") : .ok(says)
    }
}
