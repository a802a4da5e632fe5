import Core

extension DoctorCheck {
    static let inodes = DoctorCheck("free inodes") { hub in
        guard let files = try hub.room(hub.folder.path).files else { return .skipped }
        let says = "\(files) free"
        guard files < 1_000 else { return .ok(says) }
        let next = "Remove small files from that disk."
        return files < 20 ? .fail(says, next: next) : .warn(says, next: next)
    }
}
