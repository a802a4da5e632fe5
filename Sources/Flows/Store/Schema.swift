public import Storage

extension Flows {
    /// The tables of flows and their executions.
    public static let migrations: [Migration] = [
        Migration(
            "flows-001",
            [
                .createTable(
                    TableDefinition(
                        "flow",
                        [
                            .text("id"), .text("name"), .text("title"), .text("application"), .int("active"),
                            .int("current_version"), .text("trigger_table").optional, .text("trigger_when").optional,
                            .text("conditions"), .int("created_at"), .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["name"]],
                        indexes: [["trigger_table", "trigger_when", "active"]])),
                .createTable(
                    TableDefinition(
                        "flow_version",
                        [
                            .text("flow_id"), .int("version"), .text("source"), .text("sha256"), .int("created_at"),
                            .text("created_by"),
                        ], primaryKey: ["flow_id", "version"])),
                .createTable(
                    TableDefinition(
                        "flow_start",
                        [.text("flow_id"), .text("change_id"), .int("at")], primaryKey: ["flow_id", "change_id"],
                        indexes: [["at"]])),
                .createTable(
                    TableDefinition(
                        "execution",
                        [
                            .text("id"), .text("flow_id"), .text("flow"), .int("version"), .text("state"),
                            .text("trigger"), .text("correlation"), .text("chain"), .text("started_by"),
                            .int("started_at"), .int("ended_at").optional, .text("reason"), .text("says"),
                            .text("claimed_by"), .int("claimed_until"), .int("fence"),
                        ], primaryKey: ["id"],
                        indexes: [
                            ["state", "claimed_until"], ["started_at"], ["correlation"], ["flow_id", "started_at"],
                            ["ended_at"],
                        ])),
                .createTable(
                    TableDefinition(
                        "execution_step",
                        [
                            .text("execution_id"), .int("seq"), .text("path"), .int("attempt"), .text("state"),
                            .text("input"),
                            .text("output"), .text("reason"), .text("says"), .int("planned_at"),
                            .int("sent_at").optional, .int("ended_at").optional,
                        ], primaryKey: ["execution_id", "path", "attempt"],
                        unique: [["execution_id", "seq"]])),
            ]),
        Migration(
            "flows-002",
            [
                .addColumn(.text("schedule").optional, to: "flow"),
                .addColumn(.int("next_at").optional, to: "flow"),
                .createIndex(on: "flow", ["active", "next_at"]),
                .addColumn(.int("test").standard(0), to: "execution"),
                .addColumn(.text("parent_id").optional, to: "execution"),
                .addColumn(.text("parent_path").optional, to: "execution"),
                .addColumn(.int("depth").standard(0), to: "execution"),
                .addColumn(.text("origins").optional, to: "execution"),
                .addColumn(.int("wakes").standard(0), to: "execution"),
                .addColumn(.int("cancel_at").optional, to: "execution"),
                .addColumn(.text("cancel_by").optional, to: "execution"),
                .addColumn(.text("rerun_of").optional, to: "execution"),
                .addColumn(.text("rerun_as").optional, to: "execution"),
                .createIndex(on: "execution", ["parent_id", "parent_path"]),
                .addColumn(.int("due_at").optional, to: "execution_step"),
                .addColumn(.int("deadline_at").optional, to: "execution_step"),
                .createTable(
                    TableDefinition(
                        "approval",
                        [
                            .text("id"), .text("execution_id"), .text("path"), .text("flow"), .text("says"),
                            .text("show"), .text("role").optional, .text("user_name").optional, .text("origins"),
                            .text("state"), .int("requested_at"), .int("expires_at"), .int("ended_at").optional,
                            .text("decided_by").optional, .text("note").optional,
                        ], primaryKey: ["id"], unique: [["execution_id", "path"]],
                        indexes: [["state", "expires_at"]])),
            ]),
        Migration(
            "flows-003",
            [
                .addColumn(.int("breaks").standard(0), to: "execution"),
                .createIndex(on: "execution", ["state", "started_at"]),
            ]),
        Migration(
            "flows-004",
            [
                .addColumn(.text("trigger_hook").optional, to: "flow"),
                .createIndex(on: "flow", ["trigger_hook", "active"]),
            ]),
        // What an approval is about, who decided and who wrote a version (`Actor.identities`); of older rows not known.
        Migration(
            "flows-005",
            [
                .addColumn(.text("approves").optional, to: "approval"),
                .addColumn(.text("decided_as").optional, to: "approval"),
                .addColumn(.text("author").optional, to: "flow_version"),
            ]),
    ]
}
