import Core
import Ports
import TestSupport
import Testing

@testable import Monitoring

struct LogSummaryTests {
    let requests = Requests()

    private func log(
        _ log: TransactionLog, _ count: Int, took: Int64, _ outcome: Transaction.Outcome = .allowed,
        _ direction: Transaction.Direction = .inbound, client: String = "hr"
    ) {
        for _ in 0..<count {
            var one = requests.one("POST", outcome, client: client)
            one.direction = direction
            one.microseconds = took
            log.log(one)
        }
    }

    private func summary(_ log: TransactionLog) async throws -> JSON {
        let operation = try #require(log.operations.first { $0.name == "transaction.summarize" })
        let cause = requests.clock.cause()
        let caller = Principal.socket(uid: 0)
        return try await operation.run(OperationRequest(id: "", input: [:], secrets: [:], caller: caller, cause: cause))
    }

    @Test("an hour without requests", arguments: LogLayout.allCases)
    func empty(layout: LogLayout) async throws {
        try await layout.with(requests.clock) { log in
            let hour = try await summary(log)
            #expect(hour["in"] == 0)
            #expect(hour["median_microseconds"] == .null)
            #expect(hour["minutes"]?.array?.count == 60)
            #expect(hour["clients"] == [])
        }
    }

    @Test("counts, times and clients of the last hour, over midnight too", arguments: LogLayout.allCases)
    func counts(layout: LogLayout) async throws {
        // The clock stands at 14:13; this goes on to 23:30.
        requests.clock.advance(seconds: 33_400)
        try await layout.with(requests.clock) { log in
            self.log(log, 5, took: 999)
            requests.clock.advance(seconds: 1_200)
            self.log(log, 90, took: 1_234)
            self.log(log, 4, took: 2, .failed, .outbound)
            requests.clock.advance(seconds: 2_400)
            self.log(log, 9, took: 456_789, client: "payroll")
            self.log(log, 1, took: 50, .failed)
            log.log(requests.refusal("payroll"))
            let hour = try await summary(log)
            #expect(hour["in"] == 106)
            #expect(hour["out"] == 4)
            #expect(hour["refused"] == 1)
            #expect(hour["failed"] == 5)
            #expect(hour["median_microseconds"] == 1_200)
            #expect(hour["p95_microseconds"] == 450_000)
            #expect(
                hour["clients"] == [
                    ["client": "hr", "requests": 96, "refused": 0],
                    ["client": "payroll", "requests": 10, "refused": 1],
                ])
            #expect(hour["refusals"]?.array?.count == 1)
            let minutes = hour["minutes"]?.array ?? []
            #expect(minutes.last == ["allowed": 10, "refused": 1])
            #expect(minutes.compactMap { $0["allowed"]?.int }.reduce(0, +) == 109)
        }
    }

    @Test("refusals that are only counted are in the number", arguments: LogLayout.allCases)
    func summed(layout: LogLayout) async throws {
        try await layout.with(requests.clock) { log in
            for _ in 0..<(Limits.refusalRows.value + 7) { log.log(requests.refusal()) }
            let hour = try await summary(log)
            #expect(hour["refused"]?.int == Int64(Limits.refusalRows.value + 7))
            #expect(hour["refusals"]?.array?.count == 8)
        }
    }
}
