import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Vault

/// One spoke whose provider issues tokens.
struct OAuthCatalogue: ActionCatalogue {
    func describe(_ action: ActionName) -> ActionDescription? { nil }
    func actions(of spoke: String) -> [ActionDescription]? { spoke == "okta" ? [] : nil }
    func credentialKinds(of spoke: String) -> Set<String>? { spoke == "okta" ? ["api_key", "oauth"] : nil }
    func oauthTemplate(of spoke: String) -> OAuthTemplate? {
        guard spoke == "okta" else { return nil }
        let base = "{connection.url}/oauth2/{api_version}"
        return OAuthTemplate(
            endpoints: [
                "authorize_url": "\(base)/authorize", "token_url": "\(base)/token", "revoke_url": "\(base)/revoke",
                "introspect_url": "\(base)/introspect", "issuer": "{connection.url}",
            ], apiVersion: "v1", offlineScope: "offline_access", repeatIsSafe: true, graceSeconds: 0,
            owner: .introspection, ownerPointer: "/username", scopes: [])
    }
}

/// What goes to the log, for tests that look at it.
final class LogNotes: TransactionLogging {
    private let state = Mutex<[Transaction]>([])
    var rows: [Transaction] { state.withLock { $0 } }
    func log(_ transaction: Transaction) { state.withLock { $0.append(transaction) } }
}

/// A custodian over a store and a fake provider.
struct CustodyRig {
    let database: any Database
    let clock: TestEffects
    let vault: Vault
    let custodian: Custodian
    let provider: FakeProvider
    let log = LogNotes()

    static let session = Principal(
        user: UserID("u1"), userName: "mara", client: nil, clientName: "-", roles: ["admin"], scopes: nil,
        method: .session, session: SessionID("s1"))

    init(
        _ database: any Database, provider: FakeProvider = FakeProvider(), clock: TestEffects = TestEffects(),
        hub: String = VaultRig.hub
    ) async throws {
        self.database = database
        self.clock = clock
        self.provider = provider
        vault = try await Vault.open(
            database: database, effects: clock.effects, masterKey: VaultRig.masterKey, catalogue: OAuthCatalogue(),
            hub: hub)
        custodian = Custodian(vault: vault, outbound: provider, log: log) { "https://hub.example.org" }
    }

    static func with<R>(_ store: TestStore, _ body: (CustodyRig) async throws -> R) async throws -> R {
        try await store.with(Vault.migrations) { try await body(try await CustodyRig($0)) }
    }

    @discardableResult func run(
        _ name: String, _ id: String = "", _ sent: JSONObject = [:], as caller: Principal = .socket(uid: 0)
    ) async throws -> JSON {
        try await follow()
        let operation = try #require((vault.operations + custodian.operations).first { $0.name == name })
        let (input, secrets) = try operation.check(sent)
        return try await operation.run(
            OperationRequest(id: id, input: input, secrets: secrets, caller: caller, cause: clock.cause()))
    }

    /// Reads the feed, so that what is remembered counts.
    func follow() async throws { try await database.epochs.follow(database, at: clock.effects.monotonicNanoseconds()) }

    static let nine = [
        "okta.users.manage", "okta.apps.manage", "okta.logs.read", "okta.groups.read", "okta.groups.manage",
        "okta.users.read", "okta.apps.read", "okta.eventHooks.read", "okta.eventHooks.manage",
    ]

    /// The credential `okta` that a person must consent to.
    func makeConsented(_ more: JSONObject = [:]) async throws {
        var settings: JSONObject = [
            "grant": "authorization_code", "client_id": "0oa1", "spoke": "okta", "url": "https://acme.okta.com",
            "scopes": .array(Self.nine.map { .string($0) }),
        ]
        for member in more.members { settings[member.name] = member.value }
        try await run(
            "credential.create", "",
            ["name": "okta", "kind": "oauth", "secret": "client-s3cret", "settings": .object(settings)])
    }

    /// The credential `okta` that the client needs nobody for.
    func makeClient(_ more: JSONObject = [:], secret: String? = "client-s3cret") async throws {
        var settings: JSONObject = [
            "grant": "client_credentials", "client_id": "0oa1", "token_url": "https://acme.okta.com/oauth2/v1/token",
            "scopes": ["okta.users.read"],
        ]
        for member in more.members { settings[member.name] = member.value }
        var sent: JSONObject = ["name": "okta", "kind": "oauth", "settings": .object(settings)]
        sent["secret"] = secret.map { .string($0) }
        try await run("credential.create", "", sent)
    }

    /// A connection to the provider of `okta`, with that credential unless `more` names others.
    func connect(_ more: JSONObject = [:], as name: String = "prod") async throws {
        var sent: JSONObject = [
            "name": .string(name), "spoke": "okta", "url": "https://acme.okta.com", "credentials": ["okta"],
        ]
        for member in more.members { sent[member.name] = member.value }
        try await run("connection.create", "", sent)
    }

    /// Goes the whole way of a consent, as a session of the console.
    @discardableResult func consent(as caller: Principal = CustodyRig.session) async throws -> JSON {
        let begun = try await begin(as: caller)
        let code = try await comeBack([("code", "code-1"), ("state", begun.state)])
        return try await run(
            "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)], as: caller)
    }

    /// A browser comes back from the provider; the code that it holds then, or is shown.
    func comeBack(_ pairs: [(String, String)]) async throws -> String {
        switch try await custodian.comeBack(pairs.map { (name: $0.0, value: $0.1) }, at: clock.now) {
        case .session(_, _, let code), .code(let code, _): code
        case .unknown: ""
        }
    }

    /// Begins a consent; the provider learns the challenge of the address.
    func begin(
        as caller: Principal = CustodyRig.session
    ) async throws -> (id: String, state: String, query: [String: String]) {
        let answer = try await run("credential.authorize", "okta", as: caller)
        let url = try #require(answer["url"]?.string)
        var query: [String: String] = [:]
        for pair in try FormParameters(Array(url.split(separator: "?")[1].utf8)).pairs { query[pair.name] = pair.value }
        let challenge = query["code_challenge"]
        provider.set { $0.challenge = challenge }
        return (try #require(answer["consent"]?.string), try #require(query["state"]), query)
    }

    /// What a call gets; the token as text.
    func live(refused: Int64? = nil) async throws -> String {
        try await follow()
        let held = try await custodian.held("okta")
        let asked = ResolvedCredential(
            id: CredentialID(held.credential.id), name: "okta", kind: "oauth", secret: Secret([]),
            version: held.grant.state.generation, token: OutsideToken(scopes: []))
        return switch try await custodian.live(asked, refused: refused, clock.cause()) {
        case .live(let credential): credential.secret.reveal { String(decoding: $0, as: UTF8.self) }
        case .refused(let reason, _): "refused: \(reason)"
        case .later(let reason, _, _): "later: \(reason)"
        }
    }

    func grant() async throws -> JSON { try await run("credential.grant", "okta") }

    /// The findings' codes.
    func findings() async throws -> [String] {
        try await grant()["findings"]?.array?.compactMap { $0["reason"]?.string } ?? []
    }

    /// Names of the audit events so far, in order, without those of configuration.
    func events() async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 5000", []).map {
                try JSON.read(try $0.text("event"))["action"]?.string ?? "?"
            }
        }.filter { $0.hasPrefix("grant.") }
    }
}
