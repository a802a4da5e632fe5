import Core
import Storage

/// The table `hook`.
enum HookRows {
    /// The hook of that id or name; nil if there is none.
    static func lookUp(_ idOrName: String, in reader: any SQLReader) throws -> Hook? {
        try reader.row("SELECT * FROM hook WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1", [.text(idOrName)])
            .map(Hook.init)
    }

    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Hook {
        guard let hook = try lookUp(idOrName, in: reader) else {
            throw HubError(
                .notFound, "unknown_hook",
                "There is no hook \"\(Shown.name(idOrName))\". See: linchpin hook list")
        }
        return hook
    }

    /// At most `Limits.pageRows`, by name, behind that one.
    static func page(after name: String, in reader: any SQLReader) throws -> [Hook] {
        try reader.rows(
            "SELECT * FROM hook WHERE name > $1 ORDER BY name LIMIT $2",
            [.text(name), .int(Int64(Limits.pageRows.value))]
        ).map(Hook.init)
    }

    /// False when the name is taken.
    static func insert(_ hook: Hook, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO hook (id, name, application, spoke, alias, header, types, active, compare_at, problem,
            problem_says, lost, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', 0, $9, $9) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(hook.id), .text(hook.name), .text(hook.application), .text(hook.spoke), .optional(hook.alias),
                .text(hook.header), types(hook), .bool(hook.isActive), .int(hook.createdAt.epochMilliseconds),
            ]) == 1
    }

    /// What people choose. A hook whose expectation changes is compared anew from there.
    static func update(_ hook: Hook, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE hook SET alias = $2, header = $3, types = $4, active = $5, expected_since = $6, compared_until = $7,
            compare_at = 0, updated_at = $8 WHERE id = $1
            """,
            [
                .text(hook.id), .optional(hook.alias), .text(hook.header), types(hook), .bool(hook.isActive),
                .moment(hook.expectedSince), .moment(hook.comparedUntil), .int(hook.updatedAt.epochMilliseconds),
            ])
    }

    /// The newest events, at most 20.
    static func latest(of id: String, in reader: any SQLReader) throws -> [JSON] {
        try reader.rows(
            """
            SELECT event_id, type, published, received_at, via, late, correlation FROM hook_event
            WHERE hook_id = $1 ORDER BY received_at DESC, published DESC, event_id LIMIT 20
            """, [.text(id)]
        ).map { row in
            [
                "id": .string(try row.text("event_id")), "type": .string(try row.text("type")),
                "published": .string(Timestamp(epochMilliseconds: try row.int("published")).rfc3339),
                "received_at": .string(Timestamp(epochMilliseconds: try row.int("received_at")).rfc3339),
                "via": .string(try row.text("via")), "late": .bool(try row.bool("late")),
                "correlation": .string(try row.text("correlation")),
            ]
        }
    }

    private static func types(_ hook: Hook) -> SQLValue { .text(JSON.texts(hook.types).text()) }
}
