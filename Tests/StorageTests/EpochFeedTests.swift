import AuditTrail
import Core
import Dispatch
import Storage
import TestSupport
import Testing

@testable import Storage

/// The feed that tells every hub what decisions rest on has changed.
@Suite struct EpochFeedTests {
    private let client = EpochSubject.row("client", id: "c1")
    private let user = EpochSubject.row("user", id: "u1")

    @Test(
        "a change is known here when the write returns, and elsewhere at the next reading",
        arguments: TestStore.allCases)
    func heard(_ store: TestStore) async throws {
        try await pair(store) { here, there in
            let marks = (here.epochs.mark(), there.epochs.mark())
            try await here.change("client", "c1")
            #expect(!here.holds(marks.0, [client]))
            #expect(here.holds(marks.0, [user]))
            #expect(there.holds(marks.1, [client]))
            try await there.follow()
            #expect(!there.holds(marks.1, [client]))
            #expect(there.holds(marks.1, [user]))
            #expect(there.holds(marks.1, []))
            #expect(!there.holds(marks.1, nil), "what was not there may be there now")
            #expect(there.holds(there.epochs.mark(), [client]), "what is read after the change counts")
        }
    }

    @Test(
        "a change that reaches far ends everything, and one that nothing rests on ends nothing",
        arguments: TestStore.allCases)
    func reach(_ store: TestStore) async throws {
        try await pair(store) { here, there in
            var mark = there.epochs.mark()
            for kind in EpochSubject.unrelatedKinds { try await here.change(kind, "x") }
            try await here.write(.change) { writer in
                for action in EpochSubject.unrelatedActions {
                    try writer.record(AuditEvent(action, on: .init("client", id: "c1", name: "c"), by: cause))
                }
            }
            try await there.follow()
            #expect(there.holds(mark, nil))
            #expect(try await here.feed() == [])
            for kind in ["role", "group", "scope", "table", "role-grant", "a kind of tomorrow"] {
                mark = there.epochs.mark()
                try await here.change(kind, "x")
                try await there.follow()
                #expect(!there.holds(mark, [user]), "\(kind)")
            }
        }
    }

    @Test("an action counts unless it is known that nothing rests on it")
    func actions() {
        let counting = AuditEvent.Action.allCases.filter { !EpochSubject.unrelatedActions.contains($0) }
        #expect(
            Set(counting).isSuperset(of: [
                .configurationCreated, .configurationUpdated, .configurationDeleted, .passwordSet,
                .roleGranted, .roleWithdrawn, .tokenRevoked,
                .signingKeyPublished, .signingKeyRemoved,
            ]))
    }

    @Test("one row for each subject of a transaction, none for what was rolled back", arguments: TestStore.allCases)
    func rolledBack(_ store: TestStore) async throws {
        try await pair(store) { here, there in
            let marks = (here.epochs.mark(), there.epochs.mark())
            await #expect(throws: HubError.self) {
                try await here.write(.change) { writer in
                    try writer.changed(ConfigRow("client", id: "c1", name: "c"), before: nil, after: [:], by: cause)
                    throw HubError(.invalid, "enough", "Enough.")
                }
            }
            try await there.follow()
            #expect(here.holds(marks.0, nil))
            #expect(there.holds(marks.1, nil))
            try await here.write(.change) { writer in
                for _ in 0..<3 {
                    try writer.changed(ConfigRow("client", id: "c1", name: "c"), before: nil, after: [:], by: cause)
                }
            }
            #expect(try await here.feed() == ["client/c1"])
        }
    }

    @Test("a change that commits after a later one is not skipped")
    func lateCommit() async throws {
        try await pair(.postgres) { here, there in
            let (inside, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let mark = there.epochs.mark()
            async let late: Void = here.write(.change) { writer in
                // It has its number and its transaction; it commits when we say so.
                try writer.changed(ConfigRow("client", id: "c1", name: "c"), before: nil, after: [:], by: cause)
                inside.signal()
                release.wait()
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    inside.wait()
                    continuation.resume()
                }
            }
            try await here.change("user", "u1")
            try await there.follow()
            try await there.follow()
            #expect(!there.holds(mark, [user]), "the later one is heard at once: nothing waits for the open one")
            #expect(there.holds(mark, [client]))
            let between = there.epochs.mark()
            release.signal()
            try await late
            #expect(try await here.feed() == ["client/c1", "user/u1"], "its number is the lower one")
            try await there.follow()
            #expect(!there.holds(mark, [client]))
            #expect(there.holds(between, [user]), "and the other one is not heard twice")
        }
    }

    @Test("nothing counts before the first reading, nor when the last one is too old")
    func confirmed() async throws {
        try await TestStore.sqlite.with([]) { database in
            let feed = EpochFeed()
            let second: UInt64 = 1_000_000_000
            #expect(feed.judge(at: second) == nil)
            try await feed.follow(database, at: 10 * second)
            #expect(feed.judge(at: 10 * second) != nil)
            #expect(feed.judge(at: 11 * second) != nil)
            #expect(feed.judge(at: 11 * second + 1) == nil)
            let mark = feed.mark()
            try await feed.follow(database, at: 70 * second)
            #expect(feed.judge(at: 70 * second)?.holds(mark, [client]) == true)
            try await feed.follow(database, at: 130 * second + 1)
            #expect(feed.judge(at: 131 * second)?.holds(mark, [client]) == false, "the pause was too long")
        }
    }

    @Test("more changes at once than are told apart end everything", arguments: TestStore.allCases)
    func tooMany(_ store: TestStore) async throws {
        try await pair(store) { here, there in
            let mark = there.epochs.mark()
            try await here.write(.change) { writer in
                for number in 0..<Limits.epochRows.value {
                    try writer.record(
                        AuditEvent(.tokenRevoked, on: .init("client", id: "n\(number)", name: "n"), by: cause))
                }
            }
            try await there.follow()
            #expect(!there.holds(mark, [user]))
        }
    }

    @Test("more changed rows than are kept apart end everything, and memory stays bounded")
    func bounded() async throws {
        try await TestStore.sqlite.with([]) { database in
            try await database.follow()
            let mark = database.epochs.mark()
            for number in 0..<Limits.epochSubjects.value { database.epochs.changed([.row("user", id: "n\(number)")]) }
            #expect(database.holds(mark, [user]))
            database.epochs.changed([.row("user", id: "one more")])
            #expect(!database.holds(mark, [user]))
        }
    }

    @Test(
        "old rows leave, young ones stay, and what comes after an emptied feed is heard", arguments: TestStore.allCases)
    func swept(_ store: TestStore) async throws {
        try await pair(store) { here, there in
            try await here.change("client", "c1")
            try await there.follow()
            let kept = Int64(Limits.epochFeedSeconds.value)
            #expect(try await EpochFeed.sweep(here, at: cause.now.adding(seconds: kept), most: 10) == 0)
            #expect(try await EpochFeed.sweep(here, at: cause.now.adding(seconds: kept + 1), most: 10) == 1)
            try await there.follow()
            let mark = there.epochs.mark()
            try await here.change("user", "u1")
            try await there.follow()
            #expect(!there.holds(mark, [user]))
        }
    }

    @Test(
        "what is remembered ends with a change of what it rests on, or one that reaches far, and counts only so long",
        arguments: TestStore.allCases)
    func memory(_ store: TestStore) async throws {
        try await pair(store) { here, _ in
            let memory = EpochMemory<String, Int>(here.epochs, most: 3)
            func fill() {
                memory.look(at: 1).keep(1, for: "far")
                memory.look(at: 1).keep(2, for: "row", restingOn: [user])
            }
            func known(at moment: UInt64 = 1) -> [Int?] { ["far", "row"].map { memory.look(at: moment).find($0) } }
            fill()
            #expect(known() == [1, 2])
            try await here.change("client", "c1")
            #expect(known() == [1, 2])
            try await here.change("user", "u1")
            #expect(known() == [1, nil])
            fill()
            try await here.change("table", "t1")
            #expect(known() == [nil, nil])
            let early = memory.look(at: 1)
            try await here.change("table", "t1")
            early.keep(1, for: "far")
            #expect(known() == [nil, nil], "it was read before the change")
            fill()
            for name in ["third", "fourth"] { memory.look(at: 1).keep(3, for: name) }
            #expect(known() == [nil, nil], "one more than there is room for")
            // The next reading finds these changes once more, and forgets once more: nothing is kept across it.
            try await here.epochs.follow(here, at: 1)
            fill()
            let minute = UInt64(Limits.rememberedSeconds.value) * 1_000_000_000
            try await here.epochs.follow(here, at: minute)
            #expect(known(at: minute) == [1, 2])
            #expect(known(at: minute + 1) == [nil, nil], "its time is over")
        }
    }

    @Test("another server, or one that was restarted, ends everything")
    func anotherServer() async throws {
        try await TestStore.postgres.with([]) { database in
            let (same, elsewhere, first) = try await database.read { reader in
                let now = try FeedPosition.news(since: nil, .postgres, in: reader)
                guard case .snapshot(let snapshot, let server) = now.position else {
                    throw RowProblem(column: "", what: "")
                }
                let again = try FeedPosition.news(since: now.position, .postgres, in: reader)
                let other = try FeedPosition.news(
                    since: .snapshot(snapshot, server: server + "1"), .postgres, in: reader)
                return (again.subjects, other.subjects, now.subjects)
            }
            #expect(same == [])
            #expect(elsewhere == [.everything])
            #expect(first == [.everything])
        }
    }

    @Test("a stored subject reads back; what cannot be read is everything")
    func texts() {
        for subject in [EpochSubject.row("user", id: "u1"), .row("client", id: "a/b"), .token([1, 255]), .everything] {
            #expect(EpochSubject(text: subject.text) == subject)
        }
        for text in ["", "*", "user", "user/"] { #expect(EpochSubject(text: text) == .everything) }
    }

    /// Two store objects on one store, as two hubs have them; both have read the feed.
    private func pair(_ store: TestStore, _ body: (any Database, any Database) async throws -> Void) async throws {
        try await store.withPlace { place in
            let (here, there) = (try await place.open(), try await place.open())
            _ = try await Migrator.bring(here, to: [], at: cause.now)
            try await here.follow()
            try await there.follow()
            try await body(here, there)
            await here.close()
            await there.close()
        }
    }
}

private let cause = TestEffects().cause()

extension Database {
    fileprivate func change(_ kind: String, _ id: String) async throws {
        try await write(.change) {
            try $0.changed(ConfigRow(kind, id: id, name: "n"), before: nil, after: [:], by: cause)
        }
    }

    fileprivate func follow() async throws { try await epochs.follow(self, at: 1) }

    fileprivate func holds(_ mark: EpochFeed.Mark, _ subjects: [EpochSubject]?) -> Bool {
        epochs.judge(at: 1)?.holds(mark, subjects) ?? false
    }

    fileprivate func feed() async throws -> [String] {
        try await read {
            try $0.rows("SELECT subject FROM epoch_feed ORDER BY seq LIMIT 100", []).map { try $0.text("subject") }
        }
    }
}
