import Core

/// A table in parts, one a day. PostgreSQL drops a day as a whole, in no time and without dead rows.
///
/// SQLite has no partitions: its table stays whole and a day's rows are deleted, so that a step means the same on both.
/// What grows much lies there in a file a day instead (the transaction log).
extension SchemaStep {
    private static let dayMilliseconds: Int64 = 86_400_000

    static func partition(_ table: TableDefinition, by column: String, _ dialect: Dialect) -> [String] {
        guard dialect == .postgres else { return [] }
        let (name, whole) = (table.name, table.name + "_whole")
        let columns = list(table.columns.map(\.name))
        return [
            // Takes the lock under which nobody writes until the commit.
            "ALTER TABLE \"\(name)\" RENAME TO \"\(whole)\"",
            "CREATE TABLE \"\(name)\" (\(lines(table, dialect))) PARTITION BY RANGE (\"\(column)\")",
            """
            DO $$ DECLARE d BIGINT; BEGIN
            FOR d IN SELECT DISTINCT floor("\(column)" / \(dayMilliseconds).0)::BIGINT FROM "\(whole)" LOOP
              EXECUTE format('CREATE TABLE %I PARTITION OF "\(name)" FOR VALUES FROM (%s) TO (%s)',
                '\(name)_' || to_char(to_timestamp(d * 86400) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                d * \(dayMilliseconds), (d + 1) * \(dayMilliseconds));
              INSERT INTO partition_day (name, day) VALUES ('\(name)', d);
            END LOOP; END $$
            """,
            "INSERT INTO \"\(name)\" (\(columns)) SELECT \(columns) FROM \"\(whole)\"",
            "DROP TABLE \"\(whole)\"",
        ] + table.indexes.map { index(on: name, $0) }
    }

    /// Attached, not created in place: that would lock readers and writers of all days out.
    static func add(_ day: Int64, to table: String, _ dialect: Dialect) -> [String] {
        guard dialect == .postgres else { return [] }
        let part = name(of: day, table)
        return [
            """
            DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = '"\(table)"'::regclass AND c.relname = '\(part)') THEN
              CREATE TABLE IF NOT EXISTS "\(part)" (LIKE "\(table)" INCLUDING ALL);
              ALTER TABLE "\(table)" ATTACH PARTITION "\(part)"
                FOR VALUES FROM (\(day * dayMilliseconds)) TO (\((day + 1) * dayMilliseconds));
            END IF; END $$
            """
        ]
    }

    static func drop(_ day: Int64, of table: String, by column: String, _ dialect: Dialect) -> [String] {
        switch dialect {
        case .postgres:
            // It waits for whoever reads, and everybody waits behind it: rather give up, and try at the next turn.
            return ["SET LOCAL lock_timeout = '2s'", "DROP TABLE IF EXISTS \"\(name(of: day, table))\""]
        case .sqlite:
            let (from, to) = (day * dayMilliseconds, (day + 1) * dayMilliseconds)
            return ["DELETE FROM \"\(table)\" WHERE \"\(column)\" >= \(from) AND \"\(column)\" < \(to)"]
        }
    }

    private static func name(of day: Int64, _ table: String) -> String {
        "\(table)_\(Timestamp(epochSeconds: day * 86_400).rfc3339.prefix(10))"
    }
}
