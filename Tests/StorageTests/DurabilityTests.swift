import Core
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import StorageSQLite

/// What was acknowledged is there after a crash.
@Suite(.serialized) struct DurabilityTests {
    @Test("the connection that writes says synchronous=FULL")
    func writerIsFull() async throws {
        try await TestStore.sqlite.with([]) { database in
            let levels = try await database.write(.bookkeeping("looks")) { writer in
                [
                    try writer.row("SELECT synchronous FROM pragma_synchronous", [])?.int("synchronous"),
                    try writer.row("SELECT journal_mode = 'wal' AS wal FROM pragma_journal_mode", [])?.int("wal"),
                ]
            }
            #expect(levels == [2, 1])
        }
    }

    @Test("the connection that writes keeps what a savepoint would put back in memory, not in files that it makes anew")
    func savepointsInMemory() async throws {
        try await TestStore.sqlite.with([]) { database in
            let place = try await database.write(.bookkeeping("looks")) { writer in
                try writer.row("SELECT temp_store FROM pragma_temp_store", [])?.int("temp_store")
            }
            #expect(place == 2)
        }
    }

    @Test("a store that cannot promise durability does not open", arguments: [nil, 0, 1, 3])
    func notFull(_ level: Int?) async {
        #expect(await reason { try SQLiteDatabase.check(synchronous: level) } == "store_not_durable")
    }

    @Test("between a write to the log and its acknowledgement the log is synced")
    func syncedBeforeAcknowledged() async throws {
        try await TestStore.sqlite.withPlace { place in
            guard case .sqlite(let path) = place else { return }
            let trace = path + ".strace"
            let probe = try Probe.run(
                ["strace", "-f", "-y", "-o", trace, "-e", "trace=fdatasync,fsync,write,pwrite64"], place, writers: 1,
                count: 25)
            for await _ in probe.acknowledged {}
            try #require(
                await probe.status() == 0,
                "strace or the probe failed. Is strace installed? apt-get install -y strace")
            let report = SyncReport(try String(contentsOfFile: trace, encoding: .utf8))
            #expect(report.acknowledged == 25)
            #expect(report.unsynced == [])
        }
    }

    @Test("the judge of traces sees a missing sync")
    func judge() {
        let write = "7 pwrite64(5</d/hub.sqlite-wal>, \"x\", 1, 0) = 1\n"
        let acknowledgement = "7 write(1<pipe:[1]>, \"ack w0-0\\n\", 9) = 9\n"
        let sync = "7 fdatasync(5</d/hub.sqlite-wal>) = 0\n"
        let begun = "7 fdatasync(5</d/hub.sqlite-wal> <unfinished ...>\n"
        let ended = "7 <... fdatasync resumed>) = 0\n"
        let other = "7 fdatasync(6</d/hub.sqlite>) = 0\n"
        #expect(SyncReport(write + sync + acknowledgement).unsynced == [])
        #expect(SyncReport(write + begun + ended + acknowledgement).unsynced == [])
        #expect(SyncReport(write + acknowledgement).unsynced == ["w0-0"])
        #expect(SyncReport(sync + write + acknowledgement).unsynced == ["w0-0"])
        #expect(SyncReport(write + begun + acknowledgement + ended).unsynced == ["w0-0"])
        #expect(SyncReport(write + other + acknowledgement).unsynced == ["w0-0"])
        #expect(SyncReport(acknowledgement).unsynced == ["w0-0"])
    }

    @Test("killed under load, the store has every row that was acknowledged, each with its event")
    func killed() async throws {
        for store in TestStore.allCases {
            for moment in [1, 7, 60, 333] { try await kill(store, after: moment) }
        }
    }

    private func kill(_ store: TestStore, after moment: Int) async throws {
        try await store.withPlace { place in
            let probe = try Probe.run([], place, writers: 16, count: 100_000)
            var acknowledged: Set<String> = []
            for await id in probe.acknowledged {
                acknowledged.insert(id)
                if acknowledged.count == moment { probe.kill() }
            }
            #expect(await probe.status() == SIGKILL)
            #expect(acknowledged.count >= moment)
            let database = try await place.open()
            let (rows, events) = try await database.read { reader in
                (
                    try reader.rows("SELECT id FROM probe", []).map { try $0.text("id") },
                    try reader.rows("SELECT event FROM audit_pending", []).map { try $0.text("event") }
                )
            }
            await database.close()
            let eventIDs = try events.compactMap { try JSON.read($0).value(at: "/target/id")?.string }
            #expect(acknowledged.subtracting(rows) == [], "\(store) after \(moment)")
            #expect(Set(rows) == Set(eventIDs), "a row and its event are there together")
            #expect(rows.count == eventIDs.count)
        }
    }
}

/// Reads a trace: was the log synced after it was written and before each acknowledgement?
struct SyncReport {
    var acknowledged = 0
    var unsynced: [String] = []

    init(_ trace: String) {
        var isSynced = false
        var begun: Set<Substring> = []
        for line in trace.split(separator: "\n") {
            let thread = line.prefix { $0 != " " }
            if line.contains("pwrite64("), line.contains("-wal>") { isSynced = false }
            let isSync = line.contains("fdatasync(") || line.contains("fsync(")
            if isSync, line.contains("-wal>") {
                if line.contains("unfinished") { begun.insert(thread) } else { isSynced = line.hasSuffix("= 0") }
            }
            if line.contains("sync resumed>"), begun.remove(thread) != nil { isSynced = line.hasSuffix("= 0") }
            if line.contains(" write(1"), let start = line.range(of: "\"ack ")?.upperBound {
                acknowledged += 1
                if !isSynced { unsynced.append(String(line[start...].prefix { $0 != "\\" })) }
                isSynced = false
            }
        }
    }
}
