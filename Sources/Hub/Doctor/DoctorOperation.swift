import Core
import Ports

/// The doctor's list of a running hub.
struct DoctorOperation: Sendable {
    let examined: Examined

    static let declaration = Operation(
        "check", .list, roles: [.admin, .auditor],
        says: "Looks at the hub's files, store, evidence and loops: what is well, what is not, and the next step each."
    ) { _ in .null }

    var operation: Operation { Self.declaration.running { _ in await DoctorCheck.examine(examined) } }
}
