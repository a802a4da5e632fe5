import AuditTrail
import Core
import Keys
import Ports
import Storage
import TestSupport

@testable import Monitoring

/// A store with audit events in it.
struct Chains {
    let database: any Database
    let clock = TestEffects()

    static func key(_ seed: UInt8 = 7) throws -> SigningKey {
        try SigningKey(seed: Secret([UInt8](repeating: seed, count: 32)))
    }

    func chainer(_ hub: String = "one", key seed: UInt8 = 7) throws -> Chainer {
        Chainer(database: database, effects: clock.effects, key: try Self.key(seed), hub: hub)
    }

    /// Records that many events, each in the transaction of a change.
    func record(_ count: Int, from first: Int = 1) async throws {
        let cause = clock.cause()
        try await database.write(.change) { writer in
            for index in first..<(first + count) {
                try writer.record(
                    AuditEvent(
                        .tokenIssued, on: .init("client", id: "id-\(index)", name: "client-\(index % 3)"), by: cause,
                        [.scope: "hr.read"]))
            }
        }
    }

    /// Chains events in batches of 50, as many ticks would; the key's own event comes with the first batch.
    func fill(_ count: Int) async throws {
        let chainer = try chainer()
        var first = 1
        while first <= count {
            try await record(min(50, count - first + 1), from: first)
            _ = try await chainer.runOnce()
            first += 50
        }
    }

    func run(_ sql: SQL) async throws {
        try await database.write(.bookkeeping("a test plays somebody with the database")) { _ = try $0.run(sql, []) }
    }

    func count(_ sql: SQL) async throws -> Int64 {
        try await database.read { try $0.row(sql, [])?.int("count") ?? -1 }
    }

    var audit: AuditLog { AuditLog(database: database) }
}

/// A call of an operation as an edge would make it: checked first.
func request(_ operation: Ports.Operation, _ sent: JSONObject, id: String = "") throws -> OperationRequest {
    let checked = try operation.check(sent)
    return OperationRequest(
        id: id, input: checked.input, secrets: checked.secrets, caller: .socket(uid: 0), cause: TestEffects().cause())
}
