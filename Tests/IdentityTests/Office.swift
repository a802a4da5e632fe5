import AuditTrail
import Core
import Identity
import Keys
import Ports
import Storage
import TestSupport
import Testing

let goodPassword = "correct horse battery"

/// An Identity on an empty store, and short ways to call it.
struct Office {
    let identity: Identity
    let database: any Database
    let time: TestEffects

    /// Runs the test with the administrative roles in place.
    static func open(
        _ store: TestStore, prepared: Bool = true, rule: SecondFactorRule = .optional,
        _ body: (Office) async throws -> Void
    ) async throws {
        try await store.with(Identity.migrations) { database in
            let time = TestEffects()
            let office = Office(
                identity: Identity(
                    database: database, effects: time.effects, hasher: PasswordHasher(logN: 4),
                    secondFactorKey: Secret([UInt8](repeating: 7, count: 32)), secondFactorRule: rule),
                database: database, time: time)
            if prepared { try await office.identity.prepare(at: time.now) }
            try await body(office)
        }
    }

    /// Calls an operation as the edges do: role checked by name, input checked against the fields.
    @discardableResult
    func run(
        _ name: String, _ id: String = "", _ sent: JSONObject = [:], as roles: Set<String> = ["admin"]
    ) async throws -> JSON {
        let operation = try #require(identity.operations.first { $0.name == name })
        #expect(operation.roles.contains { roles.contains($0.rawValue) }, "\(name) is not for \(roles)")
        let (input, secrets) = try operation.check(sent)
        let caller = Principal(
            user: UserID("tester"), userName: "tester", client: nil, clientName: "-", roles: roles, scopes: nil,
            method: .socket)
        return try await operation.run(
            OperationRequest(id: id, input: input, secrets: secrets, caller: caller, cause: time.cause()))
    }

    /// The reason code of the refusal.
    func refusal(
        _ name: String, _ id: String = "", _ sent: JSONObject = [:], as roles: Set<String> = ["admin"]
    ) async throws -> String {
        let before = try await events()
        let error = await #expect(throws: HubError.self) { try await run(name, id, sent, as: roles) }
        let after = try await events()
        #expect(after == before, "a refusal leaves no trace of a change")
        #expect(error?.message.contains(goodPassword) != true)
        return error?.reason ?? "-"
    }

    func user(_ name: String, _ more: JSONObject = [:], as roles: Set<String> = ["admin"]) async throws {
        var sent = more
        sent["name"] = .string(name)
        try await run("user.create", "", sent, as: roles)
    }

    func grant(_ role: String, user: String, until: Timestamp? = nil) async throws -> String {
        var sent: JSONObject = ["user": .string(user), "role": .string(role)]
        sent["until"] = until.map { .string($0.rfc3339) }
        let made = try await run("role-grant.create", "", sent)
        return made["id"]?.string ?? ""
    }

    func roles(_ user: String, at now: Timestamp? = nil) async throws -> Set<String> {
        try await identity.user(user, at: now ?? time.now)?.roles ?? ["no such user"]
    }

    /// `action target` of every event so far.
    func events() async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 10000", []).map { row in
                let event = try JSON.read(try row.text("event"))
                let action = event["action"]?.string ?? ""
                return "\(action) \(event.value(at: "/target/kind")?.string ?? "") "
                    + "\(event.value(at: "/target/name")?.string ?? "")"
            }
        }
    }

    /// What was recorded during the body.
    func events(during body: () async throws -> Void) async throws -> [String] {
        let before = try await events().count
        try await body()
        return Array(try await events().dropFirst(before))
    }

    /// Everything that the store keeps, but the password column.
    func everythingWritten() async throws -> String {
        try await database.read { reader in
            let events = try reader.rows("SELECT event AS text FROM audit_pending ORDER BY seq LIMIT 10000", [])
            let history = try reader.rows(
                """
                SELECT COALESCE(before, '') || COALESCE(after, '') AS text FROM config_history
                ORDER BY seq LIMIT 10000
                """,
                [])
            return try (events + history).map { try $0.text("text") }.joined(separator: "\n")
        }
    }

    func signIn(_ name: String, _ password: String) async throws -> SignIn {
        try await identity.checkPassword(user: name, password: Secret(password), by: time.cause(.nobody))
    }
}

extension SignIn {
    var isAccepted: Bool { if case .accepted = self { true } else { false } }
}
