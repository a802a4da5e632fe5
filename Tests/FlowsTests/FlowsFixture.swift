import Core
import Foundation
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Flows

/// Files that ship as examples.
///
/// - Parameter retries: whether their steps keep their `retry`; without it the bounds of the hub itself show.
func example(_ name: String, retries: Bool = true) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let source = try String(contentsOf: root.appending(path: "Examples/flows/\(name).yaml"), encoding: .utf8)
    guard !retries else { return source }
    return source.split(separator: "\n").filter { !$0.contains("retry:") }.joined(separator: "\n")
}

/// A store with flows in it, and the hubs that run on it.
struct House: Sendable {
    let database: any Database
    let effects = TestEffects()
    let users = FakeUsers()

    func hub(outside: FakeOutside) -> Flows { hub("hub-1", outside) }

    func hub(
        _ name: String = "hub-1", _ outside: FakeOutside = FakeOutside(), catalogue: FakeCatalogue = FakeCatalogue(),
        death: Death? = nil, sandbox: FakeOutside = FakeOutside(), broke: Told? = nil
    ) -> Flows {
        Flows(
            database: death.map { DeadlyDatabase(inner: database, death: $0) } ?? database,
            effects: effects.effects, hub: name, valueKey: Secret([UInt8](repeating: 7, count: 32)),
            catalogue: catalogue, actions: outside, sandbox: sandbox,
            records: outside, users: users, broke: { id, flow, _, isLast in broke?.add("\(flow) \(isLast)", id) })
    }

    /// Stores a flow and activates it.
    func add(_ source: String, active: Bool = true) async throws {
        let flows = hub()
        let made = try await flows.call("flow.create", ["source": .string(source)], house: self)
        let name = try #require(made["name"]?.string)
        if active { _ = try await flows.call("flow.activate", id: name, house: self) }
    }

    /// Leaves the message that a new leaver leaves.
    @discardableResult
    func leaver(
        _ number: Int = 1, status: String = "leaving", change: String? = nil, chain: [String] = [],
        correlation: CorrelationID? = nil, by: [String] = []
    ) async throws -> CorrelationID {
        let correlation = correlation ?? CorrelationID.new(effects.effects)
        let payload: JSON = [
            "change": .string(change ?? "change-\(number)"), "table": "hr_leaver",
            "sys_id": .string("leaver-\(number)"),
            "kind": "inserted",
            "record": ["sys_id": .string("leaver-\(number)"), "email": "mara@example.com", "status": .string(status)],
            "correlation": .string(correlation.text), "chain": .array(chain.map { .string($0) }),
            "by": .array(by.map { .string($0) }),
        ]
        try await database.write(.bookkeeping("test")) { writer in
            try Outbox.publish(.recordChange, payload, in: writer)
        }
        return correlation
    }

    /// Ticks until nothing is to do at this moment.
    func turn(_ flows: Flows) async throws {
        repeat { await flows.drain() } while try await flows.tick() > 0
        await flows.drain()
    }

    /// Ticks until nothing is to do; rests are over at once.
    func settle(_ flows: Flows) async throws {
        for _ in 0..<50 {
            let count = try await flows.tick()
            await flows.drain()
            if count == 0, try await waiting() == 0 { return }
            effects.advance(seconds: 61)
        }
        Issue.record("the flow never came to rest")
    }

    private func waiting() async throws -> Int {
        try await database.read { reader in
            try reader.rows("SELECT id FROM execution WHERE state IN ('waiting', 'running') LIMIT 10", []).count
        }
    }

    /// `id state` of each execution, oldest first.
    func executions() async throws -> [(id: String, state: String, reason: String)] {
        try await database.read { reader in
            try reader.rows("SELECT id, state, reason FROM execution ORDER BY started_at, id LIMIT 1000", []).map {
                (try $0.text("id"), try $0.text("state"), try $0.text("reason"))
            }
        }
    }

    /// `path#attempt state` of each attempt, in order.
    func journal(_ id: String? = nil) async throws -> [String] {
        try await database.read { reader in
            try reader.rows(
                """
                SELECT path, attempt, state FROM execution_step WHERE $1 = '' OR execution_id = $1
                ORDER BY execution_id, seq LIMIT 10000
                """, [.text(id ?? "")]
            ).map { "\(try $0.text("path"))#\(try $0.int("attempt")) \(try $0.text("state"))" }
        }
    }

    /// The actions of all audit events of that prefix, in order.
    func events(_ prefix: String = "") async throws -> [JSON] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 10000", []).map {
                try JSON.read(try $0.text("event"))
            }.filter { ($0["action"]?.string ?? "").hasPrefix(prefix) }
        }
    }
}

extension Flows {
    /// Calls an operation as the edges do.
    func call(_ name: String, id: String = "", _ input: JSONObject = [:], house: House) async throws -> JSON {
        try await call(name, id: id, input, as: .socket(uid: 0), house)
    }

    /// The same as somebody.
    func call(
        _ name: String, id: String = "", _ input: JSONObject = [:], as caller: Principal, _ house: House
    ) async throws -> JSON {
        let operation = try #require(operations.first { $0.name == name })
        let checked = try operation.check(input)
        return try await operation.run(
            OperationRequest(
                id: id, input: checked.input, secrets: checked.secrets, caller: caller,
                cause: house.effects.cause(caller.actor)))
    }
}

/// What hubs told of executions that break.
final class Told: Sendable {
    private let lines = Mutex<[(what: String, execution: String)]>([])
    var all: [String] { lines.withLock { $0.map(\.what) } }
    var executions: Set<String> { lines.withLock { Set($0.map(\.execution)) } }
    func add(_ what: String, _ execution: String) { lines.withLock { $0.append((what, execution)) } }
}

/// Everybody may approve and has the role that the flows ask, but those of whom something else is said.
final class FakeUsers: UserDirectory {
    private let others = Mutex<[String: UserFacts]>([:])

    func set(_ facts: UserFacts) { others.withLock { $0[facts.id.rawValue] = facts } }

    func user(_ idOrName: String, at now: Timestamp) async throws -> UserFacts? {
        others.withLock { $0[idOrName] } ?? Self.facts(String(idOrName.dropFirst(3)))
    }

    func user(email: String, at now: Timestamp) async throws -> UserFacts? { nil }

    /// The user of that name, whose id is `id-NAME`.
    static func facts(
        _ name: String, isActive: Bool = true, isLocked: Bool = false, roles: Set<String> = ["it_manager", "approver"]
    ) -> UserFacts {
        UserFacts(
            id: UserID("id-\(name)"), name: name, isActive: isActive, isLocked: isLocked, isWebServiceOnly: false,
            roles: roles)
    }
}

/// A value that is known later.
final class Shared<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)
    var value: Value? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Runs a test on a new store.
func withHouse<R>(_ store: TestStore, _ body: (House) async throws -> R) async throws -> R {
    try await store.with(Flows.migrations) { database in try await body(House(database: database)) }
}

/// The reason of the `HubError` that a call throws; empty when it throws none.
func reason(_ body: () async throws -> some Any) async -> String {
    do {
        _ = try await body()
        return ""
    } catch let error as HubError { return error.reason } catch { return "\(error)" }
}
