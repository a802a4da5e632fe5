import Core
import Foundation
import Monitoring

extension DoctorCheck {
    static let log = DoctorCheck("transaction log") { hub in
        guard let log = hub.running?.log else {
            let files = try FileManager.default.contentsOfDirectory(atPath: hub.folder.path)
                .filter { $0.hasPrefix("log-") && $0.hasSuffix(".sqlite") }
            let closed = files.first { access("\(hub.folder.path)/\($0)", R_OK | W_OK) != 0 }
            return closed.map { .fail("\($0) cannot be written.", next: "Give it to the hub's user, mode 0600.") }
                ?? .ok("days kept: \(files.count)")
        }
        let condition = log.condition
        if condition.failure != nil {
            return .fail(
                "The last transactions could not be written; \(condition.waiting) wait.",
                next: "Look at the disk; they are written when it has room.")
        }
        if condition.droppedReads + condition.droppedOthers > 0 {
            return .warn(
                "\(condition.droppedReads + condition.droppedOthers) transactions were only counted since the start.",
                next: "See who sends so many: linchpin log list")
        }
        return .ok("written, \(condition.waiting) wait")
    }
}
