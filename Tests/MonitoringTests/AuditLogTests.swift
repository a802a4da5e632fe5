import AuditTrail
import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import Monitoring

struct AuditLogTests {
    /// What somebody with the database does, and what verify must say then.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let name: String
        let statement: SQL
        let says: String
        var testDescription: String { name }
    }

    static let tamperings = [
        Tampering(
            name: "an event altered", statement: "UPDATE audit_chain SET event = '{}' WHERE n = 17",
            says: "broken at 17: event altered"),
        Tampering(
            name: "an event deleted", statement: "DELETE FROM audit_chain WHERE n = 150",
            says: "broken at 150: event missing"),
        Tampering(
            name: "the first event deleted", statement: "DELETE FROM audit_chain WHERE n = 1",
            says: "broken at 1: event missing"),
        Tampering(
            name: "the oldest deleted up to a checkpoint", statement: "DELETE FROM audit_chain WHERE n <= 51",
            says: "broken at 1: event missing"),
        Tampering(
            name: "the tail cut off", statement: "DELETE FROM audit_chain WHERE n > 260",
            says: "broken between 261 and 301: events that were signed are gone"),
        Tampering(
            name: "everything deleted but the checkpoints", statement: "DELETE FROM audit_chain WHERE n > 0",
            says: "broken between 1 and 301: events that were signed are gone"),
        Tampering(
            name: "the newest checkpoint deleted", statement: "DELETE FROM audit_checkpoint WHERE n = 301",
            says: "broken between 252 and 301: events behind the last signed checkpoint"),
        Tampering(
            name: "an event put in another's place",
            statement: "UPDATE audit_chain SET event = (SELECT event FROM audit_chain WHERE n = 61) WHERE n = 60",
            says: "broken at 60: event altered"),
        Tampering(
            name: "a checkpoint's time altered", statement: "UPDATE audit_checkpoint SET at = at + 1 WHERE n = 101",
            says: "broken between 52 and 101: a checkpoint's signature does not hold"),
        Tampering(
            name: "the key deleted", statement: "DELETE FROM audit_key WHERE key_id <> ''",
            says: "broken between 1 and 51: a checkpoint's signature does not hold"),
    ]

    @Test("verify names the first bad place", arguments: TestStore.allCases, tamperings)
    func tampering(store: TestStore, tampering: Tampering) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(300)
            let before = try await chains.audit.verify()
            #expect(before.says == "intact, chained to 301, 0 pending")
            try await chains.run(tampering.statement)
            let after = try await chains.audit.verify()
            #expect(after.says == tampering.says)
        }
    }

    @Test("a chain made anew under another key is not the hub's", arguments: TestStore.allCases)
    func otherKey(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(100)
            let own = AuditLog(database: database, own: try VerifyingKey(Chains.key().publicKey))
            let before = try await own.verify()
            #expect(before.says == "intact, chained to 101, 0 pending")
            try await chains.run("DELETE FROM audit_chain WHERE n > 0")
            try await chains.run("DELETE FROM audit_checkpoint WHERE n > 0")
            try await chains.record(10)
            _ = try await chains.chainer(key: 8).runOnce()
            // The store names the other key itself, so without its own the hub would believe it.
            let believing = try await chains.audit.verify()
            #expect(believing.verdict == .intact(from: 1, to: 11))
            let after = try await own.verify()
            #expect(after.says == "broken between 1 and 11: a checkpoint's signature does not hold")
            // Nor does the hub sign on behind it, which would vouch for all of it.
            try await chains.record(1, from: 11)
            let hub = Chainer(
                database: database, effects: chains.clock.effects, key: try Chains.key(), hub: "other",
                trusted: try VerifyingKey(Chains.key().publicKey))
            chains.clock.advance(seconds: 11)
            do {
                _ = try await hub.runOnce()
                Issue.record("the chain was continued")
            } catch let error as HubError { #expect(error.reason == "audit_chain_damaged") }
        }
    }

    @Test("a tail cut off with its checkpoint is caught by a witness", arguments: TestStore.allCases)
    func witness(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(100)
            let kept = try #require(try await chains.audit.verify().checkpoint?.text)
            try await chains.run("DELETE FROM audit_chain WHERE n > 51")
            try await chains.run("DELETE FROM audit_checkpoint WHERE n > 51")
            let alone = try await chains.audit.verify()
            #expect(alone.says == "intact, chained to 51, 0 pending")
            let verify = try #require(chains.audit.operations.first { $0.name == "audit-event.verify" })
            let answer = try await verify.run(request(verify, ["witness": .string(kept)]))
            #expect(answer["intact"]?.bool == false)
            #expect(answer["broken_at"]?.int == 52)
            #expect(answer["says"]?.string == "broken between 52 and 101: events that were signed are gone")
            #expect(answer.object?["checkpoint"] == nil, "nobody vouches for a broken chain")
            let damaged = kept.replacing("checkpoint v1 101 ", with: "checkpoint v1 51 ")
            let unjudged = try await verify.run(request(verify, ["witness": .string(damaged)]))
            #expect(unjudged["reason"]?.string == "witness_damaged")
            #expect(unjudged["intact"]?.bool == false && unjudged["broken_at"] == .null)
            #expect(unjudged["says"]?.string?.hasPrefix("the witness is not intact") == true)
            #expect(unjudged.object?["checkpoint"] == nil)
            let intact = try await verify.run(request(verify, [:]))
            #expect(intact["checkpoint"]?.string?.hasPrefix("linchpin-checkpoint v1 51 ") == true)
            await #expect(throws: HubError.self) {
                _ = try await verify.run(request(verify, ["witness": "linchpin-checkpoint v1 nonsense"]))
            }
        }
    }

    @Test("lists the newest first or what follows, by action, target, correlation", arguments: TestStore.allCases)
    func list(store: TestStore) async throws {
        try await store.with(MonitoringSchema.migrations) { database in
            let chains = Chains(database: database)
            try await chains.fill(60)
            let list = try #require(chains.audit.operations.first { $0.name == "audit-event.list" })
            func numbers(_ sent: JSONObject) async throws -> [Int64] {
                try await list.run(request(list, sent))["items"]?.array?.compactMap { $0["n"]?.int } ?? []
            }
            let newest = try await numbers(["most": "3"])
            #expect(newest == [61, 60, 59])
            let following = try await numbers(["after": "2", "most": "3"])
            #expect(following == [3, 4, 5])
            let byAction = try await numbers(["action": "audit.key_created"])
            #expect(byAction == [51])
            let byName = try await numbers(["target": "client-0", "most": "2"])
            #expect(byName == [61, 58])
            let byTarget = try await numbers(["target": "id-7", "after": "0"])
            #expect(byTarget == [7])
            let first = try await list.run(request(list, ["after": "0", "most": "1"]))
            let correlation = try #require(first["items"]?.array?.first?["correlation"]?.string)
            let byCorrelation = try await numbers(["correlation": .string(correlation)])
            #expect(byCorrelation == (1...50).map { Int64($0) })
            let none = try await numbers(["correlation": .string(correlation), "target": "nobody"])
            #expect(none.isEmpty)
        }
    }
}
