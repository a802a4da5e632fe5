import Core

extension DoctorCheck {
    static let diskSpace = DoctorCheck("disk space") { hub in
        let room = try hub.room(hub.folder.path).bytes
        let says = "\(room >> 20) MiB free"
        let next = "Make room, or move the data folder to a larger disk while the hub is stopped."
        if room < Int64(Limits.backupReserveBytes.value) { return .fail(says, next: next) }
        let store = DiskFile.size(hub.folder.store)
        if room < 2 * store + Int64(Limits.diskWarningBytes.value) { return .warn(says, next: next) }
        return .ok(says)
    }
}
