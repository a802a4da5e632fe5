import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Monitoring

struct TransactionLogTests {
    let requests = Requests()

    private func with(_ layout: LogLayout, kept: Int = 30, _ body: (TransactionLog) async throws -> Void) async throws {
        try await layout.with(requests.clock, kept: kept, body)
    }

    @Test("every refusal opens by its correlation id with the decision, summed ones too", arguments: LogLayout.allCases)
    func refusals(layout: LogLayout) async throws {
        try await with(layout) { log in
            let all = (0..<4).map { _ in requests.refusal() }
            for refusal in all { log.log(refusal) }
            for refusal in all {
                let answer = try await log.get(refusal.correlation.text)
                let items = answer["items"]?.array ?? []
                #expect(items.count == 1)
                #expect(items.first?["decision"]?["deciding"]?.string == "scope")
            }
            let first = try await log.get(all[0].correlation.text)
            #expect(first["items"]?.array?.first?["repeated"]?.int == 3)
            let other = try await log.get(all[3].correlation.text)
            #expect(other["items"]?.array?.first?["summed_with"]?.string == all[0].correlation.text)
        }
    }

    @Test("what happened under one id is found across days, oldest first", arguments: LogLayout.allCases)
    func acrossDays(layout: LogLayout) async throws {
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
            let items = try await log.get(inbound.correlation.text)["items"]?.array ?? []
            #expect(items.map { $0["direction"]?.string } == ["in", "out"])
            #expect(items.first?["microseconds"]?.int == 1500)
            #expect(items.last?["action"]?.string == "okta.suspend_user")
            let newest = try await log.list()["items"]?.array ?? []
            #expect(newest.map { $0["direction"]?.string } == ["out", "in"])
        }
    }

    @Test("what came from one address is listed alone, with every other filter", arguments: LogLayout.allCases)
    func byAddress(layout: LogLayout) async throws {
        try await with(layout) { log in
            for (address, outcome) in [
                ("10.0.0.1", Transaction.Outcome.allowed), ("2001:db8::7", .refused), ("-", .allowed),
            ] {
                var transaction = requests.one("POST", outcome)
                transaction.address = address
                log.log(transaction)
            }
            let rows: [(sent: JSONObject, found: [String])] = [
                (["address": "2001:db8::7"], ["2001:db8::7"]), (["address": "10.0.0.1", "client": "hr"], ["10.0.0.1"]),
                (["address": "10.0.0.1", "outcome": "allowed"], ["10.0.0.1"]),
                (["address": "10.0.0.1", "outcome": "refused"], []), (["address": "10.0.0.2", "client": "hr"], []),
                (["direction": "in", "address": "-"], ["-"]),
            ]
            for row in rows {
                let items = try await log.list(row.sent)["items"]?.array ?? []
                #expect(items.map { $0["address"]?.string } == row.found, "\(row.sent)")
            }
            let all = try await log.listed()
            #expect(all.count == 3)
            for wrong in [
                "localhost", "10.0.0", "10.0.0.1:80", "10.0.0.0/8", "010.0.0.1", "::ffff:10.0.0.1", "2001:DB8::7", "",
            ] {
                let refused = await #expect(throws: HubError.self) { try await log.list(["address": .string(wrong)]) }
                #expect(refused?.reason == "bad_field", "\(wrong)")
            }
        }
    }

    @Test(
        "an index leads to a client's, and to what was refused or failed; the rest goes along the time",
        arguments: [
            ("", nil, "sqlite_autoindex_transaction_log_1"), ("allowed", nil, "sqlite_autoindex_transaction_log_1"),
            ("refused", nil, "transaction_log_outcome_at_partial"),
            ("failed", nil, "transaction_log_outcome_at_partial"), ("refused", "hr", "transaction_log_client_at"),
        ])
    func plan(_ outcome: String, _ client: String?, _ index: String) async throws {
        try await TestStore.sqlite.with(MonitoringSchema.logMigrations) { database in
            let since = Timestamp(epochMilliseconds: 0)
            let (sql, values) = LogFilter(most: 10, outcome: outcome, client: client, since: since).statement
            let plan = try await database.read { reader in
                try reader.rows(SQL(built: "EXPLAIN QUERY PLAN " + sql.text), values).map { try $0.text("detail") }
            }
            #expect(plan.first?.contains(index) == true, "\(plan)")
        }
    }

    @Test("what the console and the command line read is listed only if asked for", arguments: LogLayout.allCases)
    func ownPages(layout: LogLayout) async throws {
        try await with(layout) { log in
            func add(_ transaction: Transaction, _ path: String, out: Bool = false, user: String = "-") -> String {
                var made = Transaction(
                    out ? .outbound : .inbound, transaction.correlation, at: transaction.at,
                    method: transaction.method, path: path)
                made.outcome = transaction.outcome
                made.client = transaction.client
                made.user = user
                log.log(made)
                return made.correlation.text
            }
            let pages = [
                add(requests.one(client: "-"), "/console"), add(requests.one("HEAD", client: "-"), "/console/clients"),
                add(requests.one(client: "-"), "/api/linchpin/v1/clients", user: "local:0"),
            ]
            let others = [
                add(requests.one("GET", .refused, client: "-"), "/console/clients"),
                add(requests.one("GET", .failed, client: "-"), "/console/flows"),
                add(requests.one("POST", client: "-"), "/console/clients"),
                add(requests.one("POST", client: "-"), "/api/linchpin/v1/clients", user: "local:0"),
                add(requests.one(client: "-"), "/console/clients", out: true),
                add(requests.one(client: "-"), "/consoles"), add(requests.one(), "/api/now/table/console"),
            ]
            func ids(_ sent: JSONObject) async throws -> Set<String> {
                Set(try await log.list(sent)["items"]?.array?.compactMap { $0["correlation"]?.string } ?? [])
            }
            let rows: [(sent: JSONObject, shown: [String])] = [
                ([:], others), (["with_console": "true"], others + pages), (["client": "-"], others.dropLast()),
                (["client": "-", "with_console": "true"], others.dropLast() + pages),
                (["outcome": "allowed"], Array(others.dropFirst(2))),
                (["outcome": "allowed", "with_console": "true"], others.dropFirst(2) + pages),
            ]
            for row in rows {
                let found = try await ids(row.sent)
                #expect(found == Set(row.shown), "\(row.sent)")
            }
        }
    }

    @Test("a reason without a decision says what it means, of requests that came in alone") func told() async throws {
        try await TestStore.sqlite.with([]) { database in
            let log = TransactionLog(store: .single(database), effects: requests.clock.effects) { path, reason in
                path == "/oauth2/token" && reason == "scope_missing" ? ("It happened.", "Do this.") : nil
            }
            let rows: [(Transaction.Direction, path: String, reason: String, isDecided: Bool, isTold: Bool)] = [
                (.inbound, "/oauth2/token", "scope_missing", false, true),
                (.inbound, "/oauth2/token", "scope_missing", true, false),
                (.inbound, "/oauth2/token", "another", false, false),
                (.inbound, "/api/now/table/incident", "scope_missing", false, false),
                (.outbound, "/oauth2/token", "scope_missing", false, false),
            ]
            for row in rows {
                // Refusals of one minute are summed.
                requests.clock.advance(seconds: 60)
                let refusal = requests.refusal("hr", row.reason)
                var made = Transaction(row.0, refusal.correlation, at: refusal.at, method: "POST", path: row.path)
                (made.outcome, made.reason) = (.refused, row.reason)
                made.decision = row.isDecided ? refusal.decision : nil
                log.log(made)
                let item = try await log.get(made.correlation.text)["items"]?.array?.first
                #expect(item?["reason"]?.string == row.reason)
                #expect(item?["says"] == (row.isTold ? "It happened." : nil), "\(row)")
                #expect(item?["next"] == (row.isTold ? "Do this." : nil), "\(row)")
            }
        }
    }

    @Test("what a refusal is about is its own, and a sum says that it is of the first", arguments: LogLayout.allCases)
    func about(layout: LogLayout) async throws {
        try await with(layout) { log in
            func refusal(_ about: String) -> Transaction {
                var made = requests.refusal()
                (made.decision, made.about) = (nil, about)
                return made
            }
            let (first, same, other) = (refusal("One."), refusal("One."), refusal("Two."))
            for made in [first, same, other] { log.log(made) }
            for (made, wanted) in [(same, "One."), (other, "Two."), (first, "The first of several: One.")] {
                let item = try await log.get(made.correlation.text)["items"]?.array?.first
                #expect(item?["about"]?.string == wanted && item?["decision"] == .null)
            }
        }
    }

    @Test("the list filters, is bounded and shows what was dropped", arguments: LogLayout.allCases)
    func filters(layout: LogLayout) async throws {
        try await with(layout) { log in
            for _ in 0..<3 { log.log(requests.one()) }
            log.log(requests.one("POST", client: "payroll"))
            requests.clock.advance(seconds: 60)
            log.log(requests.refusal("payroll"))
            log.log(requests.one("POST", .failed))
            func count(_ sent: JSONObject) async throws -> Int? { try await log.list(sent)["items"]?.array?.count }
            let counts = [
                try await count([:]), try await count(["most": "2"]), try await count(["client": "payroll"]),
                try await count(["client": "payroll", "outcome": "refused"]), try await count(["outcome": "failed"]),
                try await count(["direction": "out"]),
                try await count(["since": .string(requests.clock.now.rfc3339)]),
            ]
            #expect(counts == [6, 2, 2, 1, 1, 0, 2])
            for _ in 0..<(Limits.logQueue.value + 7) { log.log(requests.one()) }
            #expect(log.condition.droppedReads == 7)
            let dropped = try await log.list(["most": "1"])["dropped"]?["reads"]?.int
            #expect(dropped == 7)
            #expect(log.condition == .init(waiting: 0, droppedReads: 7, droppedOthers: 0, failure: nil))
        }
    }

    @Test("the list goes on behind its newest rows, each once, and before a moment", arguments: LogLayout.allCases)
    func pages(layout: LogLayout) async throws {
        try await with(layout) { log in
            let first = requests.clock.now
            for index in 0..<9 {
                log.log(requests.one())
                // Three at one moment, then another day.
                if index % 3 == 2 { requests.clock.advance(seconds: 86_400) }
            }
            let whole = try await log.listed()
            var paged: [String] = []
            var sent: JSONObject = ["most": "2"]
            for _ in 0..<5 {
                let page = try await log.list(sent)
                paged += page["items"]?.array?.compactMap { $0["correlation"]?.string } ?? []
                guard let next = page["next"] else { break }
                sent["after"] = next
            }
            #expect(paged.count == 9 && paged == whole)
            let before = first.adding(seconds: 86_400)
            let old = try await log.list(["before": .string(before.rfc3339)])
            #expect(old["items"]?.array?.compactMap { $0["correlation"]?.string } == Array(whole.suffix(3)))
            #expect(old["next"] == nil)
            let none = try await log.list(["before": .string(first.rfc3339)])["items"]
            #expect(none == [])
            await #expect(throws: HubError.self) { _ = try await log.list(["after": "nonsense"]) }
        }
    }

    @Test("the days before the minute that an id carries are not opened")
    func opensFewDays() async throws {
        let opened = Mutex<[LogDay]>([])
        try await TestStore.sqlite.with([]) { database in
            let today = LogDay(requests.clock.now)
            let log = TransactionLog(
                store: .daily(
                    open: { day in
                        opened.withLock { $0.append(day) }
                        return database
                    }, days: { (0..<30).map { today.earlier(by: $0) } }, remove: { _ in }, putAside: { _ in }),
                effects: requests.clock.effects)
            let one = requests.one("POST")
            log.log(one)
            _ = try await log.get(one.correlation.text)
            #expect(opened.withLock { $0 } == [today])
        }
    }

    @Test("an unknown id says how long rows are kept", arguments: LogLayout.allCases)
    func unknown(layout: LogLayout) async throws {
        try await with(layout) { log in
            for id in [CorrelationID.new(requests.clock.effects).text, "nonsense"] {
                do {
                    _ = try await log.get(id)
                    Issue.record("was found")
                } catch let error as HubError {
                    #expect(error.kind == .notFound)
                    #expect(id == "nonsense" || error.message.contains("30 days"))
                    #expect(!error.message.contains("nonsense"))
                }
            }
        }
    }

    @Test("days beyond the kept ones go, the kept ones stay", arguments: LogLayout.allCases)
    func retention(layout: LogLayout) async throws {
        try await with(layout, kept: 2) { log in
            let old = requests.one("POST")
            log.log(old)
            try await log.flush()
            requests.clock.advance(seconds: 2 * 86_400)
            let young = requests.one("POST")
            log.log(young)
            try await log.sweep()
            let both = try await log.list()["items"]?.array?.count
            #expect(both == 2)
            requests.clock.advance(seconds: 86_400)
            try await log.sweep()
            let left = try await log.list()["items"]?.array?.map { $0["correlation"]?.string }
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
                    }, days: { [LogDay(requests.clock.now)] }, remove: { _ in }, putAside: { _ in }),
                effects: requests.clock.effects)
            let refusal = requests.refusal()
            log.log(refusal)
            await #expect(throws: HubError.self) { try await log.flush() }
            #expect(log.condition.waiting == 1)
            #expect(log.condition.failure?.contains("disk_full") == true)
            isFull.withLock { $0 = false }
            try await log.flush()
            try await log.flush()
            #expect(log.condition == .init(waiting: 0, droppedReads: 0, droppedOthers: 0, failure: nil))
            let items = try await log.get(refusal.correlation.text)["items"]?.array?.count
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
            let items = try await log.list()["items"]?.array?.count
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
