import AuditTrail
import Core
import Keys
import Ports
import Storage

extension Identity {
    var userChanges: [Operation] { [updateUser, deleteUser, setPassword] }

    private var updateUser: Operation {
        Operation(
            "user", .update, roles: [.admin, .miAdmin],
            says: "Changes a user; the name stays. The last active admin can be neither switched off nor locked.",
            fields: [
                .optional("display_name", .text(most: 200), "The name that people read."),
                .optional("email", .text(most: 254), "Where mail goes."),
                .optional("active", .bool, "A user who is not active can do nothing."),
                .optional("locked", .bool, "true keeps the user out; false lets in again, after wrong passwords too."),
                .optional("web_service_only", .bool, "A service account: calls APIs, never signs in to the console."),
                .optional(
                    "basic_allowed", .bool,
                    "Whether name and password may come with each Table API call (HTTP Basic); admin only, a finding."),
            ]
        ) { [database] request in
            guard request.bool("basic_allowed") == nil || MachineIdentities.isAdmin(request.caller) else {
                throw MachineIdentities.refusal
            }
            return try await database.write(.change) { writer in
                let before = try User.find(request.id, in: writer)
                try MachineIdentities.require(
                    request.caller, mayChange: before, at: request.cause.now, in: writer)
                let after = Self.changed(before, request)
                guard after.isWebServiceOnly || MachineIdentities.isAdmin(request.caller) else {
                    throw MachineIdentities.refusal
                }
                guard !request.input.members.isEmpty else { return .object(before.json) }
                try LastAdmin.kept(in: writer) { try Self.store(after, in: writer) }
                if !after.maySignIn { try Session.endAll(of: after, "user_changed", in: writer, by: request.cause) }
                try writer.changed(
                    after.configRow, before: before.configuration, after: after.configuration, by: request.cause)
                return .object(after.json)
            }
        }
    }

    private static func changed(_ user: User, _ request: OperationRequest) -> User {
        var after = user
        after.displayName = request.text("display_name") ?? user.displayName
        after.email = request.text("email") ?? user.email
        after.isActive = request.bool("active") ?? user.isActive
        after.isLockedByAdmin = request.bool("locked") ?? user.isLockedByAdmin
        if request.bool("locked") == false { after.lockedUntil = nil }
        after.isWebServiceOnly = request.bool("web_service_only") ?? user.isWebServiceOnly
        after.isBasicAllowed = request.bool("basic_allowed") ?? user.isBasicAllowed
        after.updatedAt = request.cause.now
        return after
    }

    /// Writes the columns that `user.update` may change.
    static func store(_ user: User, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE principal_user SET display_name = $2, email = $3, active = $4, locked = $5, web_service_only = $6,
                locked_until = $7, failed_sign_ins = CASE WHEN $8 = 1 THEN failed_sign_ins ELSE 0 END, updated_at = $9,
                basic_allowed = $10
            WHERE id = $1
            """,
            [
                .text(user.id.rawValue), .text(user.displayName), .optional(user.email), .bool(user.isActive),
                .bool(user.isLockedByAdmin), .bool(user.isWebServiceOnly),
                .optional(user.lockedUntil?.epochMilliseconds),
                .bool(user.isLockedByAdmin || user.lockedUntil != nil), .int(user.updatedAt.epochMilliseconds),
                .bool(user.isBasicAllowed),
            ])
    }

    private var deleteUser: Operation {
        Operation(
            "user", .delete, roles: [.admin, .miAdmin],
            says: "Deletes a user who is switched off, with memberships and grants.", needsFreshProof: true
        ) { [database] request in
            try await database.write(.change) { writer in
                let user = try User.find(request.id, in: writer)
                try MachineIdentities.require(request.caller, mayChange: user, at: request.cause.now, in: writer)
                guard !user.isActive else {
                    throw HubError(
                        .conflict, "user_active",
                        "The user is active, and clients may act as this user. Switch the user off first.")
                }
                for grant in try Grant.of(.user, id: user.id.rawValue, in: writer) {
                    try grant.withdraw(in: writer, by: request.cause)
                }
                try Session.endAll(of: user, "user_deleted", in: writer, by: request.cause)
                _ = try SecondFactorRows.remove(user.id, in: writer)
                try writer.run("DELETE FROM group_member WHERE user_id = $1", [.text(user.id.rawValue)])
                try writer.run("DELETE FROM principal_user WHERE id = $1", [.text(user.id.rawValue)])
                try writer.changed(user.configRow, before: user.configuration, after: nil, by: request.cause)
                return .null
            }
        }
    }

    private var setPassword: Operation {
        Operation(
            "user", .act("set-password"), roles: [.admin],
            says: "Gives a user a new password and ends a lock after wrong ones.",
            fields: [
                .required(
                    "password", .secret(most: Limits.passwordBytes.value),
                    "At least \(Passwords.fewestCharacters) characters.")
            ], needsFreshProof: true
        ) { [database, effects, hasher] request in
            guard let password = request.secrets["password"] else { throw Passwords.tooShort }
            try Passwords.check(password)
            // Before the hash, which costs much; again inside, where it counts.
            _ = try await database.read { reader in try User.find(request.id, in: reader).id }
            let stored = try await hasher.hash(password, salt: effects.randomBytes(Passwords.saltBytes))
            return try await database.write(.change) { writer in
                let user = try User.find(request.id, in: writer)
                try writer.run(
                    """
                    UPDATE principal_user SET password = $2, failed_sign_ins = 0, locked_until = NULL, updated_at = $3
                    WHERE id = $1
                    """,
                    [.text(user.id.rawValue), .text(stored), .int(request.cause.now.epochMilliseconds)])
                try writer.record(AuditEvent(.passwordSet, on: user.target, by: request.cause))
                try Session.endAll(of: user, "password_set", in: writer, by: request.cause)
                try Outbox.publish(
                    .passwordSet,
                    [
                        "user": .string(user.id.rawValue), "name": .string(user.name),
                        "at": .int(request.cause.now.epochMilliseconds),
                    ], in: writer)
                return .object(try User.find(user.id.rawValue, in: writer).json)
            }
        }
    }
}
