public import Storage

extension Identity {
    /// Users, groups, roles, grants; second factors; sessions and one-use secrets, of which only hashes are kept.
    public static let migrations: [Migration] = [
        Migration(
            "identity-001",
            [.createTable(users), .createTable(groups), .createTable(members)]
                + [roles, containments, grants].map(SchemaStep.createTable)),
        Migration("identity-002", [.createTable(sessions), .createTable(links)]),
        Migration("identity-003", [.addColumn(.int("basic_allowed").standard(0), to: "principal_user")]),
        Migration("identity-004", [.createTable(refusedSignIns)]),
        Migration("identity-005", [.createTable(setUps)]),
        Migration(
            "identity-006",
            [factors, recoveryCodes, proofs].map(SchemaStep.createTable) + [
                .addColumn(.int("proved_at").optional, to: "user_session"),
                .addColumn(.text("address").optional, to: "user_session"),
                .addColumn(.text("browser").optional, to: "user_session"),
            ]),
        Migration("identity-007", [.createIndex(on: "principal_user", ["email"])]),
    ]

    /// The sealed secret that a user's authenticator app holds too; without `confirmed_at` it counts for nothing.
    private static let factors = TableDefinition(
        "second_factor",
        [
            .text("user_id"), .blob("sealed"), .int("begun_at"), .int("confirmed_at").optional, .int("last_used_step"),
        ], primaryKey: ["user_id"])

    private static let recoveryCodes = TableDefinition(
        "recovery_code", [.text("user_id"), .blob("hash"), .int("used_at").optional], primaryKey: ["user_id", "hash"])

    /// Sign-ins whose first step was right; `rest` is what is still to come.
    private static let proofs = TableDefinition(
        "sign_in_proof", [.blob("hash"), .text("user_id"), .int("rest"), .int("expires_at"), .int("tries")],
        primaryKey: ["hash"], indexes: [["user_id"], ["expires_at"]])

    /// How often a refusal that anybody can bring about came in its last minute.
    private static let refusedSignIns = TableDefinition(
        "refused_sign_in", [.text("reason"), .text("subject"), .int("in_minute"), .int("times")],
        primaryKey: ["reason", "subject"])

    /// Who may act for which account until when, to set what up; ended ones stay as the account's history.
    private static let setUps = TableDefinition(
        "set_up_session",
        [
            .text("id"), .text("purpose"), .text("account_id"), .text("account_name"), .text("acting"),
            .text("role_name"), .text("grant_id"), .int("begun_at"), .int("until"), .int("ended_at").optional,
            .text("ended_by").optional,
        ], primaryKey: ["id"], indexes: [["purpose"], ["account_id"], ["until"]])

    private static let sessions = TableDefinition(
        "user_session",
        [
            .text("id"), .blob("hash"), .text("user_id"), .int("begun_at"), .int("used_at"), .int("expires_at"),
            .int("ended_at").optional,
        ], primaryKey: ["id"], unique: [["hash"]], indexes: [["user_id"], ["expires_at"]])

    private static let links = TableDefinition(
        "sign_in_link", [.blob("hash"), .text("user_id"), .int("expires_at"), .int("used_at").optional],
        primaryKey: ["hash"], indexes: [["user_id"], ["expires_at"]])

    private static let users = TableDefinition(
        "principal_user",
        [
            .text("id"), .text("name"), .text("name_folded"), .text("display_name"), .text("email").optional,
            .text("application"), .int("active"), .int("locked"), .int("web_service_only"),
            .text("password").optional, .int("failed_sign_ins"), .int("locked_until").optional, .int("created_at"),
            .int("updated_at"),
        ], primaryKey: ["id"], unique: [["name"], ["name_folded"]])

    private static let groups = TableDefinition(
        "user_group",
        [.text("id"), .text("name"), .text("name_folded"), .text("application"), .text("says"), .int("created_at")],
        primaryKey: ["id"], unique: [["name"], ["name_folded"]])

    private static let members = TableDefinition(
        "group_member", [.text("group_id"), .text("user_id")], primaryKey: ["group_id", "user_id"],
        indexes: [["user_id"]])

    private static let roles = TableDefinition(
        "role",
        [.text("id"), .text("name"), .text("name_folded"), .text("application"), .text("says")],
        primaryKey: ["id"], unique: [["name"], ["name_folded"]])

    private static let containments = TableDefinition(
        "role_contains", [.text("role_id"), .text("contains_id")], primaryKey: ["role_id", "contains_id"],
        indexes: [["contains_id"]])

    private static let grants = TableDefinition(
        "role_grant",
        [
            .text("id"), .text("application"), .text("subject_kind"), .text("subject_id"), .text("role_id"),
            .int("until").optional, .text("granted_by"), .int("granted_at"),
        ], primaryKey: ["id"], unique: [["subject_kind", "subject_id", "role_id"]], indexes: [["role_id"]])
}
