import Core
import Ports
import Storage
import Synchronization

@testable import Flows

/// Thrown where a hub dies; everything it tries afterwards throws it too.
struct Killed: Error {}

/// Counts the points where a hub may die, and lets it die at one of them.
final class Death: Sendable {
    private let state: Mutex<(seen: Int, at: Int?)>

    init(at point: Int? = nil) { state = Mutex((0, point)) }

    var seen: Int { state.withLock { $0.seen } }

    func point() throws {
        try state.withLock { state in
            defer { state.seen += 1 }
            if let at = state.at, state.seen >= at { throw Killed() }
        }
    }

    func check() throws {
        try state.withLock { state in if let at = state.at, state.seen > at { throw Killed() } }
    }
}

/// A store whose hub may die before or after each commit.
struct DeadlyDatabase: Database {
    let inner: any Database
    let death: Death
    var dialect: Dialect { inner.dialect }
    var epochs: EpochFeed { inner.epochs }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        try death.check()
        return try await inner.read(body)
    }

    func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        try death.point()
        let result = try await inner.write(kind, body)
        try death.point()
        return result
    }

    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }

    func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    func close() async {}
}

/// The outside world and the records, scripted; counts what happened to it.
final class FakeOutside: ActionRunning, RecordChanging {
    typealias Script = @Sendable (_ call: ActionCall, _ times: Int) -> ActionOutcome

    private let state = Mutex<(happened: [String], calls: [ActionCall], causes: [Cause])>(([], [], []))
    private let death: Death
    private let refuses: Set<String>
    private let script: Script
    private let recordError: HubError?
    private let remembers: [String]
    private let looking: @Sendable (_ times: Int) -> ActionOutcome??
    private let looks = Mutex<[String]>([])
    private let lineages = Mutex<[Lineage]>([])
    private let during: @Sendable (ActionCall) async throws -> Void

    /// - Parameters:
    ///   - remembers: what happened in a former life, for looks.
    ///   - looking: what a look finds; nil for what is so.
    ///   - during: what happens elsewhere while a call is under way.
    init(
        death: Death = Death(), refuses: Set<String> = [], recordError: HubError? = nil, remembers: [String] = [],
        looking: @escaping @Sendable (_ times: Int) -> ActionOutcome?? = { _ in nil },
        script: @escaping Script = FakeOutside.okta,
        during: @escaping @Sendable (ActionCall) async throws -> Void = { _ in }
    ) {
        self.during = during
        self.remembers = remembers
        self.looking = looking
        self.death = death
        self.refuses = refuses
        self.recordError = recordError
        self.script = script
    }

    /// What led to each change of a record.
    var led: [Lineage] { lineages.withLock { $0 } }
    var happened: [String] { state.withLock { $0.happened } }
    var calls: [ActionCall] { state.withLock { $0.calls } }
    var causes: [Cause] { state.withLock { $0.causes } }

    func gate(_ call: ActionCall) async throws -> ActionOutcome? {
        try death.check()
        guard refuses.contains(call.action.key) else { return nil }
        return .refused(reason: "action_not_enabled", says: "connection okta-prod does not enable it")
    }

    /// Where every alias leads.
    static let place = CallTarget(id: ConnectionID("c1"), name: "okta-prod", url: "https://acme.example")

    func target(alias: String) async throws -> CallTarget? {
        try death.check()
        return Self.place
    }

    func run(_ call: ActionCall) async throws -> ActionOutcome {
        try death.point()
        let what = "\(call.action.key) \(JSON.object(call.input).text())"
        let times = state.withLock { state in
            state.happened.append(what)
            state.calls.append(call)
            state.causes.append(call.cause)
            return state.happened.count { $0 == what }
        }
        try await during(call)
        try death.point()
        return script(call, times)
    }

    /// How often it was looked.
    var looked: [String] { looks.withLock { $0 } }

    func lookUp(_ call: ActionCall) async throws -> ActionOutcome? {
        try death.point()
        let what = "\(call.action.key) \(JSON.object(call.input).text())"
        let times = looks.withLock { looks in
            looks.append(what)
            return looks.count
        }
        try death.point()
        if let found = looking(times) { return found }
        return (remembers + happened).contains(what)
            ? .done([:]) : .failed(reason: "did_not_happen", says: "nothing is to be seen")
    }

    /// Happens once the transaction has come so far; nothing behind it throws.
    func change(
        table: String, sysID: String, set: [String: String], by cause: Cause, ledBy lineage: Lineage
    ) -> LocalStep.Change {
        let values = set.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return { _ in
            try self.death.point()
            if let error = self.recordError { throw error }
            self.lineages.withLock { $0.append(lineage) }
            self.state.withLock { state in
                state.happened.append("update \(table) \(sysID) \(values)")
                state.causes.append(cause)
            }
        }
    }

    /// A user with three groups to leave and one that is built in.
    static let okta: Script = { call, _ in
        switch call.action.key {
        case "lookup_user": .done(["id": "00u1", "status": "ACTIVE"])
        case "user_groups_stream":
            .done([
                "items": [
                    ["id": "g1", "type": "OKTA_GROUP"], ["id": "g0", "type": "BUILT_IN"],
                    ["id": "g2", "type": "OKTA_GROUP"], ["id": "g3", "type": "OKTA_GROUP"],
                ], "count": 4,
            ])
        default: .done([:])
        }
    }

    /// What offboarding does to the outside.
    static let offboarding = [
        #"lookup_user {"login":"mara@example.com"}"#, #"clear_user_session {"user_id":"00u1"}"#,
        #"user_groups_stream {"user_id":"00u1"}"#,
        #"remove_user_from_group {"user_id":"00u1","group_id":"g1"}"#,
        #"remove_user_from_group {"user_id":"00u1","group_id":"g2"}"#,
        #"remove_user_from_group {"user_id":"00u1","group_id":"g3"}"#, #"suspend_user {"user_id":"00u1"}"#,
    ]
}

/// Six actions of a spoke `okta`.
struct FakeCatalogue: ActionCatalogue {
    var repeats: Repeat = .safe
    /// Further actions of it.
    var more: [ActionDescription] = []
    private static let reads: Set<String> = ["lookup_user", "user_groups_stream"]
    /// What is known of some; nothing of the others.
    private static let outputs: [String: Set<String>] = [
        "lookup_user": ["id", "status"], "user_groups_stream": ["id", "type"], "suspend_user": [],
    ]

    func describe(_ action: ActionName) -> ActionDescription? {
        actions(of: action.spoke)?.first { $0.action == action }
    }

    func actions(of spoke: String) -> [ActionDescription]? {
        guard spoke == "okta" else { return nil }
        let inputs: [(String, Set<String>)] = [
            ("lookup_user", ["login"]), ("clear_user_session", ["user_id"]), ("user_groups_stream", ["user_id"]),
            ("remove_user_from_group", ["user_id", "group_id"]), ("suspend_user", ["user_id"]),
            ("delete_user", ["user_id"]),
        ]
        return inputs.map { key, required in
            ActionDescription(
                action: ActionName(spoke: "okta", key: key), title: key,
                // What has an output cannot be settled by a look.
                repeat: repeats == .lookUp && Self.reads.contains(key) ? .safe : repeats,
                isStream: key.hasSuffix("_stream"), required: required, inputs: required.union(["note"]),
                outputs: Self.outputs[key],
                isDestructive: ["remove_user_from_group", "suspend_user", "delete_user"].contains(key))
        } + more
    }

    func credentialKinds(of spoke: String) -> Set<String>? { spoke == "okta" ? ["api_key"] : nil }
}
