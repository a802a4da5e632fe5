import Core
import Ports
import Storage

/// The roles in force: own grants and those of groups, and all that these roles contain.
enum EffectiveRoles {
    /// The names of the roles of a user at a moment. A grant counts while `until` is later than the moment.
    ///
    /// Throws when there are more than `Limits.rolesOfOne`: leaving some out unsaid would be worse.
    static func of(_ user: UserID, at now: Timestamp, in reader: any SQLReader) throws -> Set<String> {
        let rows = try reader.rows(
            """
            WITH RECURSIVE held(role_id, depth) AS (
                SELECT g.role_id, 0 FROM role_grant g
                WHERE (g.until IS NULL OR g.until > $2) AND (
                    (g.subject_kind = 'user' AND g.subject_id = $1)
                    OR (g.subject_kind = 'group'
                        AND g.subject_id IN (SELECT m.group_id FROM group_member m WHERE m.user_id = $1)))
                UNION
                SELECT c.contains_id, held.depth + 1 FROM role_contains c JOIN held ON c.role_id = held.role_id
                WHERE held.depth < $3
            )
            SELECT DISTINCT r.name FROM held JOIN role r ON r.id = held.role_id ORDER BY r.name LIMIT $4
            """,
            [
                .text(user.rawValue), .int(now.epochMilliseconds), .int(Int64(Limits.roleDepth.value)),
                .int(Int64(Limits.rolesOfOne.value + 1)),
            ])
        guard rows.count <= Limits.rolesOfOne.value else {
            throw HubError(
                .internal, "too_many_roles", "The user has too many roles. Withdraw grants that are not needed.",
                detail: "user \(user)")
        }
        return Set(try rows.map { try $0.text("name") })
    }
}

/// Keeps a hub from losing its last administrator.
enum LastAdmin {
    /// Makes the change and throws `last_admin` if nobody is left who has `admin` for good, is active and not locked.
    ///
    /// Grants that end do not count, nor do the short locks after wrong passwords. Where nobody was, nobody can be
    /// lost.
    static func kept<R>(in writer: any SQLWriter, _ change: () throws -> R) throws -> R {
        let hadOne = try exists(in: writer)
        let result = try change()
        guard try !hadOne || exists(in: writer) else {
            throw HubError(
                .conflict, "last_admin",
                "Nobody else is active and has the role admin for good. Grant admin to another user first.")
        }
        return result
    }

    static func exists(in reader: any SQLReader) throws -> Bool {
        try reader.row(
            """
            WITH RECURSIVE above(role_id, depth) AS (
                SELECT r.id, 0 FROM role r WHERE r.id = $1
                UNION
                SELECT c.role_id, above.depth + 1 FROM role_contains c JOIN above ON c.contains_id = above.role_id
                WHERE above.depth < $2
            )
            SELECT u.id FROM principal_user u
            WHERE u.active = 1 AND u.locked = 0 AND (
                EXISTS (
                    SELECT 1 FROM role_grant g JOIN above a ON a.role_id = g.role_id
                    WHERE g.until IS NULL AND g.subject_kind = 'user' AND g.subject_id = u.id)
                OR EXISTS (
                    SELECT 1 FROM role_grant g JOIN above a ON a.role_id = g.role_id
                    JOIN group_member m ON m.group_id = g.subject_id
                    WHERE g.until IS NULL AND g.subject_kind = 'group' AND m.user_id = u.id))
            ORDER BY u.id LIMIT 1
            """, [.text(AdminRole.admin.roleID.rawValue), .int(Int64(Limits.roleDepth.value))]) != nil
    }
}
