import AuditTrail
import Core
import Hub
import Keys
import Monitoring
import Storage
import StorageSQLite

extension Figure {
    /// The audit trail by itself, without HTTP.
    static let audit = Figure(name: "audit", says: "audit events written, chained and verified, in this process") { _ in
        let effects = Effects.live()
        let database = try SQLiteDatabase(path: Site.folder + "/audit.sqlite")
        _ = try await Migrator.bring(database, to: MonitoringSchema.migrations, at: effects.now())
        let key = try SigningKey(seed: Secret(effects.randomBytes(32)))
        let count = 64_000
        let append = try await seconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        for number in 0..<(count / 64) {
                            let cause = Cause(.hub, at: effects.now(), .new(effects))
                            let event = AuditEvent(
                                .recordUpdated, on: .init("record", id: String(number), name: "incident"), by: cause)
                            try await database.write(.change) { try $0.record(event) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let chainer = Chainer(database: database, effects: effects, key: key, hub: "bench")
        let chain = try await seconds { while try await chainer.runOnce() > 0 {} }
        let log = AuditLog(database: database, own: try VerifyingKey(key.publicKey))
        let verify = try await seconds {
            guard try await log.verify().pending == 0 else { throw BenchProblem("events wait") }
        }
        await database.close()
        return [("appended by 64 writers, synced", append), ("chained and signed", chain), ("verified", verify)].map {
            Reading($0.0, "\(Reading.number(Double(count) / $0.1))/s")
        }
    }

    /// How long something takes.
    static func seconds(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let began = clock.now
        try await body()
        let passed = began.duration(to: clock.now).components
        return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
    }
}
