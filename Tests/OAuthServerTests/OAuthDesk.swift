import Core
import Keys
import OAuthServer
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

/// Users and scopes that tests switch on and off.
final class TestWorld: UserDirectory, ScopeDirectory, PasswordChecking, SignInReading {
    private let users = Mutex<[String: UserFacts]>([:])
    private let scopes = Mutex<Set<String>>(["incident.read", "incident.write", "hr.read"])

    private let endedSessions = Mutex<Set<SessionID>>([])
    private let secondFactors = Mutex<Set<UserID>>([])

    init() { set() }

    func end(_ session: SessionID) { endedSessions.withLock { _ = $0.insert(session) } }
    func setSecondFactor(of user: UserID) { secondFactors.withLock { _ = $0.insert(user) } }
    func stands(_ session: SessionID, in reader: any SQLReader) throws -> Bool {
        endedSessions.withLock { !$0.contains(session) }
    }
    func hasSecondFactor(_ user: UserID, in reader: any SQLReader) throws -> Bool {
        secondFactors.withLock { $0.contains(user) }
    }

    func set(active: Bool = true, locked: Bool = false) {
        let facts = UserFacts(
            id: UserID("u1"), name: "svc.hr", isActive: active, isLocked: locked, isWebServiceOnly: true, roles: [])
        let boss = UserFacts(
            id: UserID("u2"), name: "boss", isActive: true, isLocked: false, isWebServiceOnly: false,
            roles: ["admin", "auditor", "hr_leaver_writer"])
        let mara = UserFacts(
            id: UserID("u3"), name: "mara", isActive: active, isLocked: locked, isWebServiceOnly: false, roles: [],
            displayName: "Mara Kern", email: "mara@example.com")
        users.withLock {
            $0 = ["u1": facts, "svc.hr": facts, "u2": boss, "boss": boss, "u3": mara, "mara": mara]
        }
    }
    func deleteUser() { users.withLock { $0 = [:] } }
    func add(_ scope: String) { scopes.withLock { _ = $0.insert(scope) } }
    func deleteScope(_ name: String) { scopes.withLock { _ = $0.remove(name) } }

    func user(_ idOrName: String, at now: Timestamp) async throws -> UserFacts? { users.withLock { $0[idOrName] } }
    func user(email: String, at now: Timestamp) async throws -> UserFacts? {
        email == "boss@example.com" ? try await user("u2", at: now) : nil
    }
    /// The one right password is `correct horse`; `boss` has a second factor, and from `192.0.2.9` too many came.
    func password(
        of user: String, _ password: Secret, from address: String, by cause: Cause
    ) async throws -> PasswordAnswer {
        guard address != "192.0.2.9" else { return .tooMany }
        guard password.matches(Secret("correct horse")), let facts = try await self.user(user, at: cause.now) else {
            return .refused
        }
        return facts.name == "boss" ? .secondFactor : .proved(facts)
    }
    func unknown(_ names: [String]) async throws -> [String] {
        scopes.withLock { known in names.filter { !known.contains($0) } }
    }
    func purposes(_ names: [String]) async throws -> [String: String] {
        scopes.withLock { known in
            Dictionary(names.filter(known.contains).map { ($0, "May use \($0).") }) { first, _ in first }
        }
    }
}

/// An authorization server with its store, and the ways tests use it.
struct OAuthDesk {
    let database: any Database
    let time: TestEffects
    let world = TestWorld()
    let web = TestWeb()
    let server: OAuthServer

    static let issuer = "https://hub.example"

    /// - Parameter time: its own for a further hub over the same store.
    init(
        _ database: any Database, time: TestEffects = TestEffects(), certificates: ClientCertificates = .none,
        rules: RegistrationRules = RegistrationRules()
    ) {
        self.database = database
        self.time = time
        server = OAuthServer(
            database: database, effects: time.effects, users: world, scopes: world, passwords: world,
            signIns: world, sealing: Secret([UInt8](repeating: 7, count: 32)), certificates: certificates,
            issuer: { Self.issuer },
            documents: web, rules: rules)
    }

    static func with(
        _ store: TestStore, certificates: ClientCertificates = .none, rules: RegistrationRules = RegistrationRules(),
        _ body: (OAuthDesk) async throws -> Void
    ) async throws {
        try await store.with(OAuthServer.migrations) { database in
            let desk = OAuthDesk(database, certificates: certificates, rules: rules)
            // What is remembered counts from here on, so that each row also proves that the memory follows.
            try await desk.follow()
            try await body(desk)
        }
    }

    /// Reads the feed, as the hub's loop does.
    func follow() async throws {
        try await database.epochs.follow(database, at: time.effects.monotonicNanoseconds())
    }

    /// - Parameter roles: those of the caller; nil for all.
    @discardableResult func run(
        _ name: String, _ id: String = "", _ body: JSONObject = [:], as roles: Set<String>? = nil
    ) async throws -> JSON {
        let operation = try #require(server.operations.first { $0.name == name })
        let (input, secrets) = try operation.check(body)
        return try await operation.run(
            OperationRequest(id: id, input: input, secrets: secrets, caller: Self.caller(roles), cause: time.cause()))
    }

    /// The ids of a list, page after page.
    func pages(_ operation: String, _ filter: JSONObject) async throws -> [String] {
        var (seen, asked) = ([String](), filter)
        while true {
            let page = try await run(operation, "", asked)
            seen += page["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            guard let next = page["next"] else { return seen }
            asked["after"] = next
        }
    }

    /// How SQLite goes about a statement.
    func plan(_ sql: SQL, _ values: [SQLValue]) async throws -> [String] {
        try await database.read { reader in
            try reader.rows(SQL(built: "EXPLAIN QUERY PLAN " + sql.text), values).map { try $0.text("detail") }
        }
    }

    private static func caller(_ roles: Set<String>?) -> Principal {
        guard let roles else { return .socket(uid: 0) }
        return Principal(
            user: UserID("u9"), userName: "caller", client: nil, clientName: "-", roles: roles, scopes: nil,
            method: .bearer)
    }

    func refusal(
        _ name: String, _ id: String = "", _ body: JSONObject = [:], as roles: Set<String>? = nil
    ) async throws -> HubError {
        do {
            try await run(name, id, body, as: roles)
        } catch let error as HubError {
            return error
        }
        throw HubError(.internal, "no_refusal", "\(name) was not refused")
    }

    /// A client with one secret: its public id and the secret.
    func client(_ name: String = "hr-system", _ more: JSONObject = [:]) async throws -> (id: String, secret: String) {
        var body: JSONObject = [
            "name": .string(name), "user": "svc.hr", "scopes": ["incident.read", "incident.write"],
        ]
        for member in more.members { body[member.name] = member.value }
        let made = try await run("client.create", "", body)
        let added = try await run("client.add-secret", name)
        return (try #require(made["client_id"]?.string), try #require(added["client_secret"]?.string))
    }

    func send(
        _ body: String, authorization: [String] = [], contentType: String? = "application/x-www-form-urlencoded",
        dpop: [String] = [], from address: String = "-", certificate: PeerCertificate? = nil
    ) async -> TokenResponse {
        await server.tokenEndpoint.respond(
            to: TokenRequest(
                authorization: authorization, contentType: contentType, body: Array(body.utf8), dpop: dpop,
                address: address, certificate: certificate),
            at: time.now, .new(time.effects))
    }

    /// A token request by client_secret_post.
    func ask(_ client: (id: String, secret: String), scope: String = "incident.read") async -> TokenResponse {
        await send(
            "grant_type=client_credentials&scope=\(scope)&client_id=\(client.id)&client_secret=\(client.secret)")
    }

    func token(_ client: (id: String, secret: String)) async throws -> String {
        let response = await ask(client)
        return try #require(response.body["access_token"]?.string)
    }

    func find(_ token: String) async throws -> FoundToken? {
        try await database.read { [time] in try OAuthServer.find(presented: token, at: time.now, in: $0) }
    }

    func events() async throws -> [JSON] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", []).map {
                try JSON.read(try $0.text("event"))
            }
        }
    }

    func actions() async throws -> [String] { try await events().compactMap { $0["action"]?.string } }

    func count(_ sql: SQL) async throws -> Int64 {
        try await database.read { reader in try reader.row(sql, [])?.int("n") ?? 0 }
    }
}

func basic(_ id: String, _ secret: String) -> String { "Basic " + base64("\(id):\(secret)") }

func base64(_ text: String) -> String {
    let plain = Base64URL.encode(text.utf8).replacing("-", with: "+").replacing("_", with: "/")
    return plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
}
