import Core
import Ports

/// Whose eyes a call looks through, and in whose name it writes.
struct Viewer: Sendable {
    /// The user's id; nil on the hub's own socket and for the hub itself.
    let id: String?
    /// The user's name: what `sys_created_by` holds.
    let name: String
    let roles: Set<String>
    private let reach: TableCall.Reach

    init(_ caller: Principal, reach: @escaping TableCall.Reach) {
        self.reach = reach
        id = caller.user?.rawValue
        name = caller.userName
        roles = caller.roles
    }

    private init(name: String) {
        id = nil
        self.name = name
        roles = [AdminRole.admin.rawValue]
        reach = { _, _ in true }
    }

    /// The hub itself, for flows.
    static func hub(as name: String) -> Viewer { Viewer(name: name) }

    /// `admin` passes every list.
    var readsEverything: Bool { roles.contains(AdminRole.admin.rawValue) }

    /// Whether a role and, for a token, a scope let it read the table, or this one record of it.
    func mayRead(_ table: RecordTable, _ record: String? = nil) -> Bool {
        (readsEverything || table.rights.read.contains(where: roles.contains)) && reach(table.name, record)
    }
}
