import Storage
import Testing

/// One table in two kinds of SQL.
@Suite struct SchemaTests {
    private static let table = TableDefinition(
        "thing", [.text("id"), .int("at").standard(0), .blob("key").optional], primaryKey: ["id"],
        unique: [["at", "key"]], indexes: [["at"]])

    @Test(
        "a table renders with types that hold and text that compares as bytes",
        arguments: [
            (
                Dialect.sqlite,
                #"CREATE TABLE "thing" ("id" TEXT NOT NULL, "at" INTEGER NOT NULL DEFAULT 0, "key" BLOB, PRIMARY KEY ("id"), UNIQUE ("at", "key")) STRICT"#
            ),
            (
                Dialect.postgres,
                #"CREATE TABLE "thing" ("id" TEXT COLLATE "C" NOT NULL, "at" BIGINT NOT NULL DEFAULT 0, "key" BYTEA, PRIMARY KEY ("id"), UNIQUE ("at", "key"))"#
            ),
        ])
    func create(_ dialect: Dialect, _ expected: String) {
        let statements = SchemaStep.createTable(Self.table).statements(dialect)
        #expect(statements == [expected, #"CREATE INDEX "thing_at" ON "thing" ("at")"#])
    }

    @Test(
        "a sequence is counted by the database",
        arguments: [
            (Dialect.sqlite, #"ALTER TABLE "t" ADD COLUMN "seq" INTEGER PRIMARY KEY AUTOINCREMENT"#),
            (Dialect.postgres, #"ALTER TABLE "t" ADD COLUMN "seq" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"#),
        ])
    func sequence(_ dialect: Dialect, _ expected: String) {
        #expect(SchemaStep.addColumn(.sequence("seq"), to: "t").statements(dialect) == [expected])
    }

    @Test("a partial index leaves out the rows with one text", arguments: Dialect.allCases)
    func partial(_ dialect: Dialect) {
        let step = SchemaStep.createPartialIndex(on: "t", ["outcome", "at"], where: "outcome", isNot: "allowed")
        let made = #"CREATE INDEX "t_outcome_at_partial" ON "t" ("outcome", "at") WHERE "outcome" <> 'allowed'"#
        #expect(step.statements(dialect) == [made])
    }
}
