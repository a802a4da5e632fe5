import AuditTrail
public import Core
import Keys
import Ports
import Storage

extension Identity {
    /// Makes a user with that password and grants the role `admin` for good, in one transaction.
    ///
    /// For `linchpin admin create`, which needs no hub that runs: the administrative roles are made if they are
    /// missing. Throws `HubError`: `invalid` for a bad name or password, `conflict` when the name is taken.
    @discardableResult
    public func createAdmin(name: String, password: Secret, by cause: Cause) async throws -> UserID {
        try Names.check(name)
        try Passwords.check(password)
        let user = User(
            id: .new(effects), name: name, displayName: name, email: nil, application: "global", isActive: true,
            isLockedByAdmin: false, isWebServiceOnly: false, hasPassword: true, lockedUntil: nil, createdAt: cause.now,
            updatedAt: cause.now)
        let grant = Grant(
            id: .new(effects), application: "global", subjectKind: .user, subjectID: user.id.rawValue,
            subjectName: name, role: AdminRole.admin.roleID, roleName: AdminRole.admin.rawValue, until: nil,
            grantedBy: cause.actor.name, grantedAt: cause.now)
        let stored = try await hasher.hash(password, salt: effects.randomBytes(Passwords.saltBytes))
        try await database.write(.change) { writer in
            try BuiltInRoles.make(in: writer, by: cause)
            try user.insert(password: stored, in: writer)
            try writer.changed(user.configRow, before: nil, after: user.configuration, by: cause)
            try writer.record(AuditEvent(.passwordSet, on: user.target, by: cause))
            try grant.give(in: writer, by: cause)
        }
        return user.id
    }
}
