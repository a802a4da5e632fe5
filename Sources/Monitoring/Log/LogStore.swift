public import Storage

/// Where the transaction log lies. Never in the hub's own SQLite file: the log must not hold up what it is about.
public enum LogStore: Sendable {
    /// One database a day (SQLite: a file `log-YYYY-MM-DD.sqlite`).
    ///
    /// - `open`: opens or creates a day's database. It is asked once a day and process.
    /// - `days`: the days that exist, in any order.
    /// - `remove`: deletes a day's files; the database was closed before.
    /// - `putAside`: gives a day's damaged files another name, under which they are no day any more, and says so.
    case daily(
        open: @Sendable (LogDay) async throws -> any Database,
        days: @Sendable () async throws -> [LogDay],
        remove: @Sendable (LogDay) async throws -> Void,
        putAside: @Sendable (LogDay) async throws -> Void)
    /// One database for all days (PostgreSQL), in which each table has a partition a day.
    case single(any Database)
}
