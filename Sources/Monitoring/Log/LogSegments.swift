import Core
import Storage

/// The open databases of the log, at most one a kept day. Brings each to its schema when it is first used.
actor LogSegments {
    private let store: LogStore
    private let effects: Effects
    private var opened: [LogDay: Task<any Database, any Error>] = [:]

    /// The day under which the one database of `.single` stands.
    private static let always = LogDay(Timestamp(epochSeconds: 0))

    init(_ store: LogStore, _ effects: Effects) {
        self.store = store
        self.effects = effects
    }

    /// The database that a day's rows go to.
    func database(for day: LogDay) async throws -> any Database {
        switch store {
        case .single: try await ready(Self.always)
        case .daily: try await ready(day)
        }
    }

    /// The databases that may hold rows since that day, the newest first.
    func databases(since oldest: LogDay) async throws -> [any Database] {
        switch store {
        case .single: return [try await ready(Self.always)]
        case .daily(_, let days, _):
            var found: [any Database] = []
            for day in try await days().sorted(by: >) where day >= oldest { found.append(try await ready(day)) }
            return found
        }
    }

    /// Removes what is older than that day; of one database for all days, one bounded batch of rows.
    func remove(before oldest: LogDay) async throws {
        switch store {
        case .single:
            try await ready(Self.always).write(.bookkeeping("retention of the transaction log")) { writer in
                try LogRows.delete(before: oldest.start, in: writer)
            }
        case .daily(_, let days, let remove):
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

    /// Two callers at once share one opening; a failed one is forgotten, so that the next caller tries again.
    private func ready(_ day: LogDay) async throws -> any Database {
        if let task = opened[day] { return try await task.value }
        let (store, now) = (store, effects.now())
        let task = Task<any Database, any Error> {
            let database =
                switch store {
                case .single(let database): database
                case .daily(let open, _, _): try await open(day)
                }
            _ = try await Migrator.bring(database, to: MonitoringSchema.logMigrations, at: now)
            return database
        }
        opened[day] = task
        do { return try await task.value } catch {
            opened[day] = nil
            throw error
        }
    }
}
