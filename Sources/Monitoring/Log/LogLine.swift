/// Rows that wait, in their order. Taking some moves no other: this happens under the lock that every request takes.
struct LogLine {
    private var rows: [LogRow] = []
    private var taken = 0

    var count: Int { rows.count - taken }

    mutating func append(_ row: LogRow) { rows.append(row) }

    /// Takes at most that many from the front.
    mutating func take(_ most: Int) -> [LogRow] {
        let part = Array(rows[taken...].prefix(most))
        taken += part.count
        if taken == rows.count {
            (rows, taken) = ([], 0)
        } else if taken > rows.count / 2 {
            rows.removeFirst(taken)
            taken = 0
        }
        return part
    }

    /// Puts rows to the front again.
    mutating func putBack(_ earlier: [LogRow]) {
        rows = earlier + rows[taken...]
        taken = 0
    }

    /// Drops that many from the end.
    mutating func drop(_ count: Int) { rows.removeLast(count) }
}
