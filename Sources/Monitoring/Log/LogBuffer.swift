import Core
import Ports

/// One transaction on its way to the store.
struct LogRow: Sendable, Equatable {
    /// Unique, and the same when a batch is written again.
    let id: String
    var transaction: Transaction
    /// A summed refusal: the correlation id of the first of its kind in that minute, which carries the decision.
    var firstOf: CorrelationID?
}

/// What goes to the store at once.
struct LogBatch: Sendable, Equatable {
    /// How often a refusal came again within its minute; the row that it stands on, and the whole count so far.
    struct Repeat: Sendable, Equatable {
        let key: LogBuffer.Key
        let at: Timestamp
        let id: String
        let count: Int64
    }
    /// What was not kept.
    struct Dropped: Sendable, Equatable {
        /// Allowed reads, and other allowed calls of nobody.
        var reads: Int64 = 0
        /// Anything else, past the reserve.
        var others: Int64 = 0
        /// Refusals that are in a count and have no row of their own.
        var refusals: Int64 = 0
    }
    var rows: [LogRow] = []
    var repeats: [Repeat] = []
    var dropped = Dropped()

    var isEmpty: Bool { rows.isEmpty && repeats.isEmpty && dropped == Dropped() }
}

/// Decides what is kept, summed and dropped. No I/O and no clock: every case is a plain unit test.
///
/// Allowed reads, and what strangers were allowed, give way first. Everything else may go past the bound by a
/// reserve; only past that, when the store has taken nothing for long, it is counted instead of kept.
struct LogBuffer {
    private struct Sum {
        let at: Timestamp
        let id: String
        let first: CorrelationID
        /// The first one's method and path, hashed: a path may be long.
        let call: Int
        var count: Int64 = 0
    }
    /// Refusals that are summed together.
    struct Key: Hashable {
        let direction: String
        let user: String
        let client: String
        let reason: String
        let minute: Int64
    }

    private let run: String
    private let bound: Int
    private let reserve: Int
    private let rowsPerMinute: Int64
    private var serial = 0
    private var reads = LogLine()
    private var others = LogLine()
    private var sums: [Key: Sum] = [:]
    /// Those whose count the store does not know yet.
    private var changed: Set<Key> = []
    private var newestMinute = Int64.min
    private(set) var dropped = LogBatch.Dropped()

    /// - Parameter run: tells this process's rows from all others'.
    init(
        run: String, bound: Int = Limits.logQueue.value, reserve: Int = Limits.logReserve.value,
        rowsPerMinute: Int = Limits.refusalRows.value
    ) {
        self.run = run
        self.bound = bound
        self.reserve = reserve
        self.rowsPerMinute = Int64(rowsPerMinute)
    }

    /// How many rows wait.
    var waiting: Int { reads.count + others.count }
    /// How many calls of `take` it takes until nothing waits.
    func turns(of most: Int) -> Int { waiting / most + changed.count / most + 2 }

    mutating func add(_ transaction: Transaction) {
        if transaction.outcome == .refused { sum(transaction) } else { keep(row(transaction)) }
    }

    /// Takes at most that many rows, as many of the counts that changed, and what was dropped.
    mutating func take(_ most: Int) -> LogBatch {
        var batch = LogBatch()
        batch.rows = others.take(most)
        batch.rows += reads.take(most - batch.rows.count)
        // A count goes after the row that it stands on, so only once no refusal waits.
        if others.count == 0 { batch.repeats = takeRepeats(most) }
        batch.dropped = dropped
        dropped = .init()
        return batch
    }

    /// Takes back a batch that could not be written. Reads beyond the bound are dropped and counted.
    mutating func putBack(_ batch: LogBatch) {
        others.putBack(batch.rows.filter { !Self.givesWay($0.transaction) })
        reads.putBack(batch.rows.filter { Self.givesWay($0.transaction) })
        let excess = min(reads.count, max(0, waiting - bound))
        reads.drop(excess)
        dropped.reads += Int64(excess) + batch.dropped.reads
        dropped.others += batch.dropped.others
        dropped.refusals += batch.dropped.refusals
        for again in batch.repeats {
            if sums[again.key]?.id == again.id {
                changed.insert(again.key)
            } else {
                // Its minute is over and forgotten: keep the number at least among what has no row.
                dropped.refusals += again.count
            }
        }
    }

    /// Reads, and what a stranger sends to a route that is open to all, such as a form: a flood of either is no evidence.
    private static func givesWay(_ transaction: Transaction) -> Bool {
        guard transaction.outcome == .allowed else { return false }
        let isOfNobody = transaction.direction == .inbound && transaction.user == "-" && transaction.client == "-"
        return isOfNobody || ["GET", "HEAD"].contains(transaction.method)
    }

    private mutating func row(_ transaction: Transaction, firstOf: CorrelationID? = nil) -> LogRow {
        serial += 1
        return LogRow(id: "\(run)-\(serial)", transaction: transaction, firstOf: firstOf)
    }

    @discardableResult private mutating func keep(_ row: LogRow) -> Bool {
        if Self.givesWay(row.transaction) {
            if waiting < bound { reads.append(row) } else { dropped.reads += 1 }
            return true
        }
        if waiting >= bound, reads.count > 0 {
            reads.drop(1)
            dropped.reads += 1
        }
        guard waiting < bound + reserve else {
            dropped.others += 1
            return false
        }
        others.append(row)
        return true
    }

    /// Keeps the first refusal of its kind in a minute in full, the next ones by id, the rest as a count.
    private mutating func sum(_ transaction: Transaction) {
        let minute = transaction.at.epochMilliseconds / 60_000
        forgetSums(before: minute)
        let key = Key(
            direction: transaction.direction.rawValue, user: transaction.user, client: transaction.client,
            reason: transaction.reason, minute: minute)
        guard var known = sums[key] else {
            let full = row(transaction)
            if keep(full), sums.count < Limits.refusalSums.value {
                sums[key] = Sum(
                    at: transaction.at, id: full.id, first: transaction.correlation, call: Self.call(transaction))
            }
            return
        }
        known.count += 1
        sums[key] = known
        changed.insert(key)
        guard known.count < rowsPerMinute else {
            dropped.refusals += 1
            return
        }
        var short = transaction
        // What the first one keeps tells of the same call only.
        if Self.call(transaction) == known.call { (short.decision, short.about) = (nil, nil) }
        keep(row(short, firstOf: known.first))
    }

    private static func call(_ transaction: Transaction) -> Int {
        var hasher = Hasher()
        hasher.combine(transaction.method)
        hasher.combine(transaction.path)
        hasher.combine(transaction.about)
        return hasher.finalize()
    }

    /// Minutes that are over need no more counting; one is left, for refusals that end later than they began.
    private mutating func forgetSums(before minute: Int64) {
        guard minute > newestMinute else { return }
        newestMinute = minute
        sums = sums.filter { $0.key.minute >= minute - 1 || changed.contains($0.key) }
    }

    private mutating func takeRepeats(_ most: Int) -> [LogBatch.Repeat] {
        let keys = changed.prefix(most)
        changed.subtract(keys)
        let found = keys.compactMap { key in
            sums[key].map { LogBatch.Repeat(key: key, at: $0.at, id: $0.id, count: $0.count) }
        }
        return found.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }
}
