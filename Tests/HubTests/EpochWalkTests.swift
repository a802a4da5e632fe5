import Access
import Core
import Identity
import Keys
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

@testable import Hub

/// Every operation that changes what decisions rest on is made once; after each, a hub that remembers decides like one
/// that reads: this hub at once, another hub as soon as it has read the feed.
@Suite("What is remembered follows every change") struct EpochWalkTests {
    /// One change.
    struct Step: Sendable {
        /// The operation, or what else changes something.
        let name: String
        /// Whether some decision must come out differently, so that the walk proves something.
        let flips: Bool
        let make: @Sendable (TestHub, [String: TestCaller]) async throws -> Void

        init(
            _ name: String, flips: Bool = true,
            _ make: @escaping @Sendable (TestHub, [String: TestCaller]) async throws -> Void
        ) {
            self.name = name
            self.flips = flips
            self.make = make
        }

        init(_ name: String, _ call: String, _ body: JSON? = nil, flips: Bool = true) {
            let words = call.split(separator: " ").map(String.init)
            self.init(name, flips: flips) { test, _ in _ = try await test.admin.call(words[0], words[1], body) }
        }
    }

    static let walk: [Step] = [
        Step("user.create", "POST /users", ["name": "other"], flips: false),
        Step("user.update", "PATCH /users/hr", ["locked": true]),
        Step("user.update", "PATCH /users/hr", ["locked": false]),
        Step("sign-in with a wrong password, five times", flips: false) { test, _ in
            for _ in 0..<Limits.signInFailures.value {
                _ = try await test.hub.parts.identity.checkPassword(
                    user: "hr", password: Secret("wrong"),
                    by: Cause(.hub, at: test.clock.now, .new(test.clock.effects)))
            }
        },
        Step("sign-in-link.create", "POST /sign-in-links", ["user": "mara"], flips: false),
        Step("session.delete") { test, _ in
            let sessions = try await test.admin.call("GET", "/sessions")["items"]?.array ?? []
            _ = try await test.admin.call("DELETE", "/sessions/\(sessions.first?["id"]?.string ?? "-")")
        },
        Step("user.end-sessions", "POST /users/mara/end-sessions", [:]),
        Step("user.remove-second-factor", flips: false) { test, _ in
            let (identity, cause) = (test.hub.parts.identity, Cause(.hub, at: test.clock.now, .new(test.clock.effects)))
            let mara = try #require(try await identity.user("mara", at: test.clock.now)).id
            let enrolment = try await identity.beginSecondFactor(of: mara, by: cause)
            _ = try await identity.confirmSecondFactor(
                of: mara, code: Authenticator(typed: enrolment.secret).code(at: test.clock.now), by: cause)
            try await test.post("/users/mara/remove-second-factor", [:])
        },
        Step(
            "user.set-password", "POST /users/hr/set-password", ["password": "correct horse battery"], flips: false),
        Step("role-grant.create", "POST /role-grants", ["user": "hr", "role": "hr_leaver_reader"]),
        Step("role-grant.delete") { test, _ in
            let grants = try await test.admin.call("GET", "/role-grants?user=hr")["items"]?.array ?? []
            for grant in grants {
                _ = try await test.admin.call("DELETE", "/role-grants/\(grant["id"]?.string ?? "-")")
            }
        },
        Step("group.create", "POST /groups", ["name": "readers"], flips: false),
        Step("role-grant.create", "POST /role-grants", ["group": "readers", "role": "hr_leaver_reader"], flips: false),
        Step("group.add-member", "POST /groups/readers/add-member", ["user": "hr"]),
        Step("group.remove-member", "POST /groups/readers/remove-member", ["user": "hr"]),
        Step("group.add-member", "POST /groups/readers/add-member", ["user": "hr"]),
        Step("group.delete", "DELETE /groups/readers"),
        Step("role.create", "POST /roles", ["name": "outer"], flips: false),
        Step("role-grant.create", "POST /role-grants", ["user": "hr", "role": "outer"]),
        Step("role.contain", "POST /roles/outer/contain", ["role": "hr_leaver_reader"]),
        Step("role.release", "POST /roles/outer/release", ["role": "hr_leaver_reader"]),
        Step("role.create", "POST /roles", ["name": "spare"], flips: false),
        Step("role.delete", "DELETE /roles/spare", flips: false),
        Step(
            "table.create", "POST /tables",
            ["name": "spare", "columns": [["name": "colour", "kind": "string"]]], flips: false),
        Step(
            "table.add-columns", "POST /tables/spare/add-columns",
            ["columns": [["name": "size", "kind": "string"]]], flips: false),
        Step("table.set-roles", "POST /tables/hr_leaver/set-roles", ["read_roles": ["outer"]]),
        Step(
            "scope.create", "POST /scopes",
            ["name": "narrow", "rules": [["method": "GET", "path": "/api/now/table/hr_leaver", "table": "hr_leaver"]]]),
        Step("scope.update", "PATCH /scopes/narrow", ["active": false]),
        Step("scope.delete", "DELETE /scopes/narrow", flips: false),
        Step("client.create", "POST /clients", ["name": "third", "user": "other", "scopes": []], flips: false),
        Step("client.add-secret", "POST /clients/hr/add-secret", [:], flips: false),
        Step("client.remove-secret", flips: false) { test, _ in
            let client = try await test.admin.call("GET", "/clients/hr")
            let secret = client["secrets"]?.array?.first?["id"]?.string ?? "-"
            try await test.post("/clients/hr/remove-secret", ["secret": .string(secret)])
        },
        Step("client.report", "POST /clients/hr/report", [:], flips: false),
        Step("client.update", "PATCH /clients/hr", ["scopes": []]),
        Step("client.add-scope", "POST /clients/hr/add-scope", ["scope": "all.tables"]),
        Step("client.remove-scope", "POST /clients/hr/remove-scope", ["scope": "all.tables"]),
        Step("client.update", "PATCH /clients/hr", ["scopes": ["all.tables"]]),
        Step("client.update", "PATCH /clients/hr", ["active": false]),
        Step("token.revoke") { test, callers in
            try await test.post("/tokens/revoke", ["token": .string(callers["b"]?.token ?? "")])
        },
        Step("token.delete") { test, _ in
            let tokens = try await test.admin.call("GET", "/tokens?client=e")["items"]?.array ?? []
            _ = try await test.admin.call("DELETE", "/tokens/\(tokens.first?["id"]?.string ?? "-")")
        },
        Step("refresh-family.delete") { test, _ in
            let families = try await test.admin.call("GET", "/refresh-families?user=g")["items"]?.array ?? []
            _ = try await test.admin.call("DELETE", "/refresh-families/\(families.first?["id"]?.string ?? "-")")
        },
        Step("user.revoke-tokens", "POST /users/f/revoke-tokens", [:]),
        Step("client.revoke-tokens", "POST /clients/c/revoke-tokens", [:]),
        Step("signing-key.rotate", "POST /signing-keys/rotate", ["algorithm": "ES256"], flips: false),
        Step("client.delete", "DELETE /clients/d"),
        Step("user.update", "PATCH /users/d", ["active": false], flips: false),
        Step("user.delete", "DELETE /users/d", flips: false),
    ]

    /// Nouns whose operations change nothing that a decision about a caller rests on, beside the kinds that the feed
    /// leaves out.
    static let unrelated: Set<String> = EpochSubject.unrelatedKinds.union([
        "alias", "connection", "credential", "spoke", "action", "execution", "transaction", "audit-event", "history",
        "decision", "approval", "consent",
        // A restored store is opened anew, and with it what is remembered.
        "backup",
    ])

    @Test("Each operation that changes something is in the walk, or its noun is known to be unrelated")
    func complete() async throws {
        try await TestHub.with { test in
            let walked = Set(Self.walk.map(\.name))
            for operation in test.hub.operations
            where operation.verb != .list && operation.verb != .get && !Self.unrelated.contains(operation.noun) {
                #expect(walked.contains(operation.name), "\(operation.name) belongs into EpochWalkTests.walk")
            }
        }
    }

    @Test("After each change both decide like a reader of the store", arguments: TestStore.allCases)
    func follows(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let mirror = try await place(of: test).open()
            let other = Gatekeeper(
                database: mirror, effects: test.clock.effects, nonces: test.hub.oauth.nonces)
            var callers: [String: TestCaller] = [:]
            for name in ["hr", "b", "c", "d", "e", "f"] {
                callers[name] = try await test.caller(name, scopes: [.tables])
            }
            callers["g"] = try await callerByPassword("g", test)
            let made = MachineSecret.new(.accessToken, test.clock.effects).reveal {
                String(decoding: $0, as: UTF8.self)
            }
            let tokens = callers.values.map(\.token) + [made + ".0"]
            let presented =
                [.nothing] + tokens.map { Presented.bearer(Secret($0)) } + (try await sessions(2, of: "mara", test))
            // How old a sign-in is belongs to a decision.
            test.clock.stop()
            for step in Self.walk {
                try await mirror.epochs.follow(mirror, at: test.clock.effects.monotonicNanoseconds())
                let before = try await decisions(other, presented, test)
                try await step.make(test, callers)
                let reader = Gatekeeper(
                    database: FreshDatabase(test.hub.parts.database), effects: test.clock.effects,
                    nonces: test.hub.oauth.nonces)
                let expected = try await decisions(reader, presented, test)
                #expect(try await decisions(test.hub.gatekeeper, presented, test) == expected, "\(step.name), here")
                try await mirror.epochs.follow(mirror, at: test.clock.effects.monotonicNanoseconds())
                #expect(try await decisions(other, presented, test) == expected, "\(step.name), elsewhere")
                #expect(step.flips == (before != expected), "\(step.name)")
            }
            await mirror.close()
        }
    }

    /// A caller whose token came of a refresh family.
    private func callerByPassword(_ name: String, _ test: TestHub) async throws -> TestCaller {
        var caller = try await test.caller(name, scopes: [.tables])
        let password = "correct horse battery"
        try await test.post("/users/\(name)/set-password", ["password": .string(password)])
        _ = try await test.admin.call("PATCH", "/clients/\(name)", ["grants": ["password"]])
        let reply = try await test.askToken(
            "grant_type=password&username=\(name)&password=correct+horse+battery&scope=all.tables",
            basic: caller.basic)
        caller.token = try #require(try JSON.read(reply.body)["access_token"]?.string)
        return caller
    }

    /// Sessions of a new administrator.
    private func sessions(_ count: Int, of name: String, _ test: TestHub) async throws -> [Presented] {
        let password = "correct horse battery"
        try await test.post("/users", ["name": .string(name)])
        try await test.grant("admin", to: name)
        try await test.post("/users/\(name)/set-password", ["password": .string(password)])
        var all: [Presented] = []
        for _ in 0..<count {
            let start = try await test.hub.parts.identity.signIn(
                user: name, password: Secret(password), at: SignInPlace(address: "192.0.2.1"),
                by: Cause(.hub, at: test.clock.now, .new(test.clock.effects)))
            guard case .begun(let secret) = start else { continue }
            all.append(.session(secret, isForeign: false))
        }
        return all
    }

    private func place(of test: TestHub) -> StorePlace {
        test.conninfo.map { .postgres(conninfo: $0) } ?? .sqlite(path: test.folder + "/hub.sqlite")
    }

    private func decisions(_ gatekeeper: Gatekeeper, _ all: [Presented], _ test: TestHub) async throws -> [Decision] {
        var decisions: [Decision] = []
        for presented in all {
            for (path, need) in [
                ("/api/now/table/hr_leaver", RouteNeed.table(name: "hr_leaver", action: .read)),
                ("/api/now/table/nowhere", .table(name: "nowhere", action: .read)),
                ("/api/linchpin/v1/users", .operation(name: "user.list", roles: [.admin])),
            ] {
                decisions.append(
                    try await gatekeeper.decide(
                        "GET", try RequestTarget(path), need: need, presented: presented, at: test.clock.now))
            }
        }
        return decisions
    }
}

/// The store of another, whose feed was never read: nothing remembered counts.
private struct FreshDatabase: Database {
    private let inner: any Database
    let epochs = EpochFeed()
    var dialect: Dialect { inner.dialect }

    init(_ inner: any Database) { self.inner = inner }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        try await inner.read(body)
    }
    func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R { try await inner.write(kind, body) }
    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }
    func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    func close() async {}
}
