import Core
import Foundation
import Monitoring

extension DoctorCheck {
    static let log = DoctorCheck("transaction log") { hub in
        let aside = try FileManager.default.contentsOfDirectory(atPath: hub.folder.path)
            .filter { $0.hasPrefix(LogStores.asidePrefix) && $0.hasSuffix(".sqlite") }.sorted().first
        let found = try hub.running.map { written($0.log.condition) } ?? readable(hub.folder)
        guard case .ok = found, let aside else { return found }
        return .warn(
            "\(aside) was damaged and put aside; its transactions are not shown.",
            next: "Save what it holds (sqlite3 \(aside) .recover), then move it away.")
    }

    private static func readable(_ folder: DataFolder) throws -> Finding {
        let files = try folder.logFiles()
        let closed = files.first { access("\(folder.path)/\($0)", R_OK | W_OK) != 0 }
        return closed.map { .fail("\($0) cannot be written.", next: "Give it to the hub's user, mode 0600.") }
            ?? .ok("days kept: \(files.count)")
    }

    private static func written(_ condition: TransactionLog.Condition) -> Finding {
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
