import Core
import Foundation

extension DoctorCheck {
    static let dataFolder = DoctorCheck("data folder") { hub in
        for name in ["", "/hub.sqlite", "/hub.id", "/lock", "/backups", "/restore"] {
            let path = hub.folder.path + name
            var found = stat()
            // The folder itself may be a link, as systemd's state folders of dynamic users are; what is in it may not.
            guard (name.isEmpty ? stat(path, &found) : lstat(path, &found)) == 0 else { continue }
            guard found.st_uid == geteuid() else {
                return .fail("\(path) belongs to another user of this machine.", next: "chown it to the hub's user.")
            }
            guard found.st_mode & 0o077 == 0 else {
                return .fail("Others on this machine may use \(path).", next: "chmod go-rwx \(path)")
            }
        }
        guard !DiskFile.exists(RestoreOrder.place(hub.folder)) || hub.running != nil else {
            return .warn("A restore was begun and not ended.", next: "Start the hub, which ends it: linchpin serve")
        }
        return .ok("closed to others")
    }
}
