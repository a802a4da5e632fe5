import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

/// What one family came to, for what was chosen and what the provider answered.
struct FamilyRow: Sendable, CustomTestStringConvertible {
    let name: String
    var actions: Set<String> = ["lookup_user"]
    var words: [ProvingWord: String] = [:]
    var resources: [String] = []
    var answer: Result<OutboundReply, OutboundFailure>?
    /// The path that was asked for; nil for none.
    var path: String?
    let meaning: String
    /// What stands in the next step.
    var next: String?
    var testDescription: String { name }

    static let forbidden = reply(403, #"{"errorCode":"E0000006"}"#)
    static let user = reply(200, #"{"id":"00u1","status":"ACTIVE","profile":{"login":"a@acme.example"}}"#)
    static let account: [ProvingWord: String] = [.account: "svc@acme.example"]

    static let all: [FamilyRow] = [
        FamilyRow(
            name: "the chosen one is read, not the account", words: account, resources: ["user:00u1"], answer: user,
            path: "/api/v1/users/00u1", meaning: "answers"),
        FamilyRow(
            name: "the chosen one is refused: that counts", words: account, resources: ["user:00u1"], answer: forbidden,
            path: "/api/v1/users/00u1", meaning: "refuses"),
        FamilyRow(
            name: "the chosen one may be gone", resources: ["user:00u1"],
            answer: reply(404, #"{"errorCode":"E0000007"}"#), path: "/api/v1/users/00u1", meaning: "tellsNothing",
            next: "--add user:ID"),
        FamilyRow(
            name: "the account outside the choice is refused: that tells nothing", words: account,
            resources: ["users_of_group:00g1"], answer: forbidden, path: "/api/v1/users/svc%40acme.example",
            meaning: "tellsNothing", next: "linchpin connection choose-resources okta-prod --add user:ID"),
        FamilyRow(
            name: "the account where everybody is chosen is refused: that counts", words: account,
            resources: ["all_users"], answer: forbidden, path: "/api/v1/users/svc%40acme.example", meaning: "refuses"),
        FamilyRow(
            name: "the account outside the choice answers", words: account, answer: user,
            path: "/api/v1/users/svc%40acme.example", meaning: "answers"),
        FamilyRow(
            name: "nobody to look up", meaning: "tellsNothing", next: "choose-resources okta-prod --add user:ID"),
        FamilyRow(
            name: "nothing that only reads", actions: ["suspend_user"], meaning: "tellsNothing",
            next: "linchpin connection enable okta-prod users_stream"),
        FamilyRow(
            name: "a list needs nothing chosen, and its refusal counts", actions: ["users_stream"], answer: forbidden,
            path: "/api/v1/users", meaning: "refuses"),
        FamilyRow(
            name: "the rate limit passes", actions: ["users_stream"], answer: reply(429), path: "/api/v1/users",
            meaning: "passes"),
        FamilyRow(
            name: "an outage passes", actions: ["users_stream"], answer: reply(503), path: "/api/v1/users",
            meaning: "passes"),
    ]
}

extension ProbeOutcome.Meaning {
    fileprivate var word: String {
        switch self {
        case .answers: "answers"
        case .refuses: "refuses"
        case .passes: "passes"
        case .tellsNothing: "tellsNothing"
        }
    }
}

@Test("a family is judged only by what is sure to be within reach", arguments: FamilyRow.all)
func aFamilyIsTried(_ row: FamilyRow) async throws {
    let effects = TestEffects()
    let outside = FakeOutside(row.answer.map { [$0] } ?? [])
    let credentials = FakeCredentials(actions: row.actions)
    try await withSpokes(credentials: credentials, outside: outside, effects: effects) { spokes, _ in
        let connection = try await credentials.resolve(alias: "okta")
        let outcomes = await spokes.probe(connection, row.words, resources: row.resources, effects.cause())
        let outcome = try #require(outcomes.first)
        #expect(outcomes.count == 1 && outcome.family == "users")
        #expect(outcome.meaning.word == row.meaning, "\(outcome)")
        #expect((outcome.reason == nil) == (row.meaning == "answers"))
        #expect(
            outside.sent.map { $0.url.split(separator: "?").first.map(String.init) }
                == (row.path.map { ["https://acme.example:8443" + $0] } ?? []))
        if let next = row.next {
            #expect(outcome.next?.contains(next) == true, "\(outcome)")
        } else {
            #expect(outcome.next == nil, "\(outcome)")
        }
    }
}

@Test("a spent budget and an open circuit refute nothing, and say until when")
func nothingSentTellsNothing() async throws {
    let effects = TestEffects()
    let credentials = FakeCredentials(actions: ["users_stream"], callsPerMinute: 1)
    let outside = FakeOutside([reply(200, "[]")])
    try await withSpokes(credentials: credentials, outside: outside, effects: effects) { spokes, _ in
        let connection = try await credentials.resolve(alias: "okta")
        let first = await spokes.probe(connection, [:], resources: [], effects.cause())
        #expect(first.map(\.meaning) == [.answers])
        let second = await spokes.probe(connection, [:], resources: [], effects.cause())
        #expect(second.map(\.reason) == ["rate_budget_spent"])
        guard case .passes(let until?)? = second.first?.meaning else {
            Issue.record("\(second)")
            return
        }
        #expect(effects.now < until && outside.sent.count == 1)
    }
    let down = FakeOutside(Array(repeating: reply(503), count: Limits.circuitFailures.value))
    let open = FakeCredentials(actions: ["users_stream"])
    try await withSpokes(credentials: open, outside: down, effects: effects) { spokes, _ in
        let connection = try await open.resolve(alias: "okta")
        for _ in 0..<Limits.circuitFailures.value {
            _ = await spokes.probe(connection, [:], resources: [], effects.cause())
        }
        let opening = try #require(spokes.circuitOpening(of: connection, at: effects.now))
        let held = await spokes.probe(connection, [:], resources: [], effects.cause())
        #expect(held.map(\.meaning) == [.passes(until: opening.until)])
        #expect(held.map(\.reason) == ["circuit_open"])
    }
}
