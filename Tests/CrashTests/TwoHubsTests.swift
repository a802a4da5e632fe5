import Core
import Dispatch
import Foundation
import Hub
import Identity
import Keys
import Ports
import Storage
import TestSupport
import Testing

/// Two hubs, two processes, one PostgreSQL.
@Suite(.serialized) struct TwoHubsTests {
    @Test("both started at once on an empty store come up, and each sees what the other does")
    func atOnce() async throws {
        try await Pair.run { pair in
            let hubs = pair.hubs
            for (number, hub) in hubs.enumerated() {
                try await hub.call("POST", "/users", ["name": .string("made-\(number)"), "web_service_only": true])
            }
            for hub in hubs {
                let names = try await hub.call("GET", "/users")["items"]?.array?.compactMap { $0["name"]?.string }
                #expect(names == ["made-0", "made-1"])
                #expect(try await pair.caller.send("GET", hub.url + "/health/ready", .plain("-")).status == 200)
                #expect(hub.program.complaint == "")
            }
        }
    }

    /// A change that ends a right, and what gives it back.
    struct Row: Sendable {
        let name: String
        let end: @Sendable (RunningHub, Application) async throws -> Void
        var restore: (@Sendable (RunningHub, Application) async throws -> Void)?
    }

    static let rows = [
        row("the user is locked", "/users/app", ["locked": true], ["locked": false]),
        row("the client is switched off", "/clients/app", ["active": false], ["active": true]),
        row("the client loses its scope", "/clients/app", ["scopes": []], ["scopes": ["all"]]),
        row("the scope is switched off", "/scopes/all", ["active": false], ["active": true]),
        Row(name: "the role is withdrawn") { hub, _ in
            for grant in try await hub.call("GET", "/role-grants?user=app")["items"]?.array ?? [] {
                try await hub.call("DELETE", "/role-grants/\(grant["id"]?.string ?? "-")")
            }
        } restore: { hub, _ in
            try await hub.call("POST", "/role-grants", ["user": "app", "role": "incident_reader"])
        },
        Row(name: "the token is revoked") { hub, app in
            let token = app.token.reveal { String(decoding: $0, as: UTF8.self) }
            try await hub.call("POST", "/tokens/revoke", ["token": .string(token)])
        },
    ]

    private static func row(_ name: String, _ path: String, _ end: JSON, _ restore: JSON) -> Row {
        Row(name: name) { hub, _ in
            try await hub.call("PATCH", path, end)
        } restore: { hub, _ in
            try await hub.call("PATCH", path, restore)
        }
    }

    @Test("a token made at one works at the other; what ends a right at one ends it at the other within a second")
    func rightsEnd() async throws {
        try await Pair.run { pair in
            let (hubs, caller) = (pair.hubs, pair.caller)
            let app = try await Application.register(
                at: hubs[0], caller, tables: ["incident"], roles: ["incident_reader"])
            for (number, row) in Self.rows.enumerated() {
                let (here, there) = (hubs[number % 2], hubs[(number + 1) % 2])
                // Asked often enough to be remembered.
                for hub in [here, there, here, there] { try await works(app, at: hub, caller, row) }
                try await row.end(here, app)
                let ended = clock.monotonicNanoseconds()
                #expect(try await status(app, at: here, caller) != 200, "\(row.name): here at once")
                try await refused(app, at: there, caller, since: ended, row)
                try await row.restore?(here, app)
            }
        }
    }

    private func works(_ app: Application, at hub: RunningHub, _ caller: Caller, _ row: Row) async throws {
        _ = try await eventually("it works before \(row.name)") {
            try await status(app, at: hub, caller) == 200 ? true : nil
        }
    }

    /// Asks until it is refused: no request that was sent more than a second after the change may pass.
    private func refused(
        _ app: Application, at hub: RunningHub, _ caller: Caller, since ended: UInt64, _ row: Row
    ) async throws {
        while true {
            let sent = clock.monotonicNanoseconds()
            if try await status(app, at: hub, caller) != 200 { return }
            let late = sent > ended + UInt64(Limits.epochConfirmMilliseconds.value) * 1_000_000
            try #require(!late, "\(row.name): still allowed at the other hub after a second")
        }
    }

    private func status(_ app: Application, at hub: RunningHub, _ caller: Caller) async throws -> Int {
        try await caller.send("GET", hub.url + "/api/now/table/incident", app.authorization).status
    }

    @Test("a session that began at one counts at the other, and ends at both at once")
    func session() async throws {
        try await Pair.run { pair in
            let cookie = HeaderValue.secret(prefix: "linchpin-loopback=", try await signIn("alice", pair))
            let statuses = {
                var found: [Int] = []
                for hub in pair.hubs {
                    let url = hub.url + "/api/linchpin/v1/users"
                    found.append(try await pair.caller.send("GET", url, cookie, header: "Cookie").status)
                }
                return found
            }
            #expect(try await statuses() == [200, 200])
            let open = try await pair.hubs[1].call("GET", "/sessions")["items"]?.array ?? []
            try await pair.hubs[1].call("DELETE", "/sessions/\(open.first?["id"]?.string ?? "-")")
            #expect(try await statuses() == [401, 401])
        }
    }

    /// Takes a link from the first hub and redeems it on the store.
    private func signIn(_ name: String, _ pair: Pair) async throws -> Secret {
        try await pair.hubs[0].call("POST", "/users", ["name": .string(name)])
        try await pair.hubs[0].call("POST", "/role-grants", ["user": .string(name), "role": "auditor"])
        let made = try await pair.hubs[0].call("POST", "/sign-in-links", ["user": .string(name)])
        let link = made["link"]?.string?.split(separator: "=").last.map(String.init) ?? ""
        let database = try await pair.places[0].store.open()
        let identity = Identity(
            database: database, effects: clock, hasher: PasswordHasher(),
            secondFactorKey: Secret([UInt8](repeating: 0, count: 32)))
        let start = try await identity.redeem(
            link: Secret(link), at: SignInPlace(address: "test"), by: Cause(.hub, at: clock.now(), .new(clock)))
        await database.close()
        guard case .begun(let secret) = start else { throw HubError(.internal, "test", "No session.") }
        return secret
    }

    @Test("one of them chains at a time; when it is killed the other goes on and the chain is whole")
    func chain() async throws {
        try await Pair.run { pair in
            for number in 0..<20 {
                try await pair.hubs[number % 2].call("POST", "/groups", ["name": .string("g\(number)")])
            }
            try await allChained(at: pair.hubs[0])
            let holder = try await pair.read {
                try $0.row("SELECT holder FROM lease WHERE name = $1", [.text("audit-chain")])?.text("holder")
            }
            let dead = try #require(try pair.names().firstIndex { $0 == holder })
            try await pair.kill(dead)
            // Its lease would end by itself within ten seconds.
            try await pair.write { try $0.run("UPDATE lease SET until = 0 WHERE name = $1", [.text("audit-chain")]) }
            try await pair.hubs[1 - dead].call("POST", "/groups", ["name": "after"])
            try await allChained(at: pair.hubs[1 - dead])
        }
    }

    private func allChained(at hub: RunningHub) async throws {
        let verdict = try await eventually("all is chained") {
            let answer = try await hub.call("POST", "/audit-events/verify", [:])
            return answer["pending"] == 0 ? answer : JSON?.none
        }
        #expect(verdict["intact"] == true, "\(verdict)")
    }

    @Test("each leaver is offboarded once, whichever hub takes the post and whichever the work")
    func claimedOnce() async throws {
        try await Offboarding.run(on: .postgres) { scene in
            try await Pair.run(scene.place, scene.caller) { pair in
                scene.proxy.begin(nil)
                let people = try (0..<6).map { _ in try scene.nextPerson() }
                for (number, person) in people.enumerated() {
                    try await scene.post(person, to: pair.hubs[number % 2])
                }
                for (number, person) in people.enumerated() {
                    let execution = try await scene.ended(person, at: pair.hubs[number % 2])
                    #expect(execution["state"] == "done")
                    let journal = scene.done(execution)
                    #expect(journal.count == Set(journal).count)
                    let after = try await scene.state(of: person)
                    #expect(after.status == "SUSPENDED")
                    #expect(after.leavableGroups == 0)
                }
                let seen = scene.proxy.seen.map(\.line)
                #expect(seen.count == people.count * scene.calls)
                #expect(seen.count == Set(seen).count, "nothing is asked twice")
            }
        }
    }

    @Test("the hub that holds an execution is killed inside a call; the other one takes it over", arguments: [2, 4])
    func takenOver(_ call: Int) async throws {
        try await Offboarding.run(on: .postgres) { scene in
            try await Pair.run(scene.place, scene.caller) { pair in
                let person = try scene.nextPerson()
                let (inside, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                scene.proxy.begin(
                    .init(at: call, forwards: true) {
                        inside.signal()
                        release.wait()
                    })
                try await scene.post(person, to: pair.hubs[0])
                await inside.arrival()
                let holder = try await pair.read {
                    try $0.row("SELECT claimed_by FROM execution WHERE state = 'running' LIMIT 1", [])?
                        .text("claimed_by")
                }
                let dead = try #require(try pair.names().firstIndex { $0 == holder })
                try await pair.kill(dead)
                release.signal()
                // Its claim would end by itself within a minute.
                try await pair.write {
                    try $0.run("UPDATE execution SET claimed_until = 0 WHERE state = 'running'", [])
                }
                let execution = try await scene.ended(person, at: pair.hubs[1 - dead])
                #expect(execution["state"] == "done")
                let journal = scene.done(execution)
                #expect(journal.count == Set(journal).count, "no step is done twice")
                let after = try await scene.state(of: person)
                #expect(after.status == "SUSPENDED")
                #expect(after.leavableGroups == 0)
                let seen = scene.proxy.seen.map(\.line)
                for line in Set(seen) {
                    #expect(seen.count { $0 == line } <= (line == seen[call - 1] ? 2 : 1), "\(line)")
                }
            }
        }
    }
}

private let clock = Effects.live()

/// Two running hubs on one store.
private struct Pair: Sendable {
    let hubs: [RunningHub]
    let places: [HubPlace]
    let caller: Caller

    /// On a new store.
    static func run<R>(_ body: (Pair) async throws -> R) async throws -> R {
        try await TestStore.postgres.withHubPlace { place in
            var place = place
            place.masterKeyFile = place.folder + "/master.key"
            let key = Data(Hex.encode((0..<32).map { _ in UInt8.random(in: 0...255) }).utf8)
            try #require(
                FileManager.default.createFile(
                    atPath: place.folder + "/master.key", contents: key, attributes: [.posixPermissions: 0o600]))
            return try await Caller.with { try await run(place, $0, body) }
        }
    }

    /// On a store that is there.
    static func run<R>(_ place: HubPlace, _ caller: Caller, _ body: (Pair) async throws -> R) async throws -> R {
        let places = [place, place.beside]
        return try await RunningHub.run(places) { try await body(Pair(hubs: $0, places: places, caller: caller)) }
    }

    /// What the hubs call themselves in the store.
    func names() throws -> [String] {
        try places.map {
            try String(contentsOfFile: $0.data + "/hub.id", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    func kill(_ number: Int) async throws {
        hubs[number].program.send(SIGKILL)
        #expect(await hubs[number].program.status() == -SIGKILL)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        let database = try await places[0].store.open()
        let result = try await database.read(body)
        await database.close()
        return result
    }

    func write(_ body: @escaping @Sendable (any SQLWriter) throws -> Int) async throws {
        let database = try await places[0].store.open()
        try await database.write(.bookkeeping("a test moves time"), body)
        await database.close()
    }
}

extension DispatchSemaphore {
    /// Waits for a signal without holding up a thread of the pool.
    fileprivate func arrival() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.wait()
                continuation.resume()
            }
        }
    }
}
