import Core
import Foundation
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

/// What a hub acknowledged over HTTP is there after a crash.
@Suite(.serialized) struct HubDurabilityTests {
    @Test("killed under load, a hub has every record that it acknowledged, each with its event")
    func killed() async throws {
        for store in TestStore.allCases { try await killed(on: store) }
    }

    private func killed(on store: TestStore) async throws {
        try await store.withHubPlace { place in
            try await Caller.with { caller in
                let kept = Acknowledged()
                var app: Application?
                for moment in [1, 9, 38, 120] {
                    try await RunningHub.run(place) { hub in
                        let known: Application
                        if let app {
                            known = app
                        } else {
                            known = try await Application.register(
                                at: hub, caller, tables: ["incident"], roles: ["incident_writer"])
                            app = known
                        }
                        await load(hub, caller, known, kept, until: kept.count + moment)
                        #expect(await hub.program.status() == -SIGKILL, "\(store): it ended by itself")
                    }
                    try await check(place, caller, try #require(app), kept, "\(store) after \(moment)")
                }
            }
        }
    }

    /// Eight writers post until the hub is gone; it is killed when that many answers were read.
    private func load(
        _ hub: RunningHub, _ caller: Caller, _ app: Application, _ kept: Acknowledged, until count: Int
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<10_000 {
                        let posted = try? await caller.send(
                            "POST", hub.url + "/api/now/table/incident", app.authorization,
                            json: ["short_description": .string("writer \(writer), number \(number)")])
                        guard let posted, posted.status == 201, let id = posted.json["result"]?["sys_id"]?.string
                        else { return }
                        if kept.add(id) == count { hub.program.send(SIGKILL) }
                    }
                }
            }
        }
    }

    private func check(
        _ place: HubPlace, _ caller: Caller, _ app: Application, _ kept: Acknowledged, _ when: Comment
    ) async throws {
        try await RunningHub.run(place) { hub in
            let database = try await place.store.open()
            let (records, created) = try await database.read { reader in
                let pending = try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 100000", [])
                    .compactMap {
                        let event = try JSON.read(try $0.text("event"))
                        return event["action"] == "record.created" ? event.value(at: "/target/id")?.string : nil
                    }
                return (
                    try reader.rows("SELECT sys_id FROM rec_incident ORDER BY sys_id LIMIT 100000", []).map {
                        try $0.text("sys_id")
                    },
                    pending
                        + (try reader.rows(
                            "SELECT target_id FROM audit_chain WHERE action = $1 ORDER BY n LIMIT 100000",
                            [.text("record.created")]
                        ).map { try $0.text("target_id") })
                )
            }
            await database.close()
            #expect(kept.ids.subtracting(records) == [], when)
            #expect(Set(records) == Set(created), when)
            #expect(records.count == created.count, when)
            let first = try #require(kept.ids.first)
            let found = try await caller.send(
                "GET", hub.url + "/api/now/table/incident?sysparm_query=sys_id%3D\(first)", app.authorization)
            #expect(found.status == 200, "a token that was issued before works: \(found.json)")
            #expect(found.json["result"]?.array?.count == 1)
            let verified = try await eventually("all is chained") {
                let answer = try await hub.call("POST", "/audit-events/verify", [:])
                return answer["pending"] == 0 ? answer : JSON?.none
            }
            #expect(verified["intact"] == true, when)
        }
    }

    @Test("a hub on PostgreSQL keeps no store in its folder, and stops in order")
    func folderOfPostgres() async throws {
        try await TestStore.postgres.withHubPlace { place in
            for _ in 0..<2 {
                try await RunningHub.run(place) { hub in
                    _ = try await hub.call("GET", "/users")
                    hub.program.send(SIGTERM)
                    #expect(await hub.program.status() == 0)
                    #expect(hub.program.complaint == "")
                }
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: place.data)
            #expect(files.filter { $0.contains(".sqlite") } == [])
            let database = try await place.store.open()
            let logged = try await database.read { reader in
                try reader.rows("SELECT path FROM transaction_log ORDER BY at, id LIMIT 10", []).count
            }
            await database.close()
            #expect(logged >= 2, "the log lies in PostgreSQL, flushed at the stop")
        }
    }
}

/// The ids of acknowledged records.
final class Acknowledged: Sendable {
    private let state = Mutex<Set<String>>([])

    var ids: Set<String> { state.withLock { $0 } }
    var count: Int { ids.count }
    /// Returns how many there are now.
    func add(_ id: String) -> Int {
        state.withLock { state in
            state.insert(id)
            return state.count
        }
    }
}
