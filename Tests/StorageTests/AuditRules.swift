import AuditTrail
import Core
import Storage
import Testing

private struct Broken: Error {}

extension ContractRule {
    static let audit: [ContractRule] = [
        ContractRule("a change and its event are there together") { database in
            try await database.write(.change) { writer in
                try writer.run("INSERT INTO item (id, n) VALUES ('a', 1)", [])
                try writer.record(.made("a"))
            }
            let found = (try await database.count(), try await database.events())
            #expect(found.0 == 1)
            #expect(found.1 == [AuditEvent.made("a").json.text(sorted: true)])
        },
        ContractRule("an error rolls back the rows and the event") { database in
            let refused = await reason {
                try await database.write(.change) { writer in
                    try writer.run("INSERT INTO item (id, n) VALUES ('a', 1)", [])
                    try writer.record(.made("a"))
                    throw Broken()
                }
            }
            let found = (try await database.count(), try await database.events())
            #expect(refused == "Broken")
            #expect(found.0 == 0)
            #expect(found.1 == [])
        },
        ContractRule("an error among many writes at once rolls back its own alone") { database in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let outcome = await reason {
                            try await database.write(.change) { writer in
                                try writer.run("INSERT INTO item (id, n) VALUES ($1, 1)", [.text("i\(number)")])
                                try writer.record(.made("i\(number)"))
                                if number.isMultiple(of: 3) { throw Broken() }
                            }
                        }
                        #expect(outcome == (number.isMultiple(of: 3) ? "Broken" : "none"))
                    }
                }
            }
            let found = (try await database.count(), try await database.events())
            #expect(found.0 == 40)
            #expect(found.1.count == 40)
        },
        ContractRule("a change by run() without an event is refused and rolled back") { database in
            let refused = await reason {
                try await database.write(.change) { try $0.run("INSERT INTO item (id, n) VALUES ('a', 1)", []) }
            }
            let count = try await database.count()
            #expect(refused == "UnauditedChange")
            #expect(count == 0)
        },
        ContractRule("a change by returning() without an event is refused and rolled back") { database in
            let refused = await reason {
                try await database.write(.change) {
                    _ = try $0.returning("INSERT INTO item (id, n) VALUES ('a', 1) RETURNING id", [])
                }
            }
            let count = try await database.count()
            #expect(refused == "UnauditedChange")
            #expect(count == 0)
        },
        ContractRule("a change cannot be smuggled through rows()") { database in
            let refused = await reason {
                try await database.write(.change) {
                    _ = try $0.rows("INSERT INTO item (id, n) VALUES ('a', 1) RETURNING id", [])
                }
            }
            let count = try await database.count()
            #expect(refused == "store_error")
            #expect(count == 0)
        },
        ContractRule("a new table without an event is refused and rolled back") { database in
            let steps = [SchemaStep.createTable(TableDefinition("rec_new", [.text("id")], primaryKey: ["id"]))]
            let refused = await reason { try await database.write(.change) { try $0.define(steps) } }
            #expect(refused == "UnauditedChange")
            let again = await reason {
                try await database.write(.change) { writer in
                    try writer.define(steps)
                    try writer.record(.made("rec_new"))
                }
            }
            #expect(again == "none")
        },
        ContractRule("a change that touches nothing needs no event") { database in
            let touched = try await database.write(.change) { try $0.run("UPDATE item SET n = 1 WHERE id = 'x'", []) }
            #expect(touched == 0)
        },
        ContractRule("the machine's own progress needs no event") { database in
            try await database.put("a")
            let count = try await database.count()
            let events = try await database.events()
            #expect(count == 1)
            #expect(events == [])
        },
        ContractRule("a statement that failed ends the write, even if the closure looks away") { database in
            try await database.put("a")
            let refused = await reason {
                try await database.write(.change) { writer in
                    do { try writer.run("INSERT INTO item (id, n) VALUES ('a', 1)", []) } catch { _ = error }
                    do { try writer.record(.made("a")) } catch { _ = error }
                }
            }
            let events = try await database.events()
            #expect(refused == "already_exists")
            #expect(events == [])
        },
        ContractRule("a broken write leaves the store usable") { database in
            for _ in 0..<20 {
                _ = await reason { try await database.write(.change) { try $0.run("NONSENSE", []) } }
                _ = await reason { try await database.read { try $0.rows("SELECT nothing FROM nowhere", []) } }
            }
            try await database.put("a")
            let count = try await database.count()
            #expect(count == 1)
        },
    ]
}
