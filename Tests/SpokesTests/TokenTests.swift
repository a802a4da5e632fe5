import Core
import Ports
import Spokes
import Synchronization
import TestSupport
import Testing

/// Credentials whose tokens a test hands out one after the other.
final class FakeTokens: CredentialSource {
    private let state: Mutex<(answers: [LiveCredential], asked: [Int64?], refused: [Int64])>
    private let scopes: Set<String>

    init(_ answers: [LiveCredential], scopes: Set<String> = ["okta.users.read"]) {
        state = Mutex((answers, [], []))
        self.scopes = scopes
    }

    /// Which version was refused at each asking; nil for none.
    var asked: [Int64?] { state.withLock { $0.asked } }
    /// Which versions were noted as refused.
    var refused: [Int64] { state.withLock { $0.refused } }

    static func token(
        _ text: String, _ version: Int64, scopes: Set<String> = ["okta.users.read"],
        proof: OutsideToken.ProofMaking? = nil
    ) -> ResolvedCredential {
        ResolvedCredential(
            id: CredentialID("2"), name: "okta-app", kind: "oauth", secret: Secret(text), version: version,
            token: OutsideToken(scopes: scopes, proof: proof))
    }

    func resolve(alias: String) async throws -> ResolvedConnection {
        ResolvedConnection(
            id: ConnectionID("1"), name: "okta-prod", spoke: "okta", url: "https://acme.example",
            actions: ["lookup_user", "suspend_user"], allowsLoopbackHTTP: false,
            credentials: [Self.token("", 1, scopes: scopes)], passage: .plain)
    }

    func live(_ credential: ResolvedCredential, refused: Int64?, _ cause: Cause) async throws -> LiveCredential {
        state.withLock { state in
            state.asked.append(refused)
            return state.answers.isEmpty ? .refused(reason: "script_ended", says: "") : state.answers.removeFirst()
        }
    }

    func refused(_ credential: ResolvedCredential, by connection: ResolvedConnection, _ cause: Cause) async throws {
        state.withLock { $0.refused.append(credential.version) }
    }
}

struct TokenTests {
    private static let user = #"{"id":"1","status":"ACTIVE","profile":{"login":"a"}}"#

    private func look(
        _ tokens: FakeTokens, _ script: [Result<OutboundReply, OutboundFailure>], _ action: String = "okta.lookup_user"
    ) async throws -> (outcome: ActionOutcome, sent: [OutboundRequest], log: [Transaction]) {
        let (outside, log, effects) = (FakeOutside(script), FakeLog(), TestEffects())
        return try await withSpokes(credentials: tokens, outside: outside, log: log, effects: effects) { spokes, _ in
            let input: JSONObject = action == "okta.lookup_user" ? ["login": "a"] : ["user_id": "1"]
            return (try await spokes.run(call(action, input, effects)), outside.sent, log.rows)
        }
    }

    private func headers(_ request: OutboundRequest) -> [String: String] {
        var found: [String: String] = [:]
        for header in request.headers {
            switch header.value {
            case .plain(let text): found[header.name] = text
            case .secret(let prefix, let secret):
                found[header.name] = prefix + secret.reveal { String(decoding: $0, as: UTF8.self) }
            }
        }
        return found
    }

    @Test("a call goes out with a live token")
    func bearer() async throws {
        let tokens = FakeTokens([.live(FakeTokens.token("t1", 1))])
        let run = try await look(tokens, [reply(200, Self.user)])
        #expect(run.outcome.summary.word == "done" && run.sent.map { headers($0)["authorization"] } == ["Bearer t1"])
        #expect(tokens.asked == [nil])
    }

    @Test("after a 401 a newer token is asked for once, and the same call goes out once more")
    func renewed() async throws {
        let tokens = FakeTokens([.live(FakeTokens.token("t1", 1)), .live(FakeTokens.token("t2", 2))])
        let run = try await look(tokens, [reply(401), reply(200, Self.user)])
        #expect(run.outcome.summary.word == "done")
        #expect(run.sent.map { headers($0)["authorization"] } == ["Bearer t1", "Bearer t2"])
        #expect(tokens.asked == [nil, 1] && tokens.refused.isEmpty)
    }

    @Test("a second 401 ends it: nothing goes out a third time")
    func refusedTwice() async throws {
        let tokens = FakeTokens([.live(FakeTokens.token("t1", 1)), .live(FakeTokens.token("t2", 2))])
        let run = try await look(tokens, [reply(401), reply(401), reply(200, Self.user)])
        #expect(run.outcome.summary.reason == "credential_refused" && run.sent.count == 2)
        #expect(run.outcome.summary.says.contains("linchpin credential grant okta-app"))
        #expect(tokens.refused == [2])
    }

    @Test(
        "a 403 says what lacks what, and where to look",
        arguments: [
            (
                reply(403, "", [("www-authenticate", #"Bearer error="insufficient_scope""#)]), "provider_refused",
                ["token of credential okta-app lacks a scope", "linchpin connection drift okta-prod."]
            ),
            (
                reply(403, #"{"errorCode":"E0000006"}"#), "not_permitted",
                ["linchpin connection choose-resources okta-prod)", "linchpin connection verify okta-prod."]
            ),
        ])
    func forbidden(
        _ answer: Result<OutboundReply, OutboundFailure>, _ reason: String, _ words: [String]
    ) async throws {
        let run = try await look(FakeTokens([.live(FakeTokens.token("t1", 1))]), [answer])
        #expect(run.outcome.summary.reason == reason)
        for part in words { #expect(run.outcome.summary.says.contains(part), "\(run.outcome)") }
    }

    @Test("without a token nothing is sent, and the reason is passed on")
    func none() async throws {
        let until = Timestamp(epochSeconds: 1_790_000_100)
        let rows: [(LiveCredential, String, String)] = [
            (.refused(reason: "grant_in_doubt", says: "In doubt."), "failed", "grant_in_doubt"),
            (.later(reason: "rate_limited", says: "Wait.", until: until), "later", "rate_limited"),
        ]
        for (answer, word, reason) in rows {
            let run = try await look(FakeTokens([answer]), [reply(200, Self.user)])
            #expect(run.outcome.summary.word == word && run.outcome.summary.reason == reason)
            #expect(run.sent.isEmpty && run.log.map(\.reason) == [reason])
        }
    }

    @Test("an action whose scope the connection's token lacks is refused before anything is asked for")
    func scope() async throws {
        let tokens = FakeTokens([.live(FakeTokens.token("t1", 1))])
        let run = try await look(tokens, [reply(200)], "okta.suspend_user")
        #expect(run.outcome.summary.word == "refused" && run.outcome.summary.reason == "scope_missing")
        #expect(run.outcome.summary.says.contains("okta.users.manage"))
        #expect(run.sent.isEmpty && tokens.asked.isEmpty)
    }

    @Test("a first token that holds less than was asked for does not go out for more")
    func lessGranted() async throws {
        let tokens = FakeTokens(
            [.live(FakeTokens.token("t1", 1, scopes: ["okta.logs.read"]))], scopes: ["okta.users.read"])
        let run = try await look(tokens, [reply(200, Self.user)])
        #expect(run.outcome.summary.reason == "scope_missing" && run.sent.isEmpty)
    }

    @Test("a token that is bound to a key goes out with its proof, and with a nonce where one is wanted")
    func proof() async throws {
        let token = FakeTokens.token("t1", 1) { "\($0) \($1) \($2 ?? "-")" }
        let refusal = reply(401, "", [("dpop-nonce", "n1")])
        let run = try await look(FakeTokens([.live(token)]), [refusal, reply(200, Self.user)])
        #expect(run.outcome.summary.word == "done")
        #expect(run.sent.map { headers($0)["authorization"] } == ["DPoP t1", "DPoP t1"])
        let proofs = run.sent.map { headers($0)["dpop"] ?? "" }
        #expect(proofs[0].hasPrefix("GET https://acme.example/") && proofs[0].hasSuffix(" -"))
        #expect(proofs[1].hasSuffix(" n1"))
    }
}
