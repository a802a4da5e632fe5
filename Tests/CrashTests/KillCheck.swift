import Core
import Foundation
import Hub
import Ports
import Storage
import TestSupport
import Testing

/// What must hold whenever a hub was killed.
enum KillCheck {
    /// The store: what was acknowledged is there, and each row has its event and each event its row.
    static func unbroken(_ place: HubPlace, _ ledger: KillLedger, _ when: Comment) async throws {
        let found = try await Found.read(place)
        let texts = Set(found.records.values.map(\.text))
        #expect(ledger.done(.post).subtracting(ledger.tried(.delete)).subtracting(texts) == [], "records, \(when)")
        #expect(texts.subtracting(ledger.tried(.post)) == [], "records that nobody posted, \(when)")
        #expect(texts.intersection(ledger.done(.delete)) == [], "deleted records, \(when)")
        let changed = Set(found.records.values.filter(\.isChanged).map(\.text))
        #expect(ledger.done(.patch).subtracting(changed) == [], "changed records, \(when)")
        #expect(changed.subtracting(ledger.tried(.patch)) == [], "records that nobody changed, \(when)")
        found.events.expect(
            "record.created incident", then: "record.deleted incident", leave: Set(found.records.keys), when)
        #expect(
            found.events.of("record.updated incident").sorted()
                .filter { found.records[$0] != nil }
                == found.records.filter { $0.value.isChanged }.keys.sorted(), "changes and events, \(when)")
        let groups = Set(found.groups.values)
        #expect(ledger.done(.group).subtracting(ledger.tried(.ungroup)).subtracting(groups) == [], "groups, \(when)")
        #expect(groups.intersection(ledger.done(.ungroup)) == [], "deleted groups, \(when)")
        found.events.expect(
            "configuration.created group", then: "configuration.deleted group", leave: Set(found.groups.keys), when)
        #expect(found.tokens == found.events.of("token.issued").count, "tokens and events, \(when)")
        #expect(ledger.surprises == [], when)
    }

    /// Everybody was at work, so that the rest proves something.
    static func busy(_ ledger: KillLedger, _ when: Comment) {
        for deed in KillLedger.Deed.allCases { #expect(!ledger.done(deed).isEmpty, "\(deed), \(when)") }
    }

    /// The hub: tokens that were acknowledged count, those that were revoked do not; the chain is intact.
    static func usable(_ hub: RunningHub, _ load: KillLoad, _ caller: Caller, _ when: Comment) async throws {
        let revoked = load.ledger.tried(.revoke)
        for token in load.ledger.done(.token).subtracting(revoked).prefix(3) {
            #expect(try await status(token, hub, caller) == 200, "a token, \(when)")
        }
        for token in load.ledger.done(.revoke).prefix(3) {
            #expect(try await status(token, hub, caller) == 401, "a revoked token, \(when)")
        }
        let verified = try await hub.call("POST", "/audit-events/verify", [:])
        #expect(verified["intact"] == true, when)
    }

    private static func status(_ token: String, _ hub: RunningHub, _ caller: Caller) async throws -> Int {
        try await caller.send(
            "GET", hub.url + "/api/now/table/incident?sysparm_limit=1", .secret(prefix: "Bearer ", Secret(token))
        ).status
    }

    /// The executions of both flows, when nothing more happens by itself.
    static func ended(_ scene: Offboarding, _ hub: RunningHub) async throws -> [Ended] {
        let database = try await scene.place.store.open()
        _ = try await eventually("every start is taken up") {
            let waiting = try await database.read { reader in
                try reader.rows("SELECT seq FROM outbox ORDER BY seq LIMIT 1", []).count
            }
            return waiting == 0 ? true : nil
        }
        await database.close()
        var all: [Ended] = []
        for (flow, login) in [
            ("offboard-leaver", "/trigger/record/email"), ("delete-user", "/trigger/input/login"),
        ] {
            let items = try await hub.call("GET", "/executions?flow=\(flow)")["items"]?.array ?? []
            for id in items.compactMap({ $0["id"]?.string }) {
                let shown = try await scene.settled(id, at: hub)
                all.append(Ended(flow: flow, login: shown.value(at: login)?.string ?? "-", shown: shown))
            }
        }
        return all
    }

    /// Each acknowledged start has one execution and no start has two; each is done, or shows its doubt; what may not
    /// be sent twice was not.
    static func flows(
        _ scene: Offboarding, _ ended: [Ended], _ ledger: KillLedger, _ arrived: [String], _ when: Comment
    ) {
        for (flow, deed) in [("offboard-leaver", KillLedger.Deed.leaver), ("delete-user", .removal)] {
            let logins = ended.filter { $0.flow == flow }.map(\.login)
            #expect(logins.count == Set(logins).count, "\(flow) started twice, \(when)")
            #expect(ledger.done(deed).subtracting(logins) == [], "\(flow) not started, \(when)")
            #expect(Set(logins).subtracting(ledger.tried(deed)) == [], "\(flow) for nobody, \(when)")
        }
        for execution in ended {
            let done = scene.done(execution.shown)
            #expect(done.count == Set(done).count, "a step is done twice, \(when)")
            let isDone = execution.shown["state"] == "done"
            #expect(isDone || execution.shown["state"] == "in_doubt", "\(when): \(execution.shown)")
            guard execution.flow == "delete-user" else { continue }
            let deletions = arrived.count { $0 == "DELETE /api/v1/users/\(execution.found ?? "-")" }
            #expect(deletions == 1 || deletions == 0 && !isDone, "\(execution.login), \(when)")
        }
        let suspensions = arrived.filter { $0.hasSuffix("/lifecycle/suspend") }
        #expect(suspensions.count == Set(suspensions).count, "suspended twice, \(when)")
    }

    /// Everything is in the chain, and the chain is whole.
    static func chain(_ hub: RunningHub, _ when: Comment) async throws {
        let verified = try await eventually("all is chained") {
            let answer = try await hub.call("POST", "/audit-events/verify", [:])
            return answer["pending"] == 0 ? answer : JSON?.none
        }
        #expect(verified["intact"] == true, when)
    }
}

/// An execution at its end.
struct Ended: Sendable {
    let flow: String
    let login: String
    let shown: JSON

    /// The id of the user that its first step found.
    var found: String? {
        (shown["steps"]?.array ?? []).first { $0["path"] == "find" && $0["state"] == "done" }?
            .value(at: "/output/id")?.string
    }
}

/// What lies in a store.
private struct Found {
    struct Record {
        let text: String
        let isChanged: Bool
    }

    let records: [String: Record]
    let groups: [String: String]
    let tokens: Int
    let events: Events

    static func read(_ place: HubPlace) async throws -> Found {
        let database = try await place.store.open()
        let found = try await database.read { reader in
            let records = try reader.rows(
                "SELECT sys_id, short_description, description FROM rec_incident ORDER BY sys_id LIMIT 100000", [])
            let groups = try reader.rows("SELECT id, name FROM user_group ORDER BY id LIMIT 100000", [])
            let tokens = try reader.rows("SELECT issued_at FROM token ORDER BY issued_at, hash LIMIT 100000", []).count
            let events =
                try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 100000", [])
                + reader.rows("SELECT event FROM audit_chain ORDER BY n LIMIT 100000", [])
            return Found(
                records: Dictionary(
                    uniqueKeysWithValues: try records.map {
                        (
                            try $0.text("sys_id"),
                            Record(
                                text: try $0.optionalText("short_description") ?? "",
                                isChanged: try $0.optionalText("description") == "changed")
                        )
                    }),
                groups: Dictionary(uniqueKeysWithValues: try groups.map { (try $0.text("id"), try $0.text("name")) }),
                tokens: tokens, events: Events(try events.map { try JSON.read(try $0.text("event")) }))
        }
        await database.close()
        return found
    }
}

/// Events by action; those of configuration rows by kind as well, those of records by table.
private struct Events {
    private var ids: [String: [String]] = [:]

    init(_ all: [JSON]) {
        for event in all {
            guard var name = event["action"]?.string, let target = event["target"] else { continue }
            if name.hasPrefix("configuration."), let kind = target["kind"]?.string { name += " " + kind }
            if name.hasPrefix("record."), let table = target["name"]?.string { name += " " + table }
            ids[name, default: []].append(target["id"]?.string ?? "-")
        }
    }

    func of(_ name: String) -> [String] { ids[name] ?? [] }

    /// Each thing was made once and ended at most once, and what was made and did not end is there, and nothing else.
    func expect(_ made: String, then ended: String, leave rows: Set<String>, _ when: Comment) {
        let (made, ended) = (of(made), of(ended))
        #expect(made.count == Set(made).count, "made twice, \(when)")
        #expect(ended.count == Set(ended).count, "ended twice, \(when)")
        #expect(Set(made).subtracting(ended) == rows, "rows and events, \(when)")
    }
}
