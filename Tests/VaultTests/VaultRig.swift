import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing
import Vault

/// A catalogue of two spokes: one takes API keys, the other does not.
struct FakeCatalogue: ActionCatalogue {
    private let spokes: [String: [String]] = [
        "okta": ["delete_user", "lookup_user", "suspend_user"], "mail": ["send"],
    ]

    func describe(_ action: ActionName) -> ActionDescription? {
        actions(of: action.spoke)?.first { $0.action == action }
    }

    func actions(of spoke: String) -> [ActionDescription]? {
        spokes[spoke]?.map {
            ActionDescription(
                action: ActionName(spoke: spoke, key: $0), title: $0, repeat: .ask, isStream: false, required: [],
                inputs: [])
        }
    }

    func credentialKinds(of spoke: String) -> Set<String>? {
        spokes[spoke] == nil ? nil : spoke == "okta" ? ["api_key"] : ["basic"]
    }
}

/// A vault on a store, driven as the edges drive it: input checked against the fields, then run.
struct VaultRig {
    static let masterKey = Secret([UInt8](repeating: 42, count: 32))
    static let hub = "0123456789abcdef0123456789abcdef"

    let database: any Database
    let clock: TestEffects
    let vault: Vault

    init(_ database: any Database, seed: UInt64 = 1) async throws {
        self.database = database
        clock = TestEffects(seed: seed)
        vault = try await Vault.open(
            database: database, effects: clock.effects, masterKey: Self.masterKey, catalogue: FakeCatalogue(),
            hub: Self.hub)
    }

    static func with<R>(_ store: TestStore, _ body: (VaultRig) async throws -> R) async throws -> R {
        try await store.with(Vault.migrations) { try await body(try await VaultRig($0)) }
    }

    /// - Parameter roles: those of the caller; nil for all.
    @discardableResult func run(
        _ name: String, _ id: String = "", _ sent: JSONObject = [:], as roles: Set<String>? = nil
    ) async throws -> JSON {
        try await follow()
        let operation = try #require(vault.operations.first { $0.name == name })
        let (input, secrets) = try operation.check(sent)
        return try await operation.run(
            OperationRequest(
                id: id, input: input, secrets: secrets, caller: Self.caller(roles), cause: clock.cause()))
    }

    private static func caller(_ roles: Set<String>?) -> Principal {
        guard let roles else { return .socket(uid: 0) }
        return Principal(
            user: UserID("u9"), userName: "caller", client: nil, clientName: "-", roles: roles, scopes: nil,
            method: .bearer)
    }

    /// The error of a call that must fail.
    func refusal(
        _ name: String, _ id: String = "", _ sent: JSONObject = [:], as roles: Set<String>? = nil
    ) async -> HubError? {
        await failure { try await run(name, id, sent, as: roles) }
    }

    /// A credential `key`, a connection `prod` with one action, and an alias `okta` that leads there.
    func furnish() async throws {
        try await run("credential.create", "", ["name": "key", "kind": "api_key", "secret": "s3cret-1"])
        try await run(
            "connection.create", "",
            [
                "name": "prod", "spoke": "okta", "url": "https://prod.okta.com", "credential": "key",
                "actions": ["suspend_user"],
            ])
        try await run("alias.create", "", ["name": "okta", "spoke": "okta", "connection": "prod"])
    }

    /// Reads the feed, so that what is remembered counts.
    func follow() async throws { try await database.epochs.follow(database, at: clock.effects.monotonicNanoseconds()) }

    /// Names of the audit events so far, in order.
    func events() async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", []).map {
                try JSON.read(try $0.text("event"))["action"]?.string ?? "?"
            }
        }
    }

    /// What a database administrator could do, as a hub sees it that remembers nothing any more.
    func tamper(_ sql: SQL, _ values: [SQLValue] = []) async throws {
        let now = clock.now
        let count = try await database.write(.bookkeeping("a test's tampering")) { writer in
            try writer.announce(.everything, at: now)
            return try writer.run(sql, values)
        }
        #expect(count > 0)
    }

    func resolved() async throws -> String {
        try await resolvedAll().first?.secret ?? "none"
    }

    /// Names and secrets, in the order in which they are tried.
    func resolvedAll() async throws -> [(name: String, secret: String)] {
        try await follow()
        return try await vault.resolve(alias: "okta").credentials.map { credential in
            (credential.name, credential.secret.reveal { String(decoding: $0, as: UTF8.self) })
        }
    }
}

/// The `HubError` of a call that must fail; another error, or none, fails the test.
func failure(_ body: () async throws -> some Any) async -> HubError? {
    do {
        _ = try await body()
        Issue.record("it passed")
        return nil
    } catch {
        guard let error = error as? HubError else {
            Issue.record(error)
            return nil
        }
        return error
    }
}
