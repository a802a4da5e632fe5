public import Ports

extension Identity {
    /// Users, groups, roles and who has what, as the Table API shows them: no password, no hash, no sign-in count.
    public static let projectedTables: [ProjectedTable] = [users, groups, roles, grants, members]

    private static let readers = ["sys_user_reader", AdminRole.auditor.rawValue]

    private static let users = ProjectedTable(
        "sys_user", label: "User", readers: readers,
        columns: [
            .init("user_name", "User ID"), .init("name", "Name"), .init("email", "Email"),
            .init("active", "Active", .boolean), .init("locked_out", "Locked out", .boolean),
            .init("web_service_access_only", "Web service access only", .boolean),
        ],
        select: """
            SELECT id AS sys_id, name AS user_name, display_name AS name, COALESCE(email, '') AS email, active,
                locked AS locked_out, web_service_only AS web_service_access_only,
                created_at / 1000 * 1000 AS sys_created_on, '' AS sys_created_by,
                updated_at / 1000 * 1000 AS sys_updated_on, '' AS sys_updated_by, 0 AS sys_mod_count
            FROM principal_user
            """,
        changedBy: "linchpin user, or the operations at /api/linchpin/v1/users")

    private static let groups = ProjectedTable(
        "sys_user_group", label: "Group", readers: readers,
        columns: [.init("name", "Name"), .init("description", "Description")],
        select: """
            SELECT id AS sys_id, name, says AS description, created_at / 1000 * 1000 AS sys_created_on,
                '' AS sys_created_by, created_at / 1000 * 1000 AS sys_updated_on, '' AS sys_updated_by,
                0 AS sys_mod_count
            FROM user_group
            """,
        changedBy: "linchpin group, or the operations at /api/linchpin/v1/groups")

    private static let roles = ProjectedTable(
        "sys_user_role", label: "Role", readers: readers,
        columns: [.init("name", "Name"), .init("description", "Description")],
        select: """
            SELECT id AS sys_id, name, says AS description, CAST(NULL AS BIGINT) AS sys_created_on,
                '' AS sys_created_by, CAST(NULL AS BIGINT) AS sys_updated_on, '' AS sys_updated_by, 0 AS sys_mod_count
            FROM role
            """,
        changedBy: "linchpin role, or the operations at /api/linchpin/v1/roles")

    /// What users were granted themselves; what they get by group or by another role follows from the other tables.
    private static let grants = ProjectedTable(
        "sys_user_has_role", label: "User role", readers: readers,
        columns: [
            .init("user", "User", .reference("sys_user")), .init("role", "Role", .reference("sys_user_role")),
            .init("until", "Until", .moment),
        ],
        select: """
            SELECT id AS sys_id, subject_id AS "user", role_id AS role, until / 1000 * 1000 AS until,
                granted_at / 1000 * 1000 AS sys_created_on, granted_by AS sys_created_by,
                granted_at / 1000 * 1000 AS sys_updated_on, granted_by AS sys_updated_by, 0 AS sys_mod_count
            FROM role_grant WHERE subject_kind = 'user'
            """,
        changedBy: "linchpin role grant, or the operations at /api/linchpin/v1/role-grants")

    /// A membership has no id of its own: half of the group's and half of the user's stand for the pair.
    private static let members = ProjectedTable(
        "sys_user_grmember", label: "Group member", readers: readers,
        columns: [
            .init("group", "Group", .reference("sys_user_group")), .init("user", "User", .reference("sys_user")),
        ],
        select: """
            SELECT SUBSTR(group_id, 1, 16) || SUBSTR(user_id, 1, 16) AS sys_id, group_id AS "group", user_id AS "user",
                CAST(NULL AS BIGINT) AS sys_created_on, '' AS sys_created_by, CAST(NULL AS BIGINT) AS sys_updated_on,
                '' AS sys_updated_by, 0 AS sys_mod_count
            FROM group_member
            """,
        changedBy: "linchpin group add-member and remove-member")
}
