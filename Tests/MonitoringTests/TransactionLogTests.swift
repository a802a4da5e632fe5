import Core
import Foundation
import Ports
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import Monitoring

struct TransactionLogTests {
    /// The two ways in which a log lies: one database a day, and one for all.
    enum Layout: String, CaseIterable, Sendable { case daily, single, postgres }

    let requests = Requests()

    private func with(_ layout: Layout, kept: Int = 30, _ body: (TransactionLog) async throws -> Void) async throws {
        switch layout {
        case .single, .postgres:
            try await (layout == .single ? TestStore.sqlite : .postgres).with([]) { database in
                try await body(
                    TransactionLog(store: .single(database), effects: requests.clock.effects, keptDays: kept))
            }
        case .daily:
            let folder = FileManager.default.temporaryDirectory.appending(path: "linchpin-log-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let log = TransactionLog(store: Self.daily(folder), effects: requests.clock.effects, keptDays: kept)
            try await body(log)
            try await log.close()
        }
    }

    private static func daily(_ folder: URL) -> LogStore {
        .daily(
            open: { try SQLiteDatabase(path: folder.appending(path: "log-\($0.text).sqlite").path) },
            days: {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).compactMap { name in
                    name.hasSuffix(".sqlite") ? LogDay(String(name.dropFirst(4).dropLast(7))) : nil
                }
            },
            remove: { day in
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
                where name.hasPrefix("log-\(day.text).sqlite") {
                    try FileManager.default.removeItem(at: folder.appending(path: name))
                }
            })
    }

    private func get(_ log: TransactionLog, _ id: String) async throws -> JSON {
        let get = try #require(log.operations.first { $0.name == "transaction.get" })
        return try await get.run(request(get, [:], id: id))
    }

    private func list(_ log: TransactionLog, _ sent: JSONObject = [:]) async throws -> JSON {
        let list = try #require(log.operations.first { $0.name == "transaction.list" })
        return try await list.run(request(list, sent))
    }

    @Test("every refusal opens by its correlation id with the decision, summed ones too", arguments: Layout.allCases)
    func refusals(layout: Layout) async throws {
        try await with(layout) { log in
            let all = (0..<4).map { _ in requests.refusal() }
            for refusal in all { log.log(refusal) }
            for refusal in all {
                let answer = try await get(log, refusal.correlation.text)
                let items = answer["items"]?.array ?? []
                #expect(items.count == 1)
                #expect(items.first?["decision"]?["deciding"]?.string == "scope")
            }
            let first = try await get(log, all[0].correlation.text)
            #expect(first["items"]?.array?.first?["repeated"]?.int == 3)
            let other = try await get(log, all[3].correlation.text)
            #expect(other["items"]?.array?.first?["summed_with"]?.string == all[0].correlation.text)
        }
    }

    @Test("what happened under one id is found across days, oldest first", arguments: Layout.allCases)
    func acrossDays(layout: Layout) async throws {
        try await with(layout) { log in
            var inbound = requests.one("POST")
            inbound.microseconds = 1500
            log.log(inbound)
            requests.clock.advance(seconds: 86_400)
            var outbound = Transaction(
                .outbound, inbound.correlation, at: requests.clock.now, method: "POST",
                path: "/api/v1/users/{user_id}/lifecycle/suspend")
            outbound.connection = "okta-prod"
            outbound.action = "okta.suspend_user"
            outbound.status = 200
            log.log(outbound)
            let items = try await get(log, inbound.correlation.text)["items"]?.array ?? []
            #expect(items.map { $0["direction"]?.string } == ["in", "out"])
            #expect(items.first?["microseconds"]?.int == 1500)
            #expect(items.last?["action"]?.string == "okta.suspend_user")
            let newest = try await list(log)["items"]?.array ?? []
            #expect(newest.map { $0["direction"]?.string } == ["out", "in"])
        }
    }

    @Test("the list filters, is bounded and shows what was dropped", arguments: Layout.allCases)
    func filters(layout: Layout) async throws {
        try await with(layout) { log in
            for _ in 0..<3 { log.log(requests.one()) }
            log.log(requests.one("POST", client: "payroll"))
            requests.clock.advance(seconds: 60)
            log.log(requests.refusal("payroll"))
            log.log(requests.one("POST", .failed))
            func count(_ sent: JSONObject) async throws -> Int? { try await list(log, sent)["items"]?.array?.count }
            let counts = [
                try await count([:]), try await count(["most": "2"]), try await count(["client": "payroll"]),
                try await count(["client": "payroll", "outcome": "refused"]), try await count(["outcome": "failed"]),
                try await count(["direction": "out"]),
                try await count(["since": .string(requests.clock.now.rfc3339)]),
            ]
            #expect(counts == [6, 2, 2, 1, 1, 0, 2])
            for _ in 0..<(Limits.logQueue.value + 7) { log.log(requests.one()) }
            #expect(log.condition.droppedReads == 7)
            let dropped = try await list(log, ["most": "1"])["dropped"]?["reads"]?.int
            #expect(dropped == 7)
            #expect(log.condition == .init(waiting: 0, droppedReads: 7, droppedOthers: 0, failure: nil))
        }
    }

    @Test("an unknown id says how long rows are kept", arguments: Layout.allCases)
    func unknown(layout: Layout) async throws {
        try await with(layout) { log in
            for id in [CorrelationID.new(requests.clock.effects).text, "nonsense"] {
                do {
                    _ = try await get(log, id)
                    Issue.record("was found")
                } catch let error as HubError {
                    #expect(error.kind == .notFound)
                    #expect(id == "nonsense" || error.message.contains("30 days"))
                    #expect(!error.message.contains("nonsense"))
                }
            }
        }
    }

    @Test("days beyond the kept ones go, the kept ones stay", arguments: Layout.allCases)
    func retention(layout: Layout) async throws {
        try await with(layout, kept: 2) { log in
            let old = requests.one("POST")
            log.log(old)
            try await log.flush()
            requests.clock.advance(seconds: 2 * 86_400)
            let young = requests.one("POST")
            log.log(young)
            try await log.sweep()
            let both = try await list(log)["items"]?.array?.count
            #expect(both == 2)
            requests.clock.advance(seconds: 86_400)
            try await log.sweep()
            let left = try await list(log)["items"]?.array?.map { $0["correlation"]?.string }
            #expect(left == [young.correlation.text])
        }
    }

    @Test("a flush that fails keeps the rows and says so; the next one writes them once")
    func failure() async throws {
        try await TestStore.sqlite.with([]) { database in
            let isFull = Mutex(true)
            let log = TransactionLog(
                store: .daily(
                    open: { _ in
                        if isFull.withLock({ $0 }) { throw HubError(.unavailable, "disk_full", "The disk is full.") }
                        return database
                    }, days: { [LogDay(requests.clock.now)] }, remove: { _ in }), effects: requests.clock.effects)
            let refusal = requests.refusal()
            log.log(refusal)
            await #expect(throws: HubError.self) { try await log.flush() }
            #expect(log.condition.waiting == 1)
            #expect(log.condition.failure?.contains("disk_full") == true)
            isFull.withLock { $0 = false }
            try await log.flush()
            try await log.flush()
            #expect(log.condition == .init(waiting: 0, droppedReads: 0, droppedOthers: 0, failure: nil))
            let items = try await get(log, refusal.correlation.text)["items"]?.array?.count
            #expect(items == 1)
        }
    }

    @Test("many callers at once lose nothing")
    func concurrent() async throws {
        try await with(.daily) { log in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<100 { log.log(requests.one("POST")) }
                        try await log.flush()
                    }
                }
                try await group.waitForAll()
            }
            #expect(log.condition.waiting == 0)
            let items = try await list(log)["items"]?.array?.count
            #expect(items == Limits.pageRows.value)
        }
    }

    @Test("days have names, and nothing else is one")
    func days() {
        let day = LogDay(Timestamp(epochSeconds: 1_795_294_561))
        #expect(day.text == "2026-11-21")
        #expect(LogDay("2026-11-21") == day)
        #expect(day.earlier(by: 21).text == "2026-10-31")
        #expect(LogDay(Timestamp(epochMilliseconds: -1)).text == "1969-12-31")
        for text in ["", "2026-11-2", "2026-02-30", "../../etc/pw"] { #expect(LogDay(text) == nil) }
    }
}
