import AuditTrail
import Core
import Dispatch
import Storage
import Synchronization
import Testing

extension ContractRule {
    static let isolation: [ContractRule] = [
        ContractRule("a read sees one snapshot, whatever is committed meanwhile") { database in
            try await database.put("a", 1)
            let seen = try await database.read { reader in
                let first = try reader.row("SELECT n FROM item WHERE id = 'a'", [])?.int("n")
                let done = DispatchSemaphore(value: 0)
                Task {
                    try await database.write(.bookkeeping("test")) { try $0.run("UPDATE item SET n = 2", []) }
                    done.signal()
                }
                #expect(done.wait(timeout: .now() + 20) == .success)
                return [first, try reader.row("SELECT n FROM item WHERE id = 'a'", [])?.int("n")]
            }
            #expect(seen == [1, 1])
            let after = try await database.number("a")
            #expect(after == 2)
        },
        ContractRule("a read changes nothing, even if asked to") { database in
            try await database.put("a", 1)
            let refused = await reason { try await database.read { try $0.rows("DELETE FROM item RETURNING id", []) } }
            #expect(refused != "none")
            let left = try await database.count()
            #expect(left == 1)
        },
        ContractRule("two writes that rest on what the other changes do not both happen (write skew)") { database in
            try await database.put("anna", 1)
            try await database.put("ben", 1)
            let meeting = Meeting(of: database.dialect == .postgres ? 2 : 1)
            let leave: @Sendable (String) async throws -> Void = { name in
                try await database.write(.bookkeeping("leaves if somebody stays")) { writer in
                    let on = try writer.row("SELECT COUNT(*) AS c FROM item WHERE n = 1", [])?.int("c") ?? 0
                    meeting.arrive()
                    if on >= 2 { try writer.run("UPDATE item SET n = 0 WHERE id = $1", [.text(name)]) }
                }
            }
            async let anna: Void = leave("anna")
            async let ben: Void = leave("ben")
            _ = try await (anna, ben)
            let on = try await database.read { try $0.row("SELECT COUNT(*) AS c FROM item WHERE n = 1", [])?.int("c") }
            #expect(on == 1)
        },
        ContractRule("a write that is run again counts once, in rows and in events") { database in
            try await database.put("a", 0)
            let meeting = Meeting(of: database.dialect == .postgres ? 2 : 1)
            let add: @Sendable () async throws -> Void = {
                try await database.write(.change) { writer in
                    let old = try writer.row("SELECT n FROM item WHERE id = 'a'", [])?.int("n") ?? 0
                    meeting.arrive()
                    try writer.run("UPDATE item SET n = $1 WHERE id = 'a'", [.int(old + 1)])
                    try writer.record(.made("a"))
                }
            }
            async let one: Void = add()
            async let two: Void = add()
            _ = try await (one, two)
            let number = try await database.number("a")
            let events = try await database.events()
            #expect(number == 2)
            #expect(events.count == 2)
        },
        ContractRule("a hundred increments at once give a hundred") { database in
            try await database.put("a", 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        _ = try await database.write(.bookkeeping("test")) {
                            try $0.run("UPDATE item SET n = n + 1 WHERE id = 'a' AND n < 1000", [])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number = try await database.number("a")
            #expect(number == 100)
        },
        ContractRule("of twenty who use up one thing, one wins") { database in
            try await database.put("once", 0)
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await database.write(.bookkeeping("test")) {
                            try $0.run("UPDATE item SET n = 1 WHERE id = 'once' AND n = 0", [])
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(winners == 1)
        },
        ContractRule("a cancelled caller does not stop a write that was accepted") { database in
            let (entered, go) = AsyncStream<Void>.makeStream()
            let release = DispatchSemaphore(value: 0)
            let task = Task {
                try await database.write(.bookkeeping("test")) { writer in
                    go.yield()
                    #expect(release.wait(timeout: .now() + 20) == .success)
                    try writer.run("INSERT INTO item (id, n) VALUES ('kept', 1)", [])
                }
            }
            for await _ in entered { break }
            task.cancel()
            release.signal()
            _ = try await task.value
            let kept = try await database.number("kept")
            #expect(kept == 1)
        },
    ]
}

/// Lets a number of closures wait for each other the first time they come by.
final class Meeting: Sendable {
    private let missing: Mutex<Int>
    private let complete = DispatchSemaphore(value: 0)
    private let others: Int

    init(of count: Int) {
        missing = Mutex(count)
        others = count - 1
    }

    func arrive() {
        let left = missing.withLock { left in
            left -= 1
            return left
        }
        if left == 0 { for _ in 0..<others { complete.signal() } }
        if left > 0 { #expect(complete.wait(timeout: .now() + 20) == .success) }
    }
}
