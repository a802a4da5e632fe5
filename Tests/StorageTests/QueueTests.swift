import Core
import Dispatch
import Storage
import Synchronization
import TestSupport
import Testing

/// The queue before a store: bounded, and finished before the store ends.
@Suite(.serialized) struct QueueTests {
    @Test("close() finishes what was accepted and refuses what comes later", arguments: TestStore.allCases)
    func close(_ store: TestStore) async throws {
        try await store.withPlace { place in
            let database = try await place.open()
            _ = try await Migrator.bring(database, to: [ContractRule.tables], at: Timestamp(epochSeconds: 1))
            let (entered, go) = AsyncStream<Void>.makeStream()
            let release = DispatchSemaphore(value: 0)
            let accepted = Task {
                try await database.write(.bookkeeping("test")) { writer in
                    go.yield()
                    #expect(release.wait(timeout: .now() + 20) == .success)
                    try writer.run("INSERT INTO item (id, n) VALUES ('kept', 1)", [])
                }
            }
            for await _ in entered { break }
            let closing = Task { await database.close() }
            // Some of these come before the close and are done, some after it and are refused; nothing is half.
            var outcomes: [Task<String, Never>] = []
            for number in 0..<50 { outcomes.append(Task { await reason { try await database.put("i\(number)") } }) }
            release.signal()
            await closing.value
            _ = try await accepted.value
            var done: Int64 = 1
            for outcome in outcomes {
                let outcome = await outcome.value
                #expect(["none", "store_closed"].contains(outcome))
                if outcome == "none" { done += 1 }
            }
            let late = await reason { try await database.put("late") }
            #expect(late == "store_closed")
            await database.close()
            let again = try await place.open()
            let count = try await again.count()
            let kept = try await again.number("kept")
            await again.close()
            #expect(count == done)
            #expect(kept == 1)
        }
    }

    @Test("a full queue refuses at once, and the store goes on", arguments: TestStore.allCases)
    func full(_ store: TestStore) async throws {
        try await store.with([ContractRule.tables]) { database in
            // SQLite takes up to a batch out of the queue before it is held.
            let busy = database.dialect == .postgres ? Limits.postgresConnections.value : 1
            let isFull = DispatchSemaphore(value: 0)
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<busy {
                    group.addTask {
                        await reason {
                            try await database.write(.bookkeeping("holds a connection")) { _ in
                                #expect(isFull.wait(timeout: .now() + 60) == .success)
                            }
                        }
                    }
                }
                for _ in 0..<(Limits.writeQueue.value + Limits.writeBatch.value + 100) {
                    group.addTask { await reason { try await database.write(.bookkeeping("waits")) { _ in } } }
                }
                var outcomes: [String: Int] = [:]
                for await outcome in group {
                    if outcome == "store_busy", outcomes[outcome] == nil { for _ in 0..<busy { isFull.signal() } }
                    outcomes[outcome, default: 0] += 1
                }
                return outcomes
            }
            #expect(outcomes["store_busy", default: 0] >= 1)
            #expect(outcomes["none", default: 0] >= Limits.writeQueue.value)
            #expect(Set(outcomes.keys) == ["none", "store_busy"])
            let after = await reason { try await database.put("after") }
            #expect(after == "none")
        }
    }

    @Test("where a write throws, the others of its batch are run again, and it is not")
    func again() async throws {
        try await TestStore.sqlite.with([ContractRule.tables]) { database in
            let (runs, at) = (MinuteCounter(), Timestamp(epochSeconds: 1))
            // Which come together is chance; that one comes behind another of its batch, in so many rounds, is not.
            for round in 0..<200 where runs.counted("kept", at: at) <= round * 20 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<30 {
                        let name = number.isMultiple(of: 3) ? "thrown" : "kept"
                        group.addTask {
                            let outcome = await reason {
                                try await database.write(.bookkeeping("test")) { writer in
                                    _ = runs.count(name, at: at)
                                    try writer.run(
                                        "INSERT INTO item (id, n) VALUES ($1, 1)", [.text("\(round)-\(number)")])
                                    if name == "thrown" { throw CancellationError() }
                                }
                            }
                            #expect(outcome == (name == "thrown" ? "CancellationError" : "none"))
                        }
                    }
                }
            }
            let kept = Int(try #require(try await database.count()))
            #expect(runs.counted("kept", at: at) > kept, "no batch was run again")
            #expect(kept.isMultiple(of: 20) && kept > 0)
            #expect(runs.counted("thrown", at: at) == kept / 2)
        }
    }
}
