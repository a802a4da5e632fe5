import Core
import Storage
import TestSupport
import Testing

@testable import StoragePostgres

/// What only a server on the other end of a wire can do to us.
@Suite struct PostgresTests {
    @Test("a session that the server ended while it was idle is replaced, and nobody notices")
    func replaced() async throws {
        try await open { database, server in
            try await database.put("a")
            try await TestPostgres.administer(server, Self.endAll)
            let count = try await database.count()
            #expect(count == 1)
            try await database.put("b")
        }
    }

    @Test("a connection that breaks inside a write fails it, nothing is changed, the next one works")
    func broken() async throws {
        try await open { database, _ in
            let refused = await reason {
                try await database.write(.bookkeeping("test")) { writer in
                    try writer.run("INSERT INTO item (id, n) VALUES ('a', 1)", [])
                    _ = try writer.rows("SELECT pg_terminate_backend(pg_backend_pid())", [])
                }
            }
            let count = try await database.count()
            #expect(refused == "store_unreachable")
            #expect(count == 0)
        }
    }

    @Test(
        "the server's last words mean that it is going, also where the connection still looks whole",
        arguments: ["57P01", "57P02", "57P03", "08006"])
    func lastWords(_ state: String) async throws {
        try await open { database, server in
            try await TestPostgres.administer(
                server,
                """
                CREATE FUNCTION say_goodbye() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''\(state)''; END';
                CREATE TRIGGER say_goodbye BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION say_goodbye()
                """)
            #expect(await reason { try await database.put("a") } == "store_unreachable")
            try await TestPostgres.administer(
                server,
                """
                DROP TRIGGER say_goodbye ON item;
                CREATE CONSTRAINT TRIGGER say_goodbye AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION say_goodbye()
                """)
            #expect(await reason { try await database.put("b") } == "commit_unknown")
            try await TestPostgres.administer(server, "DROP TRIGGER say_goodbye ON item")
            try await database.put("c")
            #expect(try await database.count() == 1)
        }
    }

    @Test("a commit that gets no answer has a reason of its own")
    func commitUnknown() async throws {
        try await open { database, server in
            try await TestPostgres.administer(
                server,
                """
                CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION leave()
                """)
            let refused = await reason { try await database.put("a") }
            #expect(refused == "commit_unknown")
            try await TestPostgres.administer(server, "DROP TRIGGER leave ON item")
            try await database.put("b")
        }
    }

    @Test(
        "a server that acknowledges before it has synced is refused",
        arguments: [("off", "on"), ("on", "off"), ("", "on")])
    func notDurable(_ commit: String, _ sync: String) async {
        #expect(
            await reason { try PostgresConnector.check(commit: commit, sync: sync, encoding: "UTF8") }
                == "store_not_durable")
    }

    @Test("synchronous_commit is read from the session, not assumed")
    func readBack() async throws {
        try await TestPostgres.withDatabase { server in
            let off = Secret(server + " options='-c synchronous_commit=off'")
            let refused = await reason { try await PostgresDatabase(conninfo: off) }
            #expect(refused == "store_not_durable")
            let local = try await PostgresDatabase(conninfo: Secret(server + " options='-c synchronous_commit=local'"))
            await local.close()
        }
    }

    @Test(
        "the connection string gets into no error",
        arguments: [
            ("host=/nowhere user=u password=hunter2 dbname=d", "store_unreachable"),
            ("host=/tmp hunter2", "bad_connection_string"), ("postgres://u:hunter2@[half", "bad_connection_string"),
            ("host=/tmp passwd=hunter2", "bad_connection_string"),
            ("host=/tmp\0password=hunter2", "bad_connection_string"),
            ("host=127.0.0.1 port=1 user=u password=hunter2", "store_unreachable"),
        ])
    func secret(_ conninfo: String, _ expected: String) async {
        do {
            _ = try await PostgresDatabase(conninfo: Secret(conninfo))
            Issue.record("it connected")
        } catch {
            #expect((error as? HubError)?.reason == expected)
            #expect(!"\(error)".contains("hunter2"))
            #expect(!"\(error)".contains("nowhere"))
        }
    }

    @Test("two hubs that start at once migrate once")
    func together() async throws {
        try await TestPostgres.withDatabase { server in
            let hubs = [
                try await PostgresDatabase(conninfo: Secret(server)),
                try await PostgresDatabase(conninfo: Secret(server)),
            ]
            let now = Timestamp(epochSeconds: 1)
            async let first = Migrator.bring(hubs[0], to: [ContractRule.tables], at: now)
            async let second = Migrator.bring(hubs[1], to: [ContractRule.tables], at: now)
            _ = try await (first, second)
            let noted = try await hubs[0].read {
                try $0.rows("SELECT id FROM schema_migration ORDER BY id LIMIT 9", [])
            }
            #expect(noted.count == 5)
            for hub in hubs { await hub.close() }
        }
    }

    @Test("tables are made in the schema that was given")
    func schema() async throws {
        try await TestPostgres.withDatabase { server in
            let database = try await PostgresDatabase(conninfo: Secret(server), schema: "hub_one", connections: 2)
            _ = try await Migrator.bring(database, to: [ContractRule.tables], at: Timestamp(epochSeconds: 1))
            let row = try await database.read {
                try $0.row(
                    """
                    SELECT to_regclass('hub_one.item') IS NOT NULL AS mine,
                    to_regclass('public.item') IS NULL AS only
                    """, [])
            }
            #expect(row?.values == [.int(1), .int(1)])
            await database.close()
            for name in ["", "1a", "A", "a\"b", "a b", String(repeating: "a", count: 64)] {
                let refused = await reason { try await PostgresDatabase(conninfo: Secret(server), schema: name) }
                #expect(refused == "bad_schema_name")
            }
        }
    }

    @Test("a statement that takes too long ends")
    func slow() async throws {
        try await open { database, _ in
            let refused = await reason {
                try await database.write(.bookkeeping("test")) { writer in
                    _ = try writer.rows("SELECT set_config('statement_timeout', '50', true)", [])
                    _ = try writer.rows("SELECT pg_sleep(20)", [])
                }
            }
            #expect(refused == "store_slow")
        }
    }

    @Test(
        "a server elsewhere must show a certificate unless the text says otherwise",
        arguments: [
            ("host=db.example.com", false), ("hostaddr=10.0.0.1", false), ("host=localhost,db.example.com", false),
            ("host=/run/postgresql", true), ("host=localhost", true), ("host=::1", true), ("dbname=x", true),
            ("postgresql://u@db.example.com/x", false),
        ])
    func here(_ conninfo: String, _ expected: Bool) throws {
        let isHere = try PostgresConnector.hosts(Secret(conninfo)).allSatisfy(PostgresConnector.isHere)
        #expect(isHere == expected)
    }

    @Test("more statements than are kept ready")
    func manyStatements() async throws {
        try await TestPostgres.withDatabase { server in
            let database = try await PostgresDatabase(conninfo: Secret(server), connections: 1)
            for number in 0..<(Limits.preparedStatements.value + 50) {
                let found = try await database.read {
                    try $0.row(SQL(built: "SELECT \(number) AS x, $1 AS y"), [.int(1)])?.int("x")
                }
                #expect(found == Int64(number))
            }
            let kept = try await database.read {
                try $0.row("SELECT COUNT(*) AS c FROM pg_prepared_statements", [])?.int("c")
            }
            #expect((kept ?? 999) <= Int64(Limits.preparedStatements.value) + 1)
            await database.close()
        }
    }

    private static let endAll =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    private func open(_ body: (PostgresDatabase, String) async throws -> Void) async throws {
        try await TestPostgres.withDatabase { server in
            let database = try await PostgresDatabase(conninfo: Secret(server))
            _ = try await Migrator.bring(database, to: [ContractRule.tables], at: Timestamp(epochSeconds: 1))
            try await body(database, server)
            await database.close()
        }
    }
}
