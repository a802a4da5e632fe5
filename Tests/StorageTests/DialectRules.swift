import AuditTrail
import Core
import Storage
import Testing

extension ContractRule {
    /// What both databases must take in the same words.
    static let dialect: [ContractRule] = [
        ContractRule("parameters count by their number, in any order and more than once") { database in
            let row = try await database.write(.bookkeeping("test")) { writer in
                try writer.returning(
                    "INSERT INTO item (id, n, t) VALUES ($2, $1, $2) RETURNING id, n, t", [.int(7), .text("x")])
            }.first
            #expect(row?.values == [.text("x"), .int(7), .text("x")])
        },
        ContractRule("a dollar sign inside a literal is only a dollar sign") { database in
            let row = try await database.read { try $0.row("SELECT '$1 and $2' AS a, $1 AS b", [.text("x")]) }
            #expect(row?.values == [.text("$1 and $2"), .text("x")])
        },
        ContractRule("an optional filter: $1 IS NULL OR column = $1") { database in
            try await database.put("a", 0, "x")
            try await database.put("b", 0, "y")
            for (filter, count) in [(SQLValue.null, 2), (.text("x"), 1)] {
                let rows = try await database.read {
                    try $0.rows("SELECT id FROM item WHERE $1 IS NULL OR t = $1 ORDER BY id LIMIT 9", [filter])
                }
                #expect(rows.count == count)
            }
            for (filter, count) in [(SQLValue.null, 2), (.int(0), 2), (.int(1), 0)] {
                let rows = try await database.read {
                    try $0.rows("SELECT id FROM item WHERE $1 IS NULL OR n = $1 ORDER BY id LIMIT 9", [filter])
                }
                #expect(rows.count == count)
            }
        },
        ContractRule("RETURNING after INSERT, UPDATE and DELETE; run() counts rows") { database in
            let found = try await database.write(.bookkeeping("test")) { writer in
                let inserted = try writer.returning("INSERT INTO mark (note) VALUES ('a'), ('b') RETURNING seq", [])
                let updated = try writer.returning("UPDATE mark SET note = 'c' RETURNING seq, note", [])
                let touched = try writer.run("UPDATE mark SET note = 'd' WHERE note = 'c'", [])
                let deleted = try writer.returning("DELETE FROM mark WHERE seq > $1 RETURNING note", [.int(0)])
                return [inserted.count, updated.count, touched, deleted.count]
            }
            #expect(found == [2, 2, 2, 2])
        },
        ContractRule("ON CONFLICT DO NOTHING and DO UPDATE") { database in
            try await database.put("a", 1)
            let counts = try await database.write(.bookkeeping("test")) { writer in
                [
                    try writer.run("INSERT INTO item (id, n) VALUES ('a', 2) ON CONFLICT (id) DO NOTHING", []),
                    try writer.run(
                        """
                        INSERT INTO item (id, n) VALUES ('a', 5)
                        ON CONFLICT (id) DO UPDATE SET n = item.n + excluded.n WHERE item.n < 10
                        """, []),
                ]
            }
            let number = try await database.number("a")
            #expect(counts == [0, 1])
            #expect(number == 6)
        },
        ContractRule("LIKE with ESCAPE, CASE, COALESCE, EXISTS, IN, subqueries, joins, LIMIT OFFSET") { database in
            try await database.put("50%", 1)
            try await database.put("500", 2)
            let row = try await database.read { reader in
                try reader.row(
                    """
                    SELECT i.id, CASE WHEN i.n = 1 THEN 'one' ELSE 'more' END AS word, COALESCE(i.t, '-') AS t
                    FROM item i LEFT JOIN mark m ON m.note = i.id
                    WHERE i.id LIKE $1 ESCAPE '\\' AND i.n IN (1, 2) AND NOT EXISTS (SELECT 1 FROM mark WHERE note = i.id)
                    ORDER BY i.id LIMIT $2 OFFSET $3
                    """, [.text("50\\%"), .int(5), .int(0)])
            }
            #expect(row?.values == [.text("50%"), .text("one"), .text("-")])
        },
        ContractRule("a recursive query") { database in
            let sum = try await database.read {
                try $0.row(
                    """
                    WITH RECURSIVE up(x) AS (SELECT 1 UNION SELECT x + 1 FROM up WHERE x < 10)
                    SELECT SUM(x) AS s FROM up
                    """, [])?.int("s")
            }
            #expect(sum == 55)
        },
        ContractRule("define inside a write is rolled back with it") { database in
            let steps = [SchemaStep.createTable(TableDefinition("rec_x", [.text("id")], primaryKey: ["id"]))]
            _ = await reason {
                try await database.write(.bookkeeping("test")) { writer in
                    try writer.define(steps)
                    try writer.run("INSERT INTO rec_x (id) VALUES ('a')", [])
                    throw HubError(.invalid, "enough", "Enough.")
                }
            }
            let missing = await reason { try await database.read { try $0.rows("SELECT id FROM rec_x", []) } }
            #expect(missing == "store_error")
        },
        ContractRule("a table and a column that are there already are conflicts") { database in
            let table = await reason {
                try await database.write(.bookkeeping("test")) {
                    try $0.define([.createTable(TableDefinition("item", [.text("id")]))])
                }
            }
            let column = await reason {
                try await database.write(.bookkeeping("test")) {
                    try $0.define([.addColumn(.int("n").standard(0), to: "item")])
                }
            }
            #expect([table, column] == ["already_exists", "already_exists"])
        },
        ContractRule("a statement that was used before sees a column that was added since") { database in
            try await database.put("a", 1)
            let all: SQL = "SELECT * FROM item ORDER BY id LIMIT 5"
            let before = try await database.read { try $0.rows(all, []).first?.columns.count }
            let during = try await database.write(.bookkeeping("test")) { writer in
                _ = try writer.rows(all, [])
                try writer.define([.addColumn(.int("extra").standard(9), to: "item")])
                return try writer.row("SELECT extra FROM item", [])?.int("extra")
            }
            let after = try await database.read { try $0.rows(all, []).first?.columns.count }
            let written = try await database.write(.bookkeeping("test")) { try $0.rows(all, []).first?.columns.count }
            #expect([before, after, written] == [4, 5, 5])
            #expect(during == 9)
        },
    ]
}
