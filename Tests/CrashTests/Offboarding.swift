import Core
import Foundation
import Hub
import Ports
import Synchronization
import TestSupport

@testable import OktaSandbox

/// A sandbox that survives, a proxy before it, and the place of a hub that is set up to offboard people through both.
struct Offboarding: Sendable {
    let place: HubPlace
    let proxy: CuttingProxy
    let caller: Caller
    let app: Application
    let sandbox: String
    let sandboxKey: Secret
    private let people: People

    /// How many calls the flow makes for one person.
    var calls: Int { 4 + People.groups }

    static func run(on store: TestStore, _ body: (Offboarding) async throws -> Void) async throws {
        try await store.withHubPlace { place in
            let token = place.folder + "/token"
            let program = try Program(
                words: ["sandbox", "okta", "--port", "0", "--token-file", token],
                complaints: place.folder + "/sandbox-complaints")
            do {
                try await Caller.with { try await scene(place, program, token, $0, body) }
                program.send(SIGKILL)
                _ = await program.status()
            } catch {
                program.send(SIGKILL)
                _ = await program.status()
                throw error
            }
        }
    }

    private static func scene(
        _ place: HubPlace, _ program: Program, _ tokenFile: String, _ caller: Caller,
        _ body: (Offboarding) async throws -> Void
    ) async throws {
        let line = try await program.line(with: "Okta sandbox http://")
        let url = line.split(separator: " ").first { $0.hasPrefix("http://") }.map(String.init) ?? ""
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw CocoaError(.formatting) }
        let key = try String(contentsOfFile: tokenFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let proxy = try CuttingProxy(to: port)
        defer { proxy.close() }
        let app = try await RunningHub.run(place) { hub in
            let app = try await Application.register(
                at: hub, caller, tables: ["hr_leaver"], roles: ["hr_leaver_writer"])
            try await connect(hub, to: proxy.port, key)
            return app
        }
        try await body(
            Offboarding(
                place: place, proxy: proxy, caller: caller, app: app, sandbox: url, sandboxKey: Secret(key),
                people: People()))
    }

    private static func connect(_ hub: RunningHub, to port: UInt16, _ key: String) async throws {
        try await hub.call("POST", "/spokes/okta/activate", [:])
        try await hub.call("POST", "/credentials", ["name": "okta-key", "kind": "api_key", "secret": .string(key)])
        let actions: [JSON] = [
            "lookup_user", "clear_user_session", "user_groups_stream", "remove_user_from_group", "suspend_user",
            "delete_user",
        ]
        try await hub.call(
            "POST", "/connections",
            [
                "name": "okta-prod", "spoke": "okta", "url": .string("http://127.0.0.1:\(port)"),
                "credential": "okta-key", "allow_loopback_http": true, "actions": .array(actions),
            ])
        try await hub.call("POST", "/aliases", ["name": "okta-prod", "spoke": "okta", "connection": "okta-prod"])
        for source in [Demo.shippedFlows[0], deleteUser] {
            let flow = try await hub.call("POST", "/flows", ["source": .string(source)])
            try await hub.call("POST", "/flows/\(flow["name"]?.string ?? "")/activate", [:])
        }
    }

    private static let deleteUser = """
        flow: delete-user
        title: Delete a user in Okta for good
        trigger:
          manual:
            login: { type: text, says: The login of the user to delete. }
        uses: { okta: okta-prod }
        steps:
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
          - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
        """

    /// Somebody active who has not left yet.
    func nextPerson() throws -> Leaver {
        guard let person = people.next() else { throw HubError(.internal, "test", "Nobody is left.") }
        return person
    }
}

/// Somebody who leaves.
struct Leaver: Sendable {
    let login: String
}

/// Active people of the built-in org with the same number of groups that can be left.
private final class People: Sendable {
    static let groups = 3
    private let left: Mutex<[Person]>

    init() {
        let org = OktaOrg.builtIn(seed: 1, at: Timestamp(epochSeconds: 1_790_000_000), baseURL: "", tokens: [])
        let leavable = Set(org.groups.filter { $0.kind == .okta }.map(\.id))
        left = Mutex(
            org.persons.filter { $0.status == .active && $0.groupIDs.intersection(leavable).count == Self.groups })
    }

    func next() -> Leaver? { left.withLock { $0.popLast() }.map { Leaver(login: $0.login) } }
}

extension Offboarding {
    /// Posts a leaver to a hub that is killed at a call of the flow, or else when the flow has ended; returns whether
    /// it was killed at the call.
    func leave(_ person: Leaver, killedAt call: Int, _ forwards: Bool) async throws -> Bool {
        try await RunningHub.run(place) { hub in
            let isKilled = Mutex(false)
            proxy.begin(
                .init(at: call, forwards: forwards) { [program = hub.program] in
                    isKilled.withLock { $0 = true }
                    program.send(SIGKILL)
                })
            do { try await post(person, to: hub) } catch {
                // The flow may get so far that the hub dies before it answers; the record is there then.
                guard isKilled.withLock({ $0 }) else { throw error }
            }
            if call <= calls {
                _ = await hub.program.status()
            } else {
                _ = try await ended(person, at: hub)
            }
            return isKilled.withLock { $0 }
        }
    }

    /// Posts a leaver.
    func post(_ person: Leaver, to hub: RunningHub) async throws {
        let posted = try await caller.send(
            "POST", hub.url + "/api/now/table/hr_leaver", app.authorization,
            json: ["name": "Somebody", "email": .string(person.login), "status": "leaving"])
        guard posted.status == 201 else { throw HubError(.internal, "test", "The leaver got \(posted.status).") }
    }

    /// The execution of that person when it has come to an end.
    func ended(_ person: Leaver, at hub: RunningHub) async throws -> JSON {
        try await settled(try await execution(of: person, at: hub), at: hub)
    }

    /// The id of the execution of that person.
    func execution(of person: Leaver, at hub: RunningHub) async throws -> String {
        try await eventually("an execution for \(person.login)") {
            for item in try await hub.call("GET", "/executions?flow=offboard-leaver")["items"]?.array ?? [] {
                guard let id = item["id"]?.string else { continue }
                let email = try await hub.call("GET", "/executions/\(id)").value(at: "/trigger/record/email")?.string
                if email == person.login { return id }
            }
            return nil
        }
    }

    /// An execution when nothing more happens by itself.
    func settled(_ id: String, at hub: RunningHub, every milliseconds: Int64 = 25) async throws -> JSON {
        try await eventually("the end of \(id)", every: milliseconds) {
            let execution = try await hub.call("GET", "/executions/\(id)")
            return ["waiting", "running"].contains(execution["state"]?.string ?? "") ? JSON?.none : execution
        }
    }

    /// The paths of attempts that are done.
    func done(_ execution: JSON) -> [String] {
        (execution["steps"]?.array ?? []).filter { $0["state"] == "done" }.compactMap { $0["path"]?.string }
    }

    /// The id that the sandbox has for somebody.
    func id(of person: Leaver) async throws -> String {
        let key = HeaderValue.secret(prefix: "SSWS ", sandboxKey)
        let user = try await caller.send("GET", "\(sandbox)/api/v1/users/\(person.login)", key)
        guard let id = user.json["id"]?.string else { throw HubError(.internal, "test", "Nobody: \(user.status).") }
        return id
    }

    /// The call that suspends somebody, as the proxy sees it.
    func suspension(of person: Leaver) async throws -> String {
        "POST /api/v1/users/\(try await id(of: person))/lifecycle/suspend"
    }

    /// What the sandbox itself says of somebody.
    func state(of person: Leaver) async throws -> (status: String, leavableGroups: Int) {
        let key = HeaderValue.secret(prefix: "SSWS ", sandboxKey)
        let user = try await caller.send("GET", "\(sandbox)/api/v1/users/\(person.login)", key)
        guard user.status == 200, let id = user.json["id"]?.string else { return ("gone", 0) }
        let groups = try await caller.send("GET", "\(sandbox)/api/v1/users/\(id)/groups", key)
        let leavable = (groups.json.array ?? []).count { $0["type"] == "OKTA_GROUP" }
        return (user.json["status"]?.string ?? "-", leavable)
    }
}
