import Core
import Ports
import TestSupport
import Testing

@testable import Monitoring

/// Transactions for tests; each has a correlation id of its own.
struct Requests {
    let clock = TestEffects()

    func one(
        _ method: String = "GET", _ outcome: Transaction.Outcome = .allowed, client: String = "hr", reason: String = ""
    ) -> Transaction {
        var transaction = Transaction(
            .inbound, .new(clock.effects), at: clock.now, method: method, path: "/api/now/table/hr_leaver")
        transaction.outcome = outcome
        transaction.client = client
        transaction.reason = reason
        transaction.status = outcome == .allowed ? 200 : 403
        if outcome == .refused { transaction.decision = LateJSON { ["allowed": false, "deciding": "scope"] } }
        return transaction
    }

    func refusal(_ client: String = "hr", _ reason: String = "scope_missing") -> Transaction {
        one("GET", .refused, client: client, reason: reason)
    }
}

struct LogBufferTests {
    let requests = Requests()

    private func buffer(bound: Int = 5, reserve: Int = 3, rows: Int = 3) -> LogBuffer {
        LogBuffer(run: "r", bound: bound, reserve: reserve, rowsPerMinute: rows)
    }

    @Test("a full buffer drops allowed reads and counts them")
    func reads() {
        var buffer = buffer()
        for _ in 0..<8 { buffer.add(requests.one()) }
        #expect(buffer.waiting == 5)
        #expect(buffer.take(100).dropped == LogBatch.Dropped(reads: 3, others: 0, refusals: 0))
        #expect(buffer.take(100).isEmpty)
    }

    @Test("rows leave in their order, in parts, and after some were put back")
    func order() {
        var buffer = buffer(bound: 100)
        let sent = (0..<10).map { _ in requests.one("POST") }
        sent.forEach { buffer.add($0) }
        let first = buffer.take(3)
        buffer.putBack(first)
        let later = requests.one("POST")
        buffer.add(later)
        let rows = [3, 1, 6, 5].flatMap { buffer.take($0).rows }
        #expect(rows.map(\.transaction.correlation) == (sent + [later]).map(\.correlation))
        #expect(buffer.waiting == 0)
    }

    @Test("HEAD is a read, and what nobody was allowed to do is no evidence: neither gets the reserve")
    func strangers() {
        var buffer = buffer()
        for _ in 0..<5 { buffer.add(requests.one("POST")) }
        buffer.add(requests.one("HEAD"))
        buffer.add(requests.one("POST", client: "-"))
        #expect(buffer.waiting == 5)
        #expect(buffer.dropped == LogBatch.Dropped(reads: 2, others: 0, refusals: 0))
        buffer.add(requests.one("POST", .failed, client: "-"))
        #expect(buffer.waiting == 6)
    }

    @Test("counts are taken a bounded number at a time, and all of them in the end")
    func boundedCounts() {
        var buffer = buffer(bound: 100)
        for index in 0..<5 { for _ in 0..<2 { buffer.add(requests.refusal("client-\(index)")) } }
        #expect(buffer.take(20).repeats.count == 5)
        for index in 0..<5 { buffer.add(requests.refusal("client-\(index)")) }
        var turns: [Int] = []
        for _ in 0..<buffer.turns(of: 2) { turns.append(buffer.take(2).repeats.count) }
        #expect(turns.reduce(0, +) == 5 && turns.allSatisfy { $0 <= 2 })
    }

    @Test("refusals, failures and changes push reads out, then use the reserve, then are counted")
    func others() {
        var buffer = buffer()
        for _ in 0..<5 { buffer.add(requests.one()) }
        for index in 0..<5 { buffer.add(requests.refusal("client-\(index)")) }
        #expect(buffer.waiting == 5)
        #expect(buffer.dropped.reads == 5)
        buffer.add(requests.one("POST"))
        buffer.add(requests.one("GET", .failed))
        buffer.add(requests.one("DELETE"))
        buffer.add(requests.one())
        #expect(buffer.waiting == 8)
        #expect(buffer.dropped == LogBatch.Dropped(reads: 6, others: 0, refusals: 0))
        buffer.add(requests.one("POST"))
        #expect(buffer.dropped.others == 1)
        let kept = buffer.take(100).rows.map(\.transaction.outcome)
        #expect(kept.count { $0 == .refused } == 5)
    }

    @Test("refusals of one principal for one reason: the first in full, some by id, the rest as a count")
    func summing() {
        var buffer = buffer(bound: 100)
        let all = (0..<10).map { _ in requests.refusal() }
        for refusal in all { buffer.add(refusal) }
        buffer.add(requests.refusal("hr", "another_reason"))
        buffer.add(requests.refusal("payroll"))
        let batch = buffer.take(100)
        #expect(batch.rows.map { $0.transaction.decision != nil } == [true, false, false, true, true])
        #expect(batch.rows.map(\.firstOf) == [nil, all[0].correlation, all[0].correlation, nil, nil])
        #expect(batch.rows.map(\.transaction.correlation).prefix(3) == all.map(\.correlation).prefix(3))
        #expect(batch.repeats.map(\.at) == [all[0].at])
        #expect(batch.repeats.map(\.id) == [batch.rows[0].id])
        #expect(batch.repeats.map(\.count) == [9])
        #expect(batch.dropped.refusals == 7)

        buffer.add(requests.refusal())
        let later = buffer.take(100)
        #expect(later.rows.isEmpty)
        #expect(later.repeats.map(\.count) == [10])

        requests.clock.advance(seconds: 60)
        buffer.add(requests.refusal())
        #expect(buffer.take(100).rows.map { $0.transaction.decision != nil } == [true])
    }

    @Test("a batch that is put back comes again, counts too, and only reads give way to the bound")
    func putBack() {
        var buffer = buffer()
        for _ in 0..<3 { buffer.add(requests.one()) }
        for _ in 0..<5 { buffer.add(requests.refusal()) }
        let batch = buffer.take(100)
        #expect(batch.rows.count == 5)
        for _ in 0..<4 { buffer.add(requests.one("POST")) }
        buffer.putBack(batch)
        let again = buffer.take(100)
        #expect(again.rows.prefix(3).map(\.id) == batch.rows.filter { $0.transaction.outcome == .refused }.map(\.id))
        #expect(again.rows.count { $0.transaction.method == "POST" } == 4)
        #expect(again.repeats == batch.repeats)
        #expect(again.dropped.reads == batch.dropped.reads + 2)
        #expect(again.dropped.refusals == batch.dropped.refusals)
    }

    @Test("sums are bounded: past the bound each refusal is kept in full")
    func manyCallers() {
        var buffer = LogBuffer(run: "r", bound: 100_000, reserve: 0, rowsPerMinute: 1)
        for index in 0..<(Limits.refusalSums.value + 1) { buffer.add(requests.refusal("client-\(index)")) }
        let last = "client-\(Limits.refusalSums.value)"
        buffer.add(requests.refusal(last))
        #expect(buffer.waiting == Limits.refusalSums.value + 2)
        buffer.add(requests.refusal("client-0"))
        #expect(buffer.waiting == Limits.refusalSums.value + 2)
    }
}
