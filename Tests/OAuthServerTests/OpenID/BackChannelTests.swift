import Core
import Keys
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import OAuthServer

/// Takes what leaves the hub, and answers as it is told.
private final class Receiver: OutboundCalling {
    private let sent = Mutex<[OutboundRequest]>([])
    private let answers: Mutex<[Result<Int, OutboundFailure>]>

    /// - Parameter answers: statuses or failures in order; 200 once they are used up.
    init(_ answers: [Result<Int, OutboundFailure>] = []) { self.answers = Mutex(answers) }

    var all: [OutboundRequest] { sent.withLock { $0 } }

    func send(_ request: OutboundRequest) async throws(OutboundFailure) -> OutboundReply {
        sent.withLock { $0.append(request) }
        let answer = answers.withLock { $0.isEmpty ? .success(200) : $0.removeFirst() }
        return OutboundReply(status: try answer.get(), headers: [], body: [])
    }
}

private final class Rows: TransactionLogging {
    private let rows = Mutex<[Transaction]>([])
    var all: [Transaction] { rows.withLock { $0 } }
    func log(_ transaction: Transaction) { rows.withLock { $0.append(transaction) } }
}

extension GrantRig {
    fileprivate static func told(
        _ store: TestStore, _ body: @Sendable (GrantRig) async throws -> Void
    ) async throws {
        try await openID(store, ["backchannel_logout_uri": "https://app.example/out?from=hub"], body)
    }

    /// Says that a session was ended, as Identity does.
    fileprivate func ended(_ session: String = "s1") async throws {
        try await desk.database.write(.bookkeeping("a session was ended")) { writer in
            try Outbox.publish(.sessionEnded, ["session": .string(session)], in: writer)
        }
    }

    /// Turns of the loop, until there is nothing to do.
    @discardableResult fileprivate func turn(_ receiver: Receiver, _ rows: Rows = Rows()) async throws -> Int {
        var turns = 0
        while try await desk.server.endWhatEnded()
            + desk.server.tellOfLogouts(issuer: OAuthDesk.issuer, through: receiver, log: rows) > 0
        { turns += 1 }
        return turns
    }

    fileprivate var notices: Int64 {
        get async throws { try await desk.count("SELECT COUNT(*) AS n FROM logout_notice") }
    }

    /// What a request tells, verified as a client would.
    fileprivate func claims(_ request: OutboundRequest) async throws -> JSONObject {
        let form = try FormParameters(try #require(request.sealedBody).text.utf8)
        let text = try #require(try form.value("logout_token"))
        #expect(form.pairs.count == 1)
        #expect(try JWS.read(text).type == "logout+jwt")
        return try #require(try await desk.signing.verify(text, type: "logout+jwt", at: desk.time.now))
    }
}

@Suite("Back-channel logout (OpenID Connect Back-Channel Logout 1.0)") struct BackChannelTests {
    @Test("§2.4, §2.5: a client that knows of the session is told, once", arguments: TestStore.allCases)
    func told(_ store: TestStore) async throws {
        try await GrantRig.told(store) { rig in
            let silent = try await GrantRig.make(rig.desk, "silent", ["scopes": ["openid"]])
            for _ in 0..<2 { _ = try await rig.idToken() }
            _ = try await silent.idToken()
            _ = try await rig.idToken(session: "s2")
            let (receiver, rows) = (Receiver(), Rows())
            try await rig.turn(receiver, rows)
            #expect(receiver.all.isEmpty)
            try await rig.ended()
            try await rig.turn(receiver, rows)
            let request = try #require(receiver.all.first)
            #expect(receiver.all.count == 1)
            #expect(request.method == "POST" && request.url == "https://app.example/out?from=hub")
            #expect(!request.allowsLoopbackHTTP)
            var claims = try await rig.claims(request)
            #expect(claims["jti"]?.string?.isEmpty == false)
            claims["jti"] = nil
            let now = rig.desk.time.now.epochSeconds
            #expect(
                claims == [
                    "iss": .string(OAuthDesk.issuer), "sub": "u3", "aud": .string(rig.id), "iat": .int(now),
                    "exp": .int(now + 120), "sid": .string(IDToken.mark(of: "s1", for: rig.id)),
                    "events": ["http://schemas.openid.net/event/backchannel-logout": [:]],
                ])
            let row = try #require(rows.all.first)
            #expect(row.path == "/out" && row.status == 200 && row.client == "app" && row.outcome == .allowed)
            #expect(try await rig.notices == 0)
            try await rig.ended()
            try await rig.turn(receiver)
            #expect(receiver.all.count == 1, "it knows of that session no more")
        }
    }

    @Test("§2.7: what was issued without offline_access ends with its session", arguments: TestStore.allCases)
    func tokens(_ store: TestStore) async throws {
        try await GrantRig.told(store) { rig in
            func tokens(_ scopes: [String], _ session: String?) async throws -> Tokens {
                try Tokens(await rig.redeem(try await rig.signInCode(scopes: scopes, session: session)))
            }
            let plain = try await tokens(["openid", "incident.read"], "s1")
            let offline = try await tokens(["openid", "incident.read", "offline_access"], "s1")
            let elsewhere = try await tokens(["openid", "incident.read"], "s2")
            let apart = try await tokens(["incident.read"], nil)
            let pending = try await rig.signInCode(scopes: ["openid"])
            try await rig.ended()
            try await rig.turn(Receiver())
            #expect(try await !rig.counts(plain.access))
            #expect(await rig.refresh(try #require(plain.refresh)).reason == "refresh_token_ended")
            for kept in [offline, elsewhere, apart] {
                #expect(try await rig.counts(kept.access))
                #expect(await rig.refresh(try #require(kept.refresh)).status == 200)
            }
            #expect(await rig.redeem(pending).reason == "code_unknown")
            let event = try #require(try await rig.desk.events().last { $0["action"] == "token.revoked" })
            #expect(event["details"]?["reason"] == "session_ended" && event["details"]?["session"] == "s1")
        }
    }

    @Test(
        "a client that does not answer is told again later, and given up with an event", arguments: TestStore.allCases)
    func again(_ store: TestStore) async throws {
        try await GrantRig.told(store) { rig in
            _ = try await rig.idToken()
            try await rig.ended()
            let (tries, wait) = (Limits.logoutTries.value, Int64(Limits.logoutWaitSeconds.value))
            let receiver = Receiver(
                (0..<tries).map { $0 == 0 ? .failure(.unknown(reason: "timed_out", says: "late.")) : .success(500) })
            for number in 0..<tries {
                try await rig.turn(receiver)
                #expect(receiver.all.count == number + 1)
                rig.desk.time.advance(seconds: (wait << Int64(number)) - 1)
                try await rig.turn(receiver)
                #expect(receiver.all.count == number + 1, "not before its time")
                rig.desk.time.advance(seconds: 1)
            }
            try await rig.turn(receiver)
            #expect(receiver.all.count == tries)
            #expect(try await rig.notices == 0)
            #expect(try await rig.desk.actions().last == "client.logout_not_told")
            var ids: Set<String> = []
            for request in receiver.all { ids.insert(try #require(try Self.id(request))) }
            #expect(ids.count == tries, "§2.4: each jti is new")
        }
    }

    private static func id(_ request: OutboundRequest) throws -> String? {
        let form = try FormParameters(try #require(request.sealedBody).text.utf8)
        return try JWS.read(try #require(try form.value("logout_token"))).unverifiedClaims["jti"]?.string
    }

    @Test("§2.8: any success ends it, and an answer in time after failures too")
    func taken() async throws {
        try await GrantRig.told(.sqlite) { rig in
            for status in [200, 204] {
                _ = try await rig.idToken()
                try await rig.ended()
                let receiver = Receiver([.success(503), .success(status)])
                try await rig.turn(receiver)
                #expect(try await rig.notices == 1)
                rig.desk.time.advance(seconds: Int64(Limits.logoutWaitSeconds.value))
                try await rig.turn(receiver)
                #expect(try await rig.notices == 0)
                #expect(receiver.all.count == 2)
            }
            #expect(try await !rig.desk.actions().contains("client.logout_not_told"))
        }
    }

    @Test("a client that is off, is gone or wants to hear no more is not told")
    func dropped() async throws {
        let changes: [@Sendable (GrantRig) async throws -> Void] = [
            { rig in try await rig.desk.run("client.update", "app", ["active": false]) },
            { rig in try await rig.desk.run("client.update", "app", ["backchannel_logout_uri": "none"]) },
            { rig in try await rig.desk.run("client.delete", "app") },
        ]
        for change in changes {
            try await GrantRig.told(.sqlite) { rig in
                _ = try await rig.idToken()
                try await rig.ended()
                let receiver = Receiver([.success(500)])
                try await rig.turn(receiver)
                #expect(receiver.all.count == 1)
                try await change(rig)
                rig.desk.time.advance(seconds: 86_400)
                try await rig.turn(receiver)
                #expect(receiver.all.count == 1)
                #expect(try await rig.notices == 0)
            }
        }
    }

    @Test("of two hubs at once one tells", arguments: TestStore.allCases)
    func twoHubs(_ store: TestStore) async throws {
        try await OAuthDesk.pair(store) { one, other in
            let rig = try await GrantRig.make(
                one, "app", ["scopes": ["openid"], "backchannel_logout_uri": "https://app.example/out"])
            _ = try await rig.idToken()
            try await rig.ended()
            let (receiver, rows) = (Receiver(), Rows())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in [one, other, one, other] {
                    group.addTask {
                        for _ in 0..<4 {
                            _ = try await desk.server.endWhatEnded()
                            _ = try await desk.server.tellOfLogouts(
                                issuer: OAuthDesk.issuer, through: receiver, log: rows)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(receiver.all.count == 1)
        }
    }

    @Test("a message that cannot be read is taken away, and what no client knows of too")
    func badMessage() async throws {
        try await GrantRig.told(.sqlite) { rig in
            try await rig.desk.database.write(.bookkeeping("a damaged message")) { writer in
                try Outbox.publish(.sessionEnded, [], in: writer)
            }
            try await rig.ended("nobody knows")
            try await rig.turn(Receiver())
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM outbox") == 0)
        }
    }

    @Test("what a session gave is forgotten when it can end no more", arguments: TestStore.allCases)
    func swept(_ store: TestStore) async throws {
        try await GrantRig.told(store) { rig in
            _ = try await rig.idToken()
            let rows: SQL = "SELECT COUNT(*) AS n FROM client_session"
            #expect(try await rig.desk.count(rows) == 1)
            rig.desk.time.advance(seconds: Int64(Limits.sessionSeconds.value))
            _ = try await rig.desk.server.sweep(at: rig.desk.time.now, most: 100)
            #expect(try await rig.desk.count(rows) == 0)
        }
    }
    @Test("D6: a new password ends what was allowed with the one before", arguments: TestStore.allCases)
    func newPassword(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (tokens, code) = (try await rig.tokens(), try await rig.code())
            rig.desk.time.advance(seconds: 1)
            let moment = rig.desk.time.now.epochMilliseconds
            try await rig.desk.database.write(.bookkeeping("mara has a new password")) { writer in
                try Outbox.publish(.passwordSet, ["user": "u3", "name": "mara", "at": .int(moment)], in: writer)
            }
            // Before the loop has taken it up.
            let since = try await rig.tokens()
            try await rig.turn(Receiver())
            #expect(await rig.refresh(since.refresh ?? "").status == 200)
            #expect(try await !rig.counts(tokens.access))
            #expect(await rig.refresh(tokens.refresh ?? "").reason == "refresh_token_ended")
            #expect(await rig.redeem(code).reason == "code_unknown")
            #expect(try await rig.counts(try await rig.tokens().access), "with the new one all begins anew")
        }
    }
}
