/// Which days a table split by `SchemaStep.partitionByDay` has a partition for.
///
/// The note and the partition change in one transaction. Two hubs at once are safe: the note's key lets one of them
/// through, and the other runs again and finds it done.
public enum DayPartitions {
    /// Makes a day's partition if it is not there; also one that was noted and dropped by hand.
    public static func make(_ day: Int64, of table: String, in writer: any SQLWriter) throws {
        try writer.run(
            "INSERT INTO partition_day (name, day) VALUES ($1, $2) ON CONFLICT (name, day) DO NOTHING",
            [.text(table), .int(day)])
        try writer.define([.addDay(day, to: table)])
    }

    /// The days that end before a day begins, the oldest first.
    public static func days(before day: Int64, of table: String, most: Int, in reader: any SQLReader) throws -> [Int64]
    {
        try reader.rows(
            "SELECT day FROM partition_day WHERE name = $1 AND day < $2 ORDER BY day LIMIT $3",
            [.text(table), .int(day), .int(Int64(most))]
        ).map { try $0.int("day") }
    }

    /// Drops a day with all its rows; nothing if somebody else did.
    ///
    /// One day a transaction: each locks the whole table for a moment. Throws `store_slow` when readers hold it.
    public static func drop(_ day: Int64, of table: String, by column: String, in writer: any SQLWriter) throws {
        let noted = try writer.run("DELETE FROM partition_day WHERE name = $1 AND day = $2", [.text(table), .int(day)])
        if noted > 0 { try writer.define([.dropDay(day, of: table, by: column)]) }
    }
}
