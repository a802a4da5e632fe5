import AuditTrail
import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import Monitoring

struct ChainerTests {
    @Test("events are numbered, signed and taken away, the key's own among them", arguments: TestStore.allCases)
    func chains(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            let idle = try await chains.chainer().runOnce()
            #expect(idle == 0)
            try await chains.record(5)
            let before = try await chains.audit.verify()
            #expect(before.says == "intact, chained to 0, 5 pending")
            let moved = try await chains.chainer().runOnce()
            #expect(moved == 6)
            let again = try await chains.chainer().runOnce()
            #expect(again == 0)
            let after = try await chains.audit.verify()
            #expect(after.says == "intact, chained to 6, 0 pending")
            #expect(after.checkpoint?.n == 6)
            let key = try Chains.key().id
            #expect(after.checkpoint?.keyID == key)
        }
    }

    @Test("one batch is bounded; the rest waits for the next", arguments: TestStore.allCases)
    func bounded(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.record(Limits.auditBatch.value + 10)
            let first = try await chains.chainer().runOnce()
            #expect(first == Limits.auditBatch.value)
            let second = try await chains.chainer().runOnce()
            #expect(second == 11)
            let end = try await chains.audit.verify()
            #expect(end.says == "intact, chained to \(Limits.auditBatch.value + 11), 0 pending")
        }
    }

    @Test("several hubs at once never fork the chain and lose no event", arguments: TestStore.allCases)
    func race(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            let hubs = try [
                chains.chainer("one", key: 7), chains.chainer("two", key: 8), chains.chainer("one", key: 7),
            ]
            var moved = 0
            for round in 0..<20 {
                try await chains.record(3, from: round * 3 + 1)
                moved += try await withThrowingTaskGroup(of: Int.self) { group in
                    for hub in hubs { group.addTask { try await hub.runOnce() } }
                    return try await group.reduce(0, +)
                }
                // The lease runs out, so that the other hub gets its turn too.
                chains.clock.advance(seconds: 11)
            }
            let chained = try await chains.count("SELECT count(*) AS count FROM audit_chain")
            let keys = try await chains.count("SELECT count(*) AS count FROM audit_key")
            #expect(chained == Int64(moved))
            #expect(chained == 60 + keys)
            let end = try await chains.audit.verify()
            #expect(end.says == "intact, chained to \(chained), 0 pending")
        }
    }

    @Test("while another hub has the lease nothing is chained; when it runs out, it is", arguments: TestStore.allCases)
    func lease(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.record(1)
            _ = try await chains.chainer("one").runOnce()
            try await chains.record(1, from: 2)
            let kept = try await chains.chainer("two", key: 8).runOnce()
            #expect(kept == 0)
            let keys = try await chains.count("SELECT count(*) AS count FROM audit_key")
            #expect(keys == 1)
            chains.clock.advance(seconds: 11)
            let taken = try await chains.chainer("two", key: 8).runOnce()
            #expect(taken == 2)
            let end = try await chains.audit.verify()
            #expect(end.says == "intact, chained to 4, 0 pending")
        }
    }

    @Test("stopped before any statement it leaves the old chain; repeated, the new one", arguments: TestStore.allCases)
    func stopped(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(3)
            try await chains.record(3, from: 4)
            var stops = 0
            while stops < 100 {
                let chainer = Chainer(
                    database: StoppingDatabase(database, after: stops), effects: chains.clock.effects,
                    key: try Chains.key(), hub: "one")
                do {
                    let moved = try await chainer.runOnce()
                    #expect(moved == 3)
                    break
                } catch is Stopped {
                    stops += 1
                    let state = try await chains.audit.verify()
                    #expect(state.says == "intact, chained to 4, 3 pending")
                }
            }
            #expect((9..<100).contains(stops))
            let end = try await chains.audit.verify()
            #expect(end.says == "intact, chained to 7, 0 pending")
        }
    }

    @Test("a chain that lost its tail is not continued", arguments: TestStore.allCases)
    func damaged(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(10)
            try await chains.run("DELETE FROM audit_chain WHERE n > 8")
            try await chains.record(1)
            do {
                _ = try await chains.chainer().runOnce()
                Issue.record("the chain was continued")
            } catch let error as HubError { #expect(error.reason == "audit_chain_damaged") }
            let pending = try await chains.count("SELECT count(*) AS count FROM audit_pending")
            #expect(pending == 1)
        }
    }

    @Test("a lease changes hands by its end only, and its fence only grows", arguments: TestStore.allCases)
    func fences(store: TestStore) async throws {
        try await store.with([]) { database in
            let now = Timestamp(epochSeconds: 1_790_000_000)
            let holds = try await database.write(.bookkeeping("test")) { writer -> [Int64?] in
                let first = try Lease.acquire("a", holder: "one", at: now, seconds: 10, in: writer)
                let other = try Lease.acquire("a", holder: "two", at: now.adding(seconds: 9), seconds: 10, in: writer)
                guard let first else { return [] }
                let renewed = try Lease.renew(first, at: now.adding(seconds: 9), seconds: 10, in: writer)
                let late = try Lease.acquire("a", holder: "two", at: now.adding(seconds: 19), seconds: 10, in: writer)
                let lost = try Lease.renew(first, at: now.adding(seconds: 19), seconds: 10, in: writer)
                let given = try Lease.release(first, in: writer)
                guard let late else { return [] }
                let released = try Lease.release(late, in: writer)
                let next = try Lease.acquire("a", holder: "one", at: now.adding(seconds: 19), seconds: 1, in: writer)
                #expect(renewed && !lost && !given && released)
                return [first.fence, other?.fence, late.fence, next?.fence]
            }
            #expect(holds == [1, nil, 2, 3])
        }
    }
}
