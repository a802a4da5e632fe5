import Core
import Foundation
import Hub
import Ports
import Synchronization
import TestSupport
import Testing

@testable import OktaSandbox

/// Applications, an administrator and flows, at work on whichever hub is up.
final class KillLoad: Sendable {
    let ledger = KillLedger()
    let app: Application
    private let target = KillTarget()
    private let scene: Offboarding
    private let admin: AdminClient
    private let number = Mutex(0)
    private let sent = Mutex<[String]>([])
    private let people: Mutex<[String]>
    private let running = Mutex<[Task<Void, any Error>]>([])

    private init(_ scene: Offboarding, _ app: Application) {
        self.scene = scene
        self.app = app
        admin = AdminClient(data: scene.place.data)
        let org = OktaOrg.builtIn(seed: 1, at: Timestamp(epochSeconds: 1_790_000_000), baseURL: "", tokens: [])
        people = Mutex(org.persons.filter { $0.status == .active }.map(\.login))
    }

    /// Registers an application and lets everybody begin; there is no hub for them yet.
    static func with(_ scene: Offboarding, _ body: (KillLoad) async throws -> Void) async throws {
        let app = try await RunningHub.run(scene.place) { hub in
            try await Application.register(
                at: hub, scene.caller, name: "load", scope: "load", tables: ["incident", "hr_leaver"],
                roles: ["incident_writer", "incident_admin", "hr_leaver_writer"])
        }
        let load = KillLoad(scene, app)
        load.begin()
        do {
            try await body(load)
            try await load.stop()
        } catch {
            try await load.stop()
            throw error
        }
    }

    private func stop() async throws {
        target.end()
        for task in running.withLock({ $0 }) { try await task.value }
        try await admin.close()
    }

    private func begin() {
        let works: [@Sendable (String) async throws -> Void] = [
            posting, posting, posting, asking, administering, leaving, removing,
        ]
        running.withLock { running in
            running = works.map { work in Task { try await self.target.work(work) } }
        }
    }

    /// A hub runs, is looked at, gets the load, and is killed at that moment.
    func round(_ moment: Moment, _ when: Comment, look: (RunningHub) async throws -> Void) async throws {
        if case .starting(let milliseconds) = moment {
            return try await RunningHub.interrupt(scene.place, after: milliseconds)
        }
        cut(nil)
        try await RunningHub.run(scene.place) { hub in
            try await hub.ready(scene.caller)
            try await look(hub)
            let kill: @Sendable () -> Void = { [program = hub.program] in program.send(SIGKILL) }
            // What is not reached in time ends the round, too.
            var latest: Int64 = 1_000
            var answers: Int?
            switch moment {
            case .starting: break
            case .after(let milliseconds): latest = milliseconds
            case .answers(let count): answers = count
            case .call(let call, let forwards):
                cut(.init(at: call, forwards: forwards, then: kill))
            }
            target.open(hub.url, at: answers, then: kill)
            let timer = Task {
                try await Effects.live().sleep(latest)
                kill()
            }
            #expect(await hub.program.status() == -SIGKILL, when)
            timer.cancel()
            try await target.close()
        }
    }

    /// The load ends, and a last hub is left in peace.
    func end(_ look: (RunningHub) async throws -> Void) async throws {
        target.end()
        try await RunningHub.run(scene.place) { hub in
            try await hub.ready(scene.caller)
            try await look(hub)
        }
    }

    /// What arrived at the sandbox from the beginning, such as `GET /api/v1/users/x`.
    func arrived() -> [String] {
        cut(nil)
        return sent.withLock { $0 }
    }

    private func cut(_ cut: CuttingProxy.Cut?) {
        let seen = scene.proxy.begin(cut).filter(\.wasForwarded).map(\.line)
        sent.withLock { $0 += seen }
    }

    private func next(_ what: String) -> String {
        number.withLock { number in
            number += 1
            return "\(what)-\(number)"
        }
    }

    private func nextPerson() -> String? { people.withLock { $0.popLast() } }
}

extension KillLoad {
    /// Posts a record; of three, one is changed and one deleted.
    private func posting(_ url: String) async throws {
        let (text, table) = (next("record"), url + "/api/now/table/incident")
        ledger.tries(.post, text)
        let posted = try await send("POST", table, ["short_description": .string(text)], expecting: 201)
        guard let id = posted["result"]?["sys_id"]?.string else { return }
        ledger.did(.post, text)
        switch text.utf8.last.map({ $0 % 3 }) {
        case 0?:
            ledger.tries(.patch, text)
            _ = try await send("PATCH", "\(table)/\(id)", ["description": "changed"], expecting: 200)
            ledger.did(.patch, text)
        case 1?:
            ledger.tries(.delete, text)
            _ = try await send("DELETE", "\(table)/\(id)", nil, expecting: 204)
            ledger.did(.delete, text)
        default: break
        }
    }

    /// Gets a token; every second one is revoked.
    private func asking(_ url: String) async throws {
        let token = try await app.ask(at: url, scene.caller)
        target.answered()
        let text = token.reveal { String(decoding: $0, as: UTF8.self) }
        ledger.did(.token, text)
        guard number.withLock({ $0 % 2 == 0 }) else { return }
        ledger.tries(.revoke, text)
        _ = try await call("/tokens/revoke", ["token": .string(text)])
        ledger.did(.revoke, text)
    }

    /// Makes a group; every second one is deleted.
    private func administering(_ url: String) async throws {
        let name = next("group")
        ledger.tries(.group, name)
        _ = try await call("/groups", ["name": .string(name)])
        ledger.did(.group, name)
        guard name.utf8.last.map({ $0 % 2 == 0 }) == true else { return }
        ledger.tries(.ungroup, name)
        _ = try await call("/groups/\(name)", nil)
        ledger.did(.ungroup, name)
    }

    /// Somebody leaves: a record starts the flow. At most one in some time, so that flows of all ages are under way.
    private func leaving(_ url: String) async throws {
        guard let login = nextPerson() else { return try await Effects.live().sleep(100) }
        ledger.tries(.leaver, login)
        _ = try await send(
            "POST", url + "/api/now/table/hr_leaver",
            ["name": "Somebody", "email": .string(login), "status": "leaving"], expecting: 201)
        ledger.did(.leaver, login)
        try await Effects.live().sleep(500)
    }

    /// A user is deleted for good, by a flow that nobody but a person may repeat.
    private func removing(_ url: String) async throws {
        guard let login = nextPerson() else { return try await Effects.live().sleep(100) }
        ledger.tries(.removal, login)
        _ = try await call("/flows/delete-user/run", ["input": ["login": .string(login)]])
        ledger.did(.removal, login)
        try await Effects.live().sleep(500)
    }

    private func send(_ method: String, _ url: String, _ json: JSON?, expecting status: Int) async throws -> JSON {
        let reply = try await scene.caller.send(method, url, app.authorization, json: json)
        target.answered()
        guard reply.status == status else {
            // 503 promises nothing: too many changed the same rows at once, or the store is not there.
            if reply.status != 503 { ledger.surprised("\(method) \(reply.status) \(reply.json)") }
            throw HubError(.internal, "test", "Not \(status).")
        }
        return reply.json
    }

    /// An operation; nil for a body deletes.
    private func call(_ path: String, _ body: JSON?) async throws -> JSON {
        do {
            let answer = try await admin.call(body == nil ? "DELETE" : "POST", path, body)
            target.answered()
            return answer
        } catch let error as HubError where error.kind == .unavailable {
            // The hub is gone, or was gone before it answered.
            throw error
        } catch {
            ledger.surprised("\(path) \(error)")
            throw error
        }
    }
}
