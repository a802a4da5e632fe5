import Core
import Ports
import Storage

extension AdminRole {
    /// The same on every hub, so that update sets and grants mean the same everywhere.
    var roleID: RoleID {
        switch self {
        case .admin: RoleID("0000000000000000000000000000ad01")
        case .oauthAdmin: RoleID("0000000000000000000000000000ad02")
        case .miAdmin: RoleID("0000000000000000000000000000ad03")
        case .connectionAdmin: RoleID("0000000000000000000000000000ad04")
        case .credentialAdmin: RoleID("0000000000000000000000000000ad05")
        case .auditor: RoleID("0000000000000000000000000000ad06")
        case .approver: RoleID("0000000000000000000000000000ad07")
        }
    }

    var says: String {
        switch self {
        case .admin: "May do everything; the only role that may change people, roles and grants."
        case .oauthAdmin: "Looks after clients, their secrets and scopes, and auth scopes."
        case .miAdmin: "Looks after service accounts and what they may; cannot touch people."
        case .connectionAdmin: "Looks after connections, aliases, enabled actions and flows."
        case .credentialAdmin: "Looks after credentials."
        case .auditor: "Reads configuration, log and audit trail; changes nothing."
        case .approver: "Decides approvals that ask for this person or one of their roles; sees nothing else."
        }
    }
}

/// The administrative roles as rows; `admin` contains all the others.
enum BuiltInRoles {
    /// Makes what is missing, one event each; touches nothing when all is there.
    static func make(in writer: any SQLWriter, by cause: Cause) throws {
        for built in AdminRole.allCases {
            let role = Role(id: built.roleID, name: built.rawValue, application: "global", says: built.says)
            if try role.insert(in: writer) {
                try writer.changed(role.configRow, before: nil, after: role.json, by: cause)
            }
        }
        for built in AdminRole.allCases where built != .admin {
            let pair = Containment(
                role: AdminRole.admin.roleID, roleName: AdminRole.admin.rawValue, contains: built.roleID,
                containsName: built.rawValue)
            if try pair.insert(in: writer) {
                try writer.changed(pair.configRow, before: nil, after: pair.json, by: cause)
            }
        }
    }

    static func isBuiltIn(_ role: RoleID) -> Bool { AdminRole.allCases.contains { $0.roleID == role } }

    static func isBuiltIn(_ pair: Containment) -> Bool {
        pair.role == AdminRole.admin.roleID && isBuiltIn(pair.contains)
    }
}
