import Core
import Ports
import TestSupport
import Testing

@testable import Monitoring

/// Each id that a caller was given leads an administrator somewhere, whether it has a row of its own or not.
struct LogSumsTests {
    let requests = Requests()

    private func flood(_ log: TransactionLog, _ count: Int) -> [String] {
        (0..<count).map { _ in
            let refusal = requests.refusal("", "token_missing")
            log.log(refusal)
            return refusal.correlation.text
        }
    }

    @Test("in a flood each id opens: by its row, or by what was counted in its minute", arguments: LogLayout.allCases)
    func everyIDOpens(layout: LogLayout) async throws {
        try await layout.with(requests.clock) { log in
            let ids = flood(log, Limits.refusalRows.value + 5)
            log.log(requests.refusal("hr"))
            for id in [ids[0], ids[Limits.refusalRows.value - 1]] {
                let answer = try await log.get(id)
                #expect(answer["items"]?.array?.count == 1)
                #expect(answer["summed"] == nil)
            }
            for id in ids.suffix(5) {
                let answer = try await log.get(id)
                #expect(answer["items"] == [])
                #expect(answer["says"]?.string?.contains("It stands for one of these refusals.") == true)
                let sums = answer["summed"]?.array ?? []
                #expect(sums.count == 1)
                #expect(sums.first?["correlation"]?.string == ids[0])
                #expect(sums.first?["reason"] == "token_missing")
                #expect(sums.first?["without_row"] == 5)
                #expect(sums.first?["decision"]?["deciding"]?.string == "scope")
            }
        }
    }

    @Test("it opens days later, until its minute is kept no more", arguments: LogLayout.allCases)
    func later(layout: LogLayout) async throws {
        try await layout.with(requests.clock, kept: 2) { log in
            let last = try #require(flood(log, Limits.refusalRows.value + 1).last)
            try await log.flush()
            requests.clock.advance(seconds: 2 * 86_400)
            let found = try await log.get(last)["summed"]?.array?.count
            #expect(found == 1)
            requests.clock.advance(seconds: 86_400)
            await #expect(throws: HubError.self) { try await log.get(last) }
        }
    }

    @Test("an id of another minute, or of a minute in which all was kept, leads nowhere", arguments: LogLayout.allCases)
    func elsewhere(layout: LogLayout) async throws {
        try await layout.with(requests.clock) { log in
            let early = CorrelationID.new(requests.clock.effects)
            requests.clock.advance(seconds: 180)
            _ = flood(log, Limits.refusalRows.value + 1)
            requests.clock.advance(seconds: 180)
            _ = flood(log, Limits.refusalRows.value)
            let late = CorrelationID.new(requests.clock.effects)
            for id in [early, late] {
                let error = await #expect(throws: HubError.self) { try await log.get(id.text) }
                #expect(error?.reason == "unknown_transaction")
            }
        }
    }

    @Test("an id whose read was dropped says so", arguments: LogLayout.allCases)
    func droppedRead(layout: LogLayout) async throws {
        try await layout.with(requests.clock) { log in
            for _ in 0..<Limits.logQueue.value { log.log(requests.one()) }
            let read = requests.one()
            log.log(read)
            let answer = try await log.get(read.correlation.text)
            #expect(answer["summed"] == [])
            #expect(answer["dropped"] == ["reads": 1, "others": 0])
            #expect(answer["says"]?.string?.contains("one of those dropped.") == true)
        }
    }
}
