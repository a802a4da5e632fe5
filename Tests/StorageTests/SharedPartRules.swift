import AuditTrail
import Core
import Storage
import TestSupport
import Testing

extension ContractRule {
    static let sharedParts: [ContractRule] = [
        ContractRule("an outbox message is taken once, oldest first") { database in
            try await database.write(.bookkeeping("test")) { writer in
                for number in 1...3 { try Outbox.publish(.recordChange, .int(Int64(number)), in: writer) }
            }
            let waiting = try await database.read { try Outbox.waiting(.recordChange, most: 2, in: $0) }
            #expect(waiting.map(\.payload) == [1, 2])
            let takers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await database.write(.bookkeeping("test")) { try Outbox.take(waiting[0], in: $0) }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(takers == 1)
            let left = try await database.read { try Outbox.waiting(.recordChange, most: 9, in: $0).map(\.payload) }
            #expect(left == [2, 3])
        },
        ContractRule("a message that was not acted on stays") { database in
            try await database.write(.bookkeeping("test")) { try Outbox.publish(.recordChange, "x", in: $0) }
            let waiting = try await database.read { try Outbox.waiting(.recordChange, most: 9, in: $0) }
            _ = await reason {
                try await database.write(.bookkeeping("test")) { writer in
                    #expect(try Outbox.take(waiting[0], in: writer))
                    throw HubError(.invalid, "enough", "Enough.")
                }
            }
            let left = try await database.read { try Outbox.waiting(.recordChange, most: 9, in: $0) }
            #expect(left.count == 1)
        },
        ContractRule("a configuration change keeps before and after, and its event leads there") { database in
            let cause = TestEffects().cause()
            let row = ConfigRow("client", id: "c1", name: "hr")
            try await database.write(.change) { try $0.changed(row, before: nil, after: ["name": "hr"], by: cause) }
            try await database.write(.change) {
                try $0.changed(row, before: ["name": "hr"], after: ["name": "hr2"], by: cause)
            }
            try await database.write(.change) { try $0.changed(row, before: ["name": "hr2"], after: nil, by: cause) }
            let history = try await database.read { try ConfigHistory.of("client", id: "c1", in: $0) }
            let other = try await database.read { try ConfigHistory.of("client", id: "c2", in: $0) }
            let events = try await database.events()
            #expect(history.array?.map { $0["before"] ?? .null } == [["name": "hr2"], ["name": "hr"], .null])
            #expect(history.array?.map { $0["after"] ?? .null } == [.null, ["name": "hr2"], ["name": "hr"]])
            #expect(other == [])
            let actions = try events.map { try JSON.read($0)["action"]?.string }
            #expect(actions == ["configuration.created", "configuration.updated", "configuration.deleted"])
            let numbers = try events.map { try JSON.read($0).value(at: "/details/history")?.string }
            #expect(numbers.last == history.array?.first?["seq"]?.int.map(String.init))
        },
        ContractRule("migrations run once, in order, and are noted") { database in
            let more = Migration("contract-002", [.addColumn(.int("extra").standard(1), to: "item")])
            let now = Timestamp(epochSeconds: 1)
            let first = try await Migrator.bring(database, to: [tables, more], at: now)
            let second = try await Migrator.bring(database, to: [tables, more], at: now)
            let noted = try await database.appliedMigrations()
            #expect(first == ["contract-002"])
            #expect(second == [])
            #expect(
                noted == ["storage-001", "storage-002", "storage-003", "storage-004", "contract-001", "contract-002"])
        },
        ContractRule("a migration that fails half way leaves nothing") { database in
            let broken = Migration(
                "contract-003",
                [
                    .createTable(TableDefinition("half", [.text("id")], primaryKey: ["id"])),
                    .createIndex(on: "nowhere", ["x"]),
                ])
            let refused = await reason {
                try await Migrator.bring(database, to: [tables, broken], at: Timestamp(epochSeconds: 1))
            }
            let half = await reason { try await database.read { try $0.rows("SELECT id FROM half", []) } }
            let noted = try await database.appliedMigrations()
            #expect(refused == "store_error")
            #expect(half == "store_error")
            #expect(!noted.contains("contract-003"))
        },
    ]
}
