import Core
import Ports
import TestSupport
import Testing

@testable import Spokes

/// Searching at the provider for what a resource set may hold: the file's part of it, and what answers come to.
@Suite struct ResourceSearchTests {
    private static let url = "https://acme.example:8443"
    private static let administrator = Secret("SSWS 00CanaryOfTheAdministrator")

    private static func group(_ id: String, _ name: String = "VPN Users") -> String {
        #"{"id":"\#(id)","profile":{"name":"\#(name)"}}"#
    }

    /// What a search of groups came to, and what it left behind.
    private struct Search {
        var matches: ResourceMatches?
        var refusal: HubError?
        var sent: [OutboundRequest] = []
        var log: [Transaction] = []
        var noted: [String] = []
    }

    private static func search(
        _ text: String = "VPN", _ type: String = "group", actions: Set<String> = ["groups_stream"],
        scopes: Set<String>? = nil, with administrator: Secret? = nil,
        answering script: [Result<OutboundReply, OutboundFailure>]
    ) async throws -> Search {
        let (outside, log, effects) = (FakeOutside(script), FakeLog(), TestEffects())
        let credentials = FakeCredentials(actions: actions, kind: scopes == nil ? "api_key" : "oauth", scopes: scopes)
        return try await withSpokes(credentials: credentials, outside: outside, log: log, effects: effects) {
            spokes, _ in
            var search = Search()
            let connection = try await credentials.resolve(alias: "okta")
            do {
                search.matches = try await spokes.findResources(
                    type, named: text, of: connection, administrator: administrator, effects.cause())
            } catch let error as HubError { search.refusal = error }
            (search.sent, search.log, search.noted) = (outside.sent, log.rows, credentials.refusals.all)
            return search
        }
    }

    // MARK: The file

    @Test(
        "every search and every reading of Okta's is in Okta's own description, and states the scope that it asks for")
    func oktaKnowsThem() throws {
        let okta = try #require(try SpokeCatalogue.load(operatorFiles: []).spoke("okta"))
        let operations = try #require(okta.operations)
        let setUp = try #require(okta.setUp)
        for search in setUp.searches.values {
            for request in [search.find, search.read] {
                let key = ProviderOperation.key(request.method.rawValue, request.path)
                let known = try #require(operations.first { $0.key == key }, "\(key)")
                #expect(known.method == "GET" && known.scopes == search.scopes)
            }
        }
        #expect(setUp.resources.allSatisfy { $0.isWhole == (setUp.search($0) == nil) }, "each kind can be searched")
    }

    private static let file = ToyFile.with(
        setUp: """
              steps: []
              resources:
                thing: { of: things, path: "/things/{id}", search: things }
                all_things: { of: things, path: /things }
              searches:
                things:
                  find: { request: { method: GET, path: /things, query: { q: "{text}", n: "{most}" } }, items: /items }
                  read: { request: { method: GET, path: "/things/{id}" } }
                  id: /id
                  name: /label
                  scopes: [toy.read]
            """)

    private static let mistakes = [
        Mistake(
            name: "a search that nobody states", from: "search: things", to: "search: people", line: 13, says: "things"),
        Mistake(
            name: "a search of all", from: "path: /things }", to: "path: /things, search: things }", line: 14,
            says: "left out for all of a kind"),
        Mistake(
            name: "a search that changes", from: "find: { request: { method: GET",
            to: "find: { request: { method: POST",
            line: 17, says: "it only looks"),
        Mistake(
            name: "a search for nothing", from: "q: \"{text}\", ", to: "", line: 17, says: "{text} stands"),
        Mistake(
            name: "a word of another place", from: "n: \"{most}\"", to: "n: \"{id}\"", line: 17,
            says: "{id}, which is no input"),
        Mistake(
            name: "a reading of nothing", from: "\"/things/{id}\" } }\n", to: "/things } }\n", line: 18,
            says: "{id} stands"),
        Mistake(name: "no pointer", from: "name: /label", to: "name: label", line: 20, says: "JSON Pointer"),
        Mistake(
            name: "an unknown key", from: "scopes: [toy.read]", to: "scopes: [toy.read]\n      colour: red", line: 22,
            says: "no key \"colour\""),
    ]

    @Test("it loads as it stands")
    func loads() throws {
        let setUp = try #require(try ToyFile.read(Self.file).setUp)
        #expect(setUp.resources.map { setUp.search($0)?.name } == ["things", nil])
        #expect(setUp.searches["things"]?.items == "/items")
    }

    @Test("every mistake has its line and says what was expected", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws { try mistake.isNamed(in: Self.file) }

    // MARK: With which token

    struct Grant: Sendable, CustomTestStringConvertible {
        let name: String
        let actions: Set<String>
        let scopes: Set<String>?
        let says: String?
        var testDescription: String { name }
    }

    @Test(
        "the connection's own credential goes where its actions need the scope and its token holds it, and nowhere else",
        arguments: [
            Grant(name: "a key, an action that reads", actions: ["groups_stream"], scopes: nil, says: nil),
            Grant(name: "a key, a scope that implies it", actions: ["add_user_to_group"], scopes: nil, says: nil),
            Grant(
                name: "a key, no action of groups", actions: ["suspend_user"], scopes: nil, says: "no enabled action"),
            Grant(
                name: "a token that holds it", actions: ["groups_stream"], scopes: ["okta.groups.manage"], says: nil),
            Grant(
                name: "a token that lacks it", actions: ["groups_stream"], scopes: ["okta.users.read"],
                says: "does not hold"),
            Grant(
                name: "a token that holds what no action needs", actions: ["suspend_user"],
                scopes: ["okta.groups.read"], says: "no enabled action"),
        ])
    func own(_ grant: Grant) async throws {
        let came = try await Self.search(actions: grant.actions, scopes: grant.scopes, answering: [reply(200, "[]")])
        #expect(came.refusal?.reason == grant.says.map { _ in "search_scope_lacking" })
        #expect(came.sent.count == (grant.says == nil ? 1 : 0))
        if let says = grant.says {
            #expect(came.refusal?.message.contains(says) == true)
            #expect(came.refusal?.message.contains("administrator's token") == true)
        }
    }

    @Test("an administrator's token needs no grant of the connection; refused, it leaves the connection's key alone")
    func administrator() async throws {
        let found = try await Self.search(
            actions: ["suspend_user"], with: Self.administrator, answering: [reply(200, "[\(Self.group("00g1"))]")])
        #expect(found.matches?.items.map(\.resource) == ["group:00g1"])
        let refused = try await Self.search(
            actions: ["suspend_user"], with: Self.administrator, answering: [reply(401, #"{"errorCode":"E0000011"}"#)])
        #expect(refused.refusal?.reason == "administrator_token_refused" && refused.noted.isEmpty)
        let unfit = try await Self.search(with: Secret("two\nlines"), answering: [])
        #expect(unfit.refusal?.reason == "administrator_token_unusable" && unfit.sent.isEmpty)
        let own = try await Self.search(answering: [reply(401, #"{"errorCode":"E0000011"}"#)])
        #expect(own.refusal?.reason == "credential_refused" && own.noted == ["okta-key"])
        for search in [found, refused, own] { #expect(!"\(search.log) \(search.refusal as Any)".contains("Canary")) }
    }

    // MARK: What is sent, and what comes

    @Test("one bounded request goes out, and the log has it without what was searched")
    func sent() async throws {
        let came = try await Self.search("VPN & <x>", answering: [reply(200, "[]")])
        #expect(
            came.sent.map(\.url) == ["\(Self.url)/api/v1/groups?q=VPN%20%26%20%3Cx%3E&limit=50"]
                && came.sent.map(\.method) == ["GET"])
        #expect(came.log.map(\.action) == ["okta.find_resources"] && came.log.map(\.path) == ["/api/v1/groups"])
        #expect(came.log.map(\.status) == [200])
        let other = try await Self.search("x", "all_groups", answering: [])
        #expect(other.refusal?.reason == "no_search" && other.sent.isEmpty)
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let name: String
        let reply: Result<OutboundReply, OutboundFailure>
        let comes: String
        var testDescription: String { name }
    }

    private static let answers = [
        Answer(name: "nothing", reply: reply(200, "[]"), comes: "0"),
        Answer(name: "one", reply: reply(200, "[\(group("00g1"))]"), comes: "1"),
        Answer(name: "a full page", reply: reply(200, many(50)), comes: "50 or more"),
        Answer(name: "more than was asked for", reply: reply(200, many(20_000)), comes: "50 or more"),
        Answer(
            name: "a next page at another place",
            reply: reply(200, "[\(group("00g1"))]", [("link", "<https://evil.example/x>; rel=\"next\"")]),
            comes: "1 or more"),
        Answer(name: "an id that is a path", reply: reply(200, "[\(group("../users"))]"), comes: "reply_unexpected"),
        Answer(name: "no name", reply: reply(200, #"[{"id":"00g1"}]"#), comes: "reply_unexpected"),
        Answer(name: "no list", reply: reply(200, "{}"), comes: "reply_unexpected"),
        Answer(name: "no JSON", reply: reply(200, "<html>"), comes: "reply_not_json"),
        Answer(
            name: "elsewhere", reply: reply(302, "", [("location", "https://evil.example/")]),
            comes: "provider_redirected"),
        Answer(name: "out of order", reply: reply(503), comes: "provider_unavailable"),
    ]

    private static func many(_ count: Int) -> String {
        "[\((0..<count).map { group("00g\($0)", "VPN of a department with a long name, \($0)") }.joined(separator: ","))]"
    }

    @Test("each answer is a bounded list or a reason, and one request is all", arguments: answers)
    func answer(_ answer: Answer) async throws {
        let came = try await Self.search(answering: [answer.reply])
        let list = came.matches.map { "\($0.items.count)\($0.mayHaveMore ? " or more" : "")" }
        #expect(list ?? came.refusal?.reason == answer.comes)
        #expect(came.sent.count == 1)
    }

    @Test("a name from outside comes on one line without what could move a cursor")
    func hostileName() async throws {
        let came = try await Self.search(
            answering: [reply(200, "[\(Self.group("00g1", #"<b onclick=x>\u001b[2J\u202e\n"#))]")])
        #expect(came.matches?.items.map(\.name) == ["<b onclick=x>?[2J??"])
    }

    @Test("calls that fail open the circuit, and then nothing is sent")
    func circuit() async throws {
        let (effects, circuits) = (TestEffects(), CircuitBoard())
        let failing = (0..<Limits.circuitFailures.value).map { _ in reply(503) }
        let outside = FakeOutside(failing)
        let credentials = FakeCredentials(actions: ["groups_stream"])
        try await withSpokes(credentials: credentials, outside: outside, effects: effects, circuits: circuits) {
            spokes, _ in
            let connection = try await credentials.resolve(alias: "okta")
            var reasons: [String] = []
            for _ in 0...failing.count {
                do {
                    _ = try await spokes.findResources(
                        "group", named: "V", of: connection, administrator: nil, effects.cause())
                } catch let error as HubError { reasons.append(error.reason) }
            }
            #expect(reasons.last == "circuit_open" && reasons.dropLast().allSatisfy { $0 == "provider_unavailable" })
            #expect(outside.sent.count == failing.count)
        }
    }

    // MARK: Names of what was chosen

    private static func standings(
        _ resources: [String], actions: Set<String> = ["groups_stream"], with administrator: Secret? = nil,
        seconds: Int64 = 20, _ script: [Result<OutboundReply, OutboundFailure>]
    ) async throws -> (standings: [String: ResourceStanding], sent: [String]) {
        let (outside, effects) = (FakeOutside(script), TestEffects())
        let credentials = FakeCredentials(actions: actions)
        return try await withSpokes(credentials: credentials, outside: outside, effects: effects) { spokes, _ in
            let found = await spokes.standings(
                of: resources, of: try await credentials.resolve(alias: "okta"), administrator: administrator,
                until: effects.effects.now().adding(seconds: seconds), effects.cause())
            return (found, outside.sent.map { String($0.url.dropFirst(url.count)) })
        }
    }

    @Test("each is found by its id, missing, or not readable; the same group is asked for once, all of a kind never")
    func names() async throws {
        let came = try await Self.standings(
            ["group:00g1", "users_of_group:00g1", "all_groups", "group:00gX", "group:Everyone", "user:00u1"],
            [
                reply(200, Self.group("00g1")), reply(404, #"{"errorCode":"E0000007"}"#),
                reply(200, Self.group("00g2", "Everyone")),
            ])
        #expect(came.sent == ["00g1", "00gX", "Everyone"].map { "/api/v1/groups/\($0)" })
        #expect(came.standings["group:00g1"] == .found(name: "VPN Users"))
        #expect(came.standings["users_of_group:00g1"] == .found(name: "VPN Users"))
        #expect(came.standings["all_groups"] == nil)
        guard case .missing(let other) = came.standings["group:Everyone"],
            case .missing = came.standings["group:00gX"],
            case .notReadable("search_scope_lacking", _) = came.standings["user:00u1"]
        else {
            Issue.record("\(came.standings)")
            return
        }
        #expect(other.contains("00g2"), "a name that the provider takes for an id is none")
    }

    @Test("after a failure nothing more is asked; one that is out of reach stops none of the others")
    func failures() async throws {
        let failed = try await Self.standings(["group:00g1", "group:00g2"], [reply(503)])
        #expect(failed.sent.count == 1 && failed.standings["group:00g1"] == failed.standings["group:00g2"])
        let forbidden = reply(403, #"{"errorCode":"E0000006"}"#)
        let beyond = try await Self.standings(
            ["group:00g1", "group:00g2"], [forbidden, reply(200, Self.group("00g2"))])
        guard case .notReadable("not_permitted", _) = beyond.standings["group:00g1"] else {
            Issue.record("\(beyond.standings)")
            return
        }
        #expect(beyond.standings["group:00g2"] == .found(name: "VPN Users"))
    }

    @Test("no more names are asked for than the bound, and none when the time is up")
    func bounds() async throws {
        let most = Limits.resourceLookUps.value
        let ids = (0...most).map { "00g\($0)" }
        let many = try await Self.standings(
            ids.map { "group:\($0)" }, ids.map { reply(200, Self.group($0)) })
        #expect(many.sent.count == most && many.standings.count == most + 1)
        #expect(many.standings.values.count { $0 == .found(name: "VPN Users") } == most)
        let late = try await Self.standings(["group:00g1"], seconds: 0, [])
        #expect(late.sent.isEmpty && late.standings.count == 1)
    }
}
