import Core
import Documents
import Foundation
import Hub
import Monitoring
import Outbound
import Ports
import Spokes
import Storage
import StorageSQLite
import Synchronization
import Vault

/// The hub's own parts between an action and the socket, in this process, before a provider on loopback.
struct ActionRig: Sendable {
    let provider: TLSProvider
    let clock: BenchClock
    private let vault: Vault
    private let spokes: Spokes

    /// Makes store, log, connection and credential, hands them over, closes them.
    static func with<R: Sendable>(_ body: (ActionRig) async throws -> R) async throws -> R {
        let clock = BenchClock()
        return try await TLSProvider.with { provider in
            let database = try SQLiteDatabase(path: Site.folder + "/actions.sqlite")
            _ = try await Migrator.bring(
                database, to: Vault.migrations + Spokes.migrations + MonitoringSchema.migrations,
                at: clock.effects.now())
            let store = try SQLiteDatabase(path: Site.folder + "/actions-log.sqlite")
            _ = try await Migrator.bring(store, to: MonitoringSchema.logMigrations, at: clock.effects.now())
            let log = TransactionLog(store: .single(store), effects: clock.effects)
            let outbound = OutboundClient()
            let result: Result<R, any Error>
            do {
                let rig = try await ActionRig(provider, clock, database, log, outbound)
                try await rig.furnish()
                let loops = Task {
                    while true {
                        try await database.epochs.follow(database, at: clock.effects.monotonicNanoseconds())
                        try await clock.effects.sleep(50)
                        try await log.flush()
                    }
                }
                defer { loops.cancel() }
                result = .success(try await body(rig))
            } catch { result = .failure(error) }
            try await outbound.shutdown()
            try await log.close()
            await database.close()
            return try result.get()
        }
    }

    private init(
        _ provider: TLSProvider, _ clock: BenchClock, _ database: SQLiteDatabase, _ log: TransactionLog,
        _ outbound: OutboundClient
    ) async throws {
        self.provider = provider
        self.clock = clock
        let catalogue = try SpokeCatalogue.load(operatorFiles: [(name: "bench.yaml", bytes: Array(Self.spoke.utf8))])
        vault = try await Vault.open(
            database: database, effects: clock.effects, masterKey: Secret(clock.effects.randomBytes(32)),
            catalogue: catalogue, hub: "bench")
        let custodian = Custodian(vault: vault, outbound: outbound, log: log) { "https://hub.example.org" }
        spokes = Spokes(
            catalogue: catalogue, credentials: custodian, outbound: outbound, log: log, database: database,
            journal: nil, effects: clock.effects)
    }

    private func furnish() async throws {
        try await call("spoke.activate", "bench", [:])
        try await call(
            "credential.create", "",
            [
                "name": "bench", "kind": "oauth", "secret": "bench-client-secret",
                "settings": [
                    "grant": "client_credentials", "client_id": "bench", "token_url": .string(provider.url + "/token"),
                    "scopes": ["bench"], "allow_loopback_http": true,
                ],
            ])
        try await call(
            "connection.create", "",
            [
                "name": "bench", "spoke": "bench", "url": .string(provider.url), "credentials": ["bench"],
                "allow_loopback_http": true, "actions": ["look", "users"],
                "trust_roots": .string(String(decoding: provider.certificate, as: UTF8.self)),
            ])
        try await call("alias.create", "", ["name": "bench", "spoke": "bench", "connection": "bench"])
    }

    private func call(_ name: String, _ id: String, _ sent: JSONObject) async throws {
        guard let operation = (vault.operations + spokes.operations).first(where: { $0.name == name }) else {
            throw BenchProblem("there is no operation \(name)")
        }
        let (input, secrets) = try operation.check(sent)
        _ = try await operation.run(
            OperationRequest(id: id, input: input, secrets: secrets, caller: .socket(uid: 0), cause: cause))
    }

    private var cause: Cause { Cause(.hub, at: clock.effects.now(), .new(clock.effects)) }

    /// Runs one action; throws unless it is done.
    @discardableResult func act(_ action: String = "look") async throws -> JSON {
        let outcome = try await spokes.run(
            ActionCall(
                action: ActionName(spoke: "bench", key: action), alias: "bench",
                input: action == "look" ? ["id": "1"] : [:], most: nil, execution: "", cause: cause))
        guard case .done(let answer) = outcome else { throw BenchProblem("\(outcome.reason): \(outcome.says)") }
        return answer
    }

    /// Runs it so often, by as many callers as `wrk` has.
    func acts(_ count: Int) async throws { try await Self.share(count) { try await act() } }

    /// Does something so often, by so many at once.
    static func share(_ count: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Wrk.connections {
                group.addTask { for _ in 0..<(count / Wrk.connections) { try await body() } }
            }
            try await group.waitForAll()
        }
    }

    /// The action `look` of a spoke's file, which gets one thing.
    static func look(at path: String) -> String {
        """
          look:
            name: Look
            says: Looks at one thing.
            kind: request
            request: { method: GET, path: "\(path)" }
            input:
              type: object
              required: [id]
              additionalProperties: false
              properties:
                id: { type: string, maxLength: 32, description: an id }
            output: { id: /id }
            success: [200]
            scopes: []
            permissions: []
            destructive: no
            repeat: safe
        """
    }

    private static let spoke = """
        spoke: bench
        title: Bench
        version: 1
        source: bench
        base: "{connection.url}"
        authentication: [oauth]
        oauth: { token: "{connection.url}/token", refresh_repeat: ask }
        errors: { code: /code }
        actions:
        \(look(at: "/things/{id}"))
          users:
            name: Users
            says: Lists users.
            kind: stream
            request: { method: GET, path: "/users" }
            input: { type: object, additionalProperties: false, properties: {} }
            pages: link_header
            output: { id: /id, login: /profile/login }
            success: [200]
            scopes: []
            permissions: []
            destructive: no
            repeat: safe
        """ + "\n"
}

/// The real clock, moved forward by hand.
final class BenchClock: Sendable {
    private let live = Effects.live()
    private let ahead = Mutex<Int64>(0)

    func advance(seconds: Int64) { ahead.withLock { $0 += seconds } }

    var effects: Effects {
        var effects = live
        effects.now = { self.live.now().adding(seconds: self.ahead.withLock { $0 }) }
        return effects
    }
}
