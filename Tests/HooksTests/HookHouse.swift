import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Hooks

/// A provider whose events are `{"list": [{"id", "at", "kind"}]}`, and whose log lists the same.
final class FakeProvider: HookProtocols, ActionRunning {
    private struct State {
        var active: Set<String> = ["toy"]
        var log: [JSON] = []
        var answer: ActionOutcome?
        var refusal: ActionOutcome?
        var calls: [ActionCall] = []
        var most = Int.max
    }
    private let state = Mutex(State())

    var calls: [ActionCall] { state.withLock { $0.calls } }
    var hookSpokes: [String] { ["toy"] }

    func isActive(_ spoke: String) async throws -> Bool { state.withLock { $0.active.contains(spoke) } }
    func deactivate(_ spoke: String) { _ = state.withLock { $0.active.remove(spoke) } }
    /// What the log holds, whatever it is asked for.
    func logs(_ events: [JSON], most: Int = .max) {
        state.withLock { ($0.log, $0.most) = (events, most) }
    }
    /// How every read ends, instead of with the log.
    func answers(_ outcome: ActionOutcome?) { state.withLock { $0.answer = outcome } }
    func refuses(_ outcome: ActionOutcome?) { state.withLock { $0.refusal = outcome } }

    func hooks(of spoke: String) -> HookProtocol? {
        guard spoke == "toy" else { return nil }
        return HookProtocol(
            challengeHeader: "x-toy-question", challengeMember: "answer",
            stream: ActionName(spoke: "toy", key: "log"),
            events: { body in
                guard let items = body["list"]?.array else { return nil }
                let events = items.compactMap(Self.event)
                return events.count == items.count ? events : nil
            }, item: Self.event,
            inputs: { types, since, until in
                types.map {
                    [
                        "since": .string(since.rfc3339), "until": .string(until.rfc3339), "kind": .string($0),
                    ]
                }
            })
    }

    private static func event(_ item: JSON) -> HookEvent? {
        guard let id = item["id"]?.string, let at = item["at"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let kind = item["kind"]?.string
        else { return nil }
        return HookEvent(id: id, published: at, type: kind, event: item)
    }

    func gate(_ call: ActionCall) async throws -> ActionOutcome? { state.withLock { $0.refusal } }

    func run(_ call: ActionCall) async throws -> ActionOutcome {
        state.withLock { state in
            state.calls.append(call)
            if let answer = state.answer { return answer }
            let own = state.log.filter { item in
                guard let at = item["at"]?.string else { return true }
                return item["kind"] == call.input["kind"] && at >= call.input["since"]?.string ?? ""
                    && at <= call.input["until"]?.string ?? ""
            }
            var output: JSONObject = ["items": .array(Array(own.prefix(state.most)))]
            if own.count > state.most { output["more"] = true }
            return .done(.object(output))
        }
    }
}

/// A store with a hook in it.
struct HookHouse: Sendable {
    let database: any Database
    let provider = FakeProvider()
    let effects = TestEffects()
    let hooks: Hooks

    init(_ database: any Database) {
        self.database = database
        hooks = Hooks(
            database: database, effects: effects.effects, protocols: provider, actions: provider,
            origin: { "https://hub.example" })
    }

    static func with<R>(_ store: TestStore, _ body: (HookHouse) async throws -> R) async throws -> R {
        try await store.with(Hooks.migrations) { database in try await body(HookHouse(database)) }
    }

    @discardableResult
    func call(_ name: String, id: String = "", _ input: JSONObject = [:]) async throws -> JSON {
        let operation = try #require(hooks.operations.first { $0.name == name })
        let checked = try operation.check(input)
        let caller = Principal.socket(uid: 0)
        return try await operation.run(
            OperationRequest(
                id: id, input: checked.input, secrets: checked.secrets, caller: caller,
                cause: effects.cause(caller.actor)))
    }

    /// A hook `feed` that its provider has verified; answers its secret.
    @discardableResult
    func feed(_ more: JSONObject = ["alias": "toy-prod", "types": ["made", "gone"]]) async throws -> String {
        var input: JSONObject = ["name": "feed", "spoke": "toy"]
        for member in more.members { input[member.name] = member.value }
        try await call("hook.create", input)
        let secret = try await rotate()
        _ = try await hooks.verify(try await proved(secret), at: effects.now, .new(effects.effects)) { _ in ["q"] }
        return secret
    }

    func rotate() async throws -> String {
        try #require(try await call("hook.rotate-secret", id: "feed")["secret"]?.string)
    }

    func admit(_ values: [String], spoke: String = "toy", hook: String = "feed") async throws -> Hooks.Admission {
        try await hooks.admit(spoke: spoke, hook: hook, at: effects.now) { $0 == "x-linchpin-hook" ? values : [] }
    }

    func proved(_ secret: String) async throws -> Hooks.Proved {
        guard case .proved(let proved) = try await admit([secret]) else {
            throw HubError(.internal, "test", "the secret is not taken")
        }
        return proved
    }

    /// A delivery of these events; answers how many were new.
    @discardableResult
    func deliver(_ secret: String, _ events: [JSON]) async throws -> Int {
        let body: JSON = ["list": .array(events)]
        return try await hooks.receive(
            try await proved(secret), body: body.bytes, at: effects.now, .new(effects.effects))
    }

    /// An event so many seconds after the clock of the test began.
    func event(_ id: String, at seconds: Int64, kind: String = "made") -> JSON {
        let moment = Timestamp(epochSeconds: 1_790_000_000).adding(seconds: seconds)
        return ["id": .string(id), "at": .string(moment.rfc3339), "kind": .string(kind)]
    }

    /// `id` of each message for flows, in their order, with a `~` where it is late.
    func messages() async throws -> [String] {
        try await database.read { try Outbox.waiting(.hookEvent, most: 200, in: $0) }.map { message in
            (message.payload["event_id"]?.string ?? "?") + (message.payload["late"]?.bool == true ? "~" : "")
        }
    }

    func events(_ prefix: String) async throws -> [JSON] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", []).map {
                try JSON.read(try $0.text("event"))
            }.filter { ($0["action"]?.string ?? "").hasPrefix(prefix) }
        }
    }

    func findings() async throws -> [String] {
        (try await call("hook.get", id: "feed")["findings"]?.array ?? []).compactMap { $0["reason"]?.string }
    }
}

/// The reason of the `HubError` that a call throws; empty when it throws none.
func reason(_ body: () async throws -> some Any) async -> String {
    do {
        _ = try await body()
        return ""
    } catch let error as HubError { return error.reason } catch { return "\(error)" }
}
