import Core
import Storage

/// The open databases of the log, at most one a kept day. Brings each to its schema when it is first used.
actor LogSegments {
    private let store: LogStore
    private let effects: Effects
    private var opened: [LogDay: Task<any Database, any Error>] = [:]
    /// Days whose partitions this process has seen; of `.single` only.
    private var known: Set<LogDay> = []

    /// The day under which the one database of `.single` stands.
    private static let always = LogDay(Timestamp(epochSeconds: 0))

    init(_ store: LogStore, _ effects: Effects) {
        self.store = store
        self.effects = effects
    }

    /// The database that a day's rows go to.
    private func database(for day: LogDay) async throws -> any Database {
        switch store {
        case .single: try await ready(Self.always)
        case .daily: try await ready(day)
        }
    }

    /// The databases that may hold rows since that day and until another, the newest first.
    func databases(since oldest: LogDay, until newest: LogDay? = nil) async throws -> [any Database] {
        switch store {
        case .single: return [try await ready(Self.always)]
        case .daily(_, let days, _, _):
            var found: [any Database] = []
            for day in try await days().sorted(by: >) where day >= oldest && day <= newest ?? day {
                found.append(try await ready(day))
            }
            return found
        }
    }

    /// Writes a day's part of a batch, and makes the day's partition first unless it is known to be there.
    func write(_ part: LogBatch, for day: LogDay, at now: Timestamp, id: String) async throws {
        let database = try await database(for: day)
        if isReady(day) {
            do { return try await put(part, into: database, at: now, id: id, making: nil) } catch {
                // Its partition may have been dropped, by another hub or by hand.
                guard known.remove(day) != nil else { throw error }
            }
        }
        try await put(part, into: database, at: now, id: id, making: day)
        known.insert(day)
    }

    /// Makes tomorrow's partition ahead, and drops the days before the oldest that is kept, a bounded number.
    func sweep(today: LogDay, oldest: LogDay) async throws {
        switch store {
        case .single:
            let database = try await ready(Self.always)
            known = known.filter { $0 >= oldest }
            for day in [today, today.earlier(by: -1)] where !isReady(day) {
                try await put(LogBatch(), into: database, at: day.start, id: "", making: day)
                known.insert(day)
            }
            for table in LogRows.tables { try await drop(table, before: oldest, in: database) }
        case .daily(_, let days, let remove, _):
            for day in try await days() where day < oldest {
                if let task = opened.removeValue(forKey: day) { await (try task.value).close() }
                try await remove(day)
            }
        }
    }

    func close() async throws {
        let tasks = opened.values
        opened = [:]
        for task in tasks { await (try task.value).close() }
    }

    private func isReady(_ day: LogDay) -> Bool {
        switch store {
        case .single: known.contains(day)
        case .daily: true
        }
    }

    private func put(
        _ part: LogBatch, into database: any Database, at now: Timestamp, id: String, making day: LogDay?
    ) async throws {
        try await database.write(.bookkeeping("the transaction log")) { writer in
            if let day {
                for table in LogRows.tables { try DayPartitions.make(day.number, of: table, in: writer) }
            }
            try LogRows.write(part, at: now, id: id, in: writer)
        }
    }

    private func drop(_ table: String, before oldest: LogDay, in database: any Database) async throws {
        let days = try await database.read { reader in
            try DayPartitions.days(before: oldest.number, of: table, most: Limits.logDaysAtOnce.value, in: reader)
        }
        for day in days {
            try await database.write(.bookkeeping("retention of the transaction log")) { writer in
                try DayPartitions.drop(day, of: table, by: "at", in: writer)
            }
        }
    }

    /// Two callers at once share one opening; a failed one is forgotten, so that the next caller tries again.
    private func ready(_ day: LogDay) async throws -> any Database {
        if let task = opened[day] { return try await task.value }
        let (store, now) = (store, effects.now())
        let task = Task<any Database, any Error> {
            do { return try await Self.bring(store, day, at: now) } catch let error as HubError {
                // A day that cannot be read any more must not hold up the days that can, nor what is still to come.
                guard case .daily(_, _, _, let putAside) = store, Self.isDamage(error) else { throw error }
                try await putAside(day)
                return try await Self.bring(store, day, at: now)
            }
        }
        opened[day] = task
        do { return try await task.value } catch {
            opened[day] = nil
            throw error
        }
    }

    private static func isDamage(_ error: HubError) -> Bool {
        ["store_damaged", "store_foreign"].contains(error.reason)
    }

    private static func bring(_ store: LogStore, _ day: LogDay, at now: Timestamp) async throws -> any Database {
        switch store {
        case .single(let database):
            _ = try await Migrator.bring(database, to: MonitoringSchema.logMigrations, at: now)
            return database
        case .daily(let open, _, _, _):
            let database = try await open(day)
            do { _ = try await Migrator.bring(database, to: MonitoringSchema.logMigrations, at: now) } catch {
                await database.close()
                throw error
            }
            return database
        }
    }
}
