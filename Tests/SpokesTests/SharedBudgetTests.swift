import Core
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Spokes

private let user = #"{"id":"1","status":"ACTIVE","profile":{"login":"a"}}"#

/// The headers of an Okta reply; its clock is a day behind ours.
private func rates(
    _ remaining: String, reset: String = "1789913630", limit: String = "600",
    date: String? = "Sun, 20 Sep 2026 14:13:20 GMT"
) -> [(name: String, value: String)] {
    [("x-rate-limit-limit", limit), ("x-rate-limit-remaining", remaining), ("x-rate-limit-reset", reset)]
        + (date.map { [("date", $0)] } ?? [])
}

/// Credentials whose token takes a while, in which something else happens.
private final class SlowToken: CredentialSource {
    private let state = Mutex<(asked: Int, meanwhile: (@Sendable () async -> Void)?)>((0, nil))
    var asked: Int { state.withLock { $0.asked } }

    func whileAsked(_ body: @escaping @Sendable () async -> Void) { state.withLock { $0.meanwhile = body } }

    func resolve(alias: String) async throws -> ResolvedConnection {
        ResolvedConnection(
            id: ConnectionID("1"), name: "okta-prod", spoke: "okta", url: "https://acme.example",
            actions: ["lookup_user"], allowsLoopbackHTTP: false, credentials: [FakeTokens.token("", 1)],
            passage: .plain)
    }

    func live(_ credential: ResolvedCredential, refused: Int64?, _ cause: Cause) async throws -> LiveCredential {
        let meanwhile = state.withLock { state in
            state.asked += 1
            defer { state.meanwhile = nil }
            return state.meanwhile
        }
        await meanwhile?()
        return .live(FakeTokens.token("t1", 1))
    }

    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws {}
}

struct SharedBudgetTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var status = 200
        let headers: [(name: String, value: String)]
        /// Limit, what remains and seconds until the reset; nil where nothing is believed.
        let shown: [Int64?]?
    }

    @Test(
        "what a reply states is believed within bounds, by its own clock",
        arguments: [
            Row(testDescription: "by its own clock", headers: rates("7"), shown: [600, 7, 31]),
            Row(
                testDescription: "without a date by ours", headers: rates("7", reset: "1790000030", date: nil),
                shown: [600, 7, 31]),
            Row(
                testDescription: "a date that is none", headers: rates("7", reset: "1790000030", date: "soon"),
                shown: [600, 7, 31]),
            Row(
                testDescription: "a reset in a year", headers: rates("0", reset: "1821449630"), shown: [600, 0, 3_600]),
            Row(testDescription: "a reset long ago", headers: rates("0", reset: "1"), shown: [600, 0, 1]),
            Row(testDescription: "a reset below zero", headers: rates("0", reset: "-5"), shown: nil),
            Row(testDescription: "a reset that is no number", headers: rates("0", reset: "soon"), shown: nil),
            Row(
                testDescription: "a reset that no number holds", headers: rates("0", reset: "99999999999999999999"),
                shown: nil),
            Row(testDescription: "fewer than none", headers: rates("-1"), shown: nil),
            Row(testDescription: "more than anybody has", headers: rates("9999999999999"), shown: nil),
            Row(testDescription: "garbage", headers: rates("many"), shown: nil),
            Row(testDescription: "a limit that is none", headers: rates("7", limit: "lots"), shown: [nil, 7, 31]),
            Row(testDescription: "no header at all", headers: [], shown: nil),
            Row(testDescription: "429", status: 429, headers: rates("3"), shown: [600, 0, 31]),
            Row(testDescription: "429 without headers", status: 429, headers: [], shown: [nil, 0, 60]),
            Row(testDescription: "429 for calls at once", status: 429, headers: rates("0", limit: "0"), shown: nil),
        ])
    func headers(row: Row) async throws {
        let board = CircuitBoard()
        _ = try await run(
            "okta.lookup_user", ["login": "a"], circuits: board, outside: [reply(row.status, user, row.headers)])
        let now = TestEffects().now
        let connection = try await FakeCredentials().resolve(alias: "okta")
        let shown = board.budget(of: connection.id, to: connection.url, bound: nil, at: now)
        #expect(shown.count == (row.shown == nil ? 0 : 1))
        guard let expected = row.shown, let only = shown.first else { return }
        #expect([only.limit, only.remaining] == [expected[0], expected[1]])
        #expect(only.resetsAt == now.adding(seconds: try #require(expected[2])))
        #expect(only.bucket.hasPrefix("GET /api/v1/users/"))
    }

    @Test("once a flow has used the limit up, another one's call is not sent before the reset, and then it is")
    func shared() async throws {
        let effects = TestEffects()
        let outside = FakeOutside([
            reply(200, user, rates("0")), reply(200, "{}"), reply(200, user), reply(200, user),
        ])
        let log = FakeLog()
        try await withSpokes(outside: outside, log: log, effects: effects) { spokes, _ in
            let first = try await spokes.run(call("okta.lookup_user", ["login": "a"], effects))
            #expect(first.word == "done")
            let second = try await spokes.run(call("okta.lookup_user", ["login": "b"], effects))
            guard case .later("rate_budget_spent", let says, let until) = second else {
                Issue.record("\(second)")
                return
            }
            #expect(outside.sent.count == 1 && until == effects.now.adding(seconds: 31))
            #expect(says.contains(until.rfc3339) && says.contains("linchpin connection get okta-prod"))
            let row = try #require(log.rows.last)
            #expect(row.outcome == .refused && row.reason == "rate_budget_spent" && row.status == 0)
            #expect(row.decision?.json["deciding"] == "budget")
            let worn = try await spokes.run(
                call("okta.lookup_user", ["login": "b"], turn: Limits.rateLimitTurns.value + 1, effects))
            #expect(worn == .failed(reason: "rate_budget_spent", says: says))
            let other = try await spokes.run(call("okta.suspend_user", ["user_id": "1"], effects))
            #expect(other.word == "done" && outside.sent.count == 2)
            effects.advance(seconds: 31)
            for name in ["b", "c"] {
                let after = try await spokes.run(call("okta.lookup_user", ["login": .string(name)], effects))
                #expect(after.word == "done")
            }
            #expect(outside.sent.count == 4)
        }
    }

    @Test("a connection's own bound holds over all its actions")
    func own() async throws {
        let board = CircuitBoard()
        let credentials = FakeCredentials(callsPerMinute: 2)
        func run(_ action: String, _ input: JSONObject) async throws -> Run {
            try await SpokesTests.run(action, input, credentials, circuits: board, outside: [reply(200, user)])
        }
        #expect(try await run("okta.lookup_user", ["login": "a"]).sent.count == 1)
        #expect(try await run("okta.suspend_user", ["user_id": "1"]).sent.count == 1)
        let third = try await run("okta.lookup_user", ["login": "a"])
        #expect(third.sent.isEmpty && third.outcome.reason == "rate_budget_spent")
        #expect(third.outcome.says.contains("allows 2 calls a minute"))
        let connection = try await credentials.resolve(alias: "okta")
        let shown = board.budget(of: connection.id, to: connection.url, bound: 2, at: TestEffects().now)
        #expect(shown.map(\.bucket) == ["calls_per_minute"] && shown.first?.remaining == 0)
    }

    @Test("while a circuit's trial waits for its token, no other call asks for one")
    func trial() async throws {
        let effects = TestEffects()
        let (board, tokens) = (CircuitBoard(), SlowToken())
        let connection = try await tokens.resolve(alias: "okta")
        for _ in 0..<Limits.circuitFailures.value {
            guard case .admitted(let ticket) = board.admit(connection, at: effects.now) else {
                Issue.record("not let out")
                return
            }
            board.settle(connection, ticket, .failed("timed_out"), at: effects.now)
        }
        effects.advance(seconds: Int64(Limits.circuitOpenSeconds.value))
        let outside = FakeOutside([reply(200, user), reply(200, user)])
        try await withSpokes(credentials: tokens, outside: outside, effects: effects, circuits: board) { spokes, _ in
            let others = Notes()
            tokens.whileAsked {
                do {
                    others.add(try await spokes.run(call("okta.lookup_user", ["login": "b"], effects)).reason)
                } catch { others.add("\(error)") }
            }
            let first = try await spokes.run(call("okta.lookup_user", ["login": "a"], effects))
            #expect(first.word == "done" && others.all == ["circuit_open"])
            #expect(tokens.asked == 1 && outside.sent.count == 1)
            let next = try await spokes.run(call("okta.lookup_user", ["login": "c"], effects))
            #expect(next.word == "done" && tokens.asked == 2)
        }
    }
}
