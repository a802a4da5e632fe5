import Core
import Foundation

extension DoctorCheck {
    static let inodes = DoctorCheck("free inodes") { hub in
        var found = statvfs()
        // Some file systems have no such bound and count none.
        guard statvfs(hub.folder.path, &found) == 0, found.f_files > 0 else { return .skipped }
        let says = "\(found.f_favail) free"
        guard found.f_favail < 1_000 else { return .ok(says) }
        let next = "Remove small files from that disk."
        return found.f_favail < 20 ? .fail(says, next: next) : .warn(says, next: next)
    }
}
