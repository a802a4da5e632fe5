import Core
import Keys
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import OAuthServer

private let callback = "https://app.example/cb"
private let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/// An authorization endpoint whose codes are noted, and the ways tests use it.
private struct Endpoint {
    let desk: OAuthDesk
    let drafts = Drafts()
    /// Whether a code is made, or the client was changed meanwhile.
    var isCodeMade = true

    /// What codes were made for.
    final class Drafts: Sendable {
        private let kept = Mutex<[CodeDraft]>([])
        var all: [CodeDraft] { kept.withLock { $0 } }
        func add(_ draft: CodeDraft) { kept.withLock { $0.append(draft) } }
    }

    static func with(_ store: TestStore, _ body: (Endpoint) async throws -> Void) async throws {
        try await OAuthDesk.with(store) { desk in try await body(Endpoint(desk: desk)) }
    }

    private var authorizing: Authorizing {
        Authorizing(
            database: desk.database, effects: desk.time.effects, users: desk.world, scopes: desk.world,
            signIns: desk.world,
            clients: desk.server.clients,
            keys: desk.server.tokenEndpoint.desk.keys, issuer: "https://hub.example", openings: desk.server.openings,
            makeCode: { [drafts, isCodeMade] draft, _ in
                drafts.add(draft)
                return isCodeMade ? Secret("lpac_x") : nil
            }, makeToken: { _, _ in nil })
    }

    /// A client that may ask for codes: its public id.
    func client(_ name: String = "app", isPublic: Bool = true, redirect: String = callback) async throws -> String {
        let made = try await desk.run(
            "client.create", "",
            [
                "name": .string(name), "user": "svc.hr", "scopes": ["incident.read", "incident.write"],
                "public": .bool(isPublic), "native": .bool(!redirect.hasPrefix("https")),
                "grants": ["authorization_code"], "redirect_uris": [.string(redirect)],
            ])
        return try #require(made["client_id"]?.string)
    }

    func query(_ client: String, _ more: String = "", scope: String = "incident.read") throws -> [(
        name: String, value: String
    )] {
        let text =
            "response_type=code&client_id=\(client)&scope=\(scope)&state=s%261&nonce=n1&code_challenge=\(challenge)"
            + "&code_challenge_method=S256" + more
        return try FormParameters(text.utf8).pairs.map { ($0.name, $0.value) }
    }

    /// - Parameter user: who is signed in, since now; nil for nobody.
    func open(_ query: [(name: String, value: String)], as user: String? = "u2") async throws -> AuthorizationStep {
        let visitor = user.map { Authorizing.Visitor(user: UserID($0), signedInAt: desk.time.now) }
        return try await authorizing.open(query, visitor: visitor, cause)
    }

    func answer(
        _ query: [(name: String, value: String)], allows: Bool = true, as user: String = "u2"
    ) async throws -> AuthorizationStep {
        try await authorizing.answer(
            query, allows: allows, visitor: .init(user: UserID(user), signedInAt: desk.time.now), cause)
    }

    private var cause: Cause { desk.time.cause(Actor(.user, id: "u2", name: "boss")) }

    var consents: Int64 {
        get async throws { try await desk.count("SELECT COUNT(*) AS n FROM consent_given") }
    }
}

extension AuthorizationStep {
    /// The kind of step, and for a way to the client what it is told: `code`, or the error.
    fileprivate var word: String {
        get throws {
            switch self {
            case .page(let error): return "page \(error.reason)"
            case .signIn: return "sign in"
            case .ask: return "ask"
            case .leave, .post:
                let pairs = try answer
                return try #require(pairs["code"] == nil ? pairs["error"] : "code")
            }
        }
    }

    /// What the client is told.
    fileprivate var answer: [String: String] {
        get throws {
            guard case .leave(let to, _, _) = self else { return [:] }
            let text = to.reveal { String(decoding: $0, as: UTF8.self) }
            let query = text.split(separator: "?", maxSplits: 1).last ?? ""
            return Dictionary(try FormParameters(query.utf8).pairs.map { ($0.name, $0.value) }) { _, last in last }
        }
    }
}

@Test("A21: asked once, allowed, and the code is for what was asked", arguments: TestStore.allCases)
private func allowed(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let query = try endpoint.query(try await endpoint.client(), scope: "incident.write+incident.read")
        guard case .ask(let question) = try await endpoint.open(query) else {
            Issue.record("nobody was asked")
            return
        }
        #expect(question.client == "app")
        #expect(question.user == "boss")
        #expect(question.scopes.map(\.name) == ["incident.write", "incident.read"])
        #expect(question.scopes.map(\.says) == ["May use incident.write.", "May use incident.read."])
        #expect(question.place == "app.example")
        #expect(endpoint.drafts.all.isEmpty, "nothing is made for a question")
        let back = try FormParameters(question.query.utf8).pairs.map { (name: $0.name, value: $0.value) }
        let answer = try await endpoint.answer(back)
        #expect(try answer.answer == ["code": "lpac_x", "state": "s&1", "iss": "https://hub.example"])
        let draft = try #require(endpoint.drafts.all.first)
        #expect(draft.user == UserID("u2"))
        #expect(draft.terms.scopes == ["incident.write", "incident.read"])
        #expect(draft.terms.redirectURI == callback)
        #expect(!draft.terms.isRedirectStated)
        #expect(draft.terms.challenge == challenge)
        #expect(draft.terms.nonce == "n1")
        let last = try #require(try await endpoint.desk.events().last)
        #expect(last["action"] == "consent.given")
        #expect(last["actor"]?["name"] == "boss")
        #expect(last["details"]?["scope"] == "incident.write incident.read")
    }
}

@Test("A21: a refusal is told, and nothing is remembered", arguments: TestStore.allCases)
private func denied(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let query = try endpoint.query(try await endpoint.client())
        let answer = try await endpoint.answer(query, allows: false)
        #expect(try answer.word == "access_denied")
        #expect(try answer.answer["state"] == "s&1")
        #expect(try answer.answer["iss"] == "https://hub.example")
        #expect(try await endpoint.consents == 0)
        #expect(endpoint.drafts.all.isEmpty)
        #expect(try await endpoint.desk.actions().last == "consent.denied")
    }
}

@Test(
    "A20: what was allowed is not asked again, but where another application could answer",
    arguments: TestStore.allCases)
private func remembered(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let rows: [(name: String, isPublic: Bool, redirect: String, again: String, silent: String)] = [
            ("public-https", true, callback, "code", "code"), ("secret-https", false, callback, "code", "code"),
            ("public-loopback", true, "http://127.0.0.1/cb", "ask", "interaction_required"),
            ("public-scheme", true, "com.example.app:/cb", "ask", "interaction_required"),
        ]
        for row in rows {
            let client = try await endpoint.client(row.name, isPublic: row.isPublic, redirect: row.redirect)
            let query = try endpoint.query(client)
            #expect(try await endpoint.open(query).word == "ask", "\(row.name)")
            #expect(try await endpoint.open(try endpoint.query(client, "&prompt=none")).word == "consent_required")
            #expect(try await endpoint.answer(query).word == "code")
            #expect(try await endpoint.open(query).word == row.again, "\(row.name)")
            #expect(
                try await endpoint.open(try endpoint.query(client, "&prompt=none")).word == row.silent, "\(row.name)")
            #expect(try await endpoint.open(try endpoint.query(client, "&prompt=consent")).word == "ask")
            let more = try endpoint.query(client, scope: "incident.read+incident.write")
            #expect(try await endpoint.open(more).word == "ask", "another scope is another question")
        }
        let client = try await endpoint.client("ends")
        _ = try await endpoint.answer(try endpoint.query(client))
        _ = try await endpoint.answer(try endpoint.query(client, scope: "incident.write"))
        let both = try endpoint.query(client, scope: "incident.read+incident.write")
        #expect(try await endpoint.open(both).word == "code", "what was allowed one by one counts together")
        endpoint.desk.time.advance(seconds: Int64(Limits.consentDays.value) * 86_400)
        #expect(try await endpoint.open(both).word == "ask", "a consent ends")
    }
}

@Test("A5, A16: a stranger signs in before anything, and silently is told so", arguments: TestStore.allCases)
private func stranger(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let client = try await endpoint.client()
        let rows = [
            ("", "incident.read", "sign in"), ("&prompt=none", "incident.read", "login_required"),
            ("", "nope", "sign in"), ("&prompt=none", "nope", "invalid_scope"),
            ("&redirect_uri=https://evil.example/", "incident.read", "page redirect_uri_unregistered"),
            ("&redirect_uri=https://evil.example/&prompt=none", "incident.read", "page redirect_uri_unregistered"),
        ]
        for (more, scope, word) in rows {
            let step = try await endpoint.open(try endpoint.query(client, more, scope: scope), as: nil)
            #expect(try step.word == word, "\(more) \(scope)")
        }
        let unknown = try await endpoint.open(try endpoint.query("nobody", "&prompt=none"), as: nil)
        #expect(try unknown.word == "page client_unknown")
        guard
            case .signIn(let question) = try await endpoint.open(
                try endpoint.query(client, "&prompt=login&login_hint=mara"), as: nil)
        else {
            Issue.record("nobody has to sign in")
            return
        }
        #expect(question.user == "mara")
        #expect(!question.query.contains("prompt"))
        #expect(question.query.contains("state=s%261"))
        #expect(endpoint.drafts.all.isEmpty)
    }
}

@Test("a scope that is gone, a person who may not, a client that is changed meanwhile", arguments: TestStore.allCases)
private func gone(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let client = try await endpoint.client()
        let query = try endpoint.query(client)
        // `svc.hr` is for web services only.
        #expect(try await endpoint.open(query, as: "u1").word == "access_denied")
        #expect(try await endpoint.answer(query, as: "u1").word == "access_denied")
        #expect(try await endpoint.answer(query, as: "nobody").word == "access_denied")
        #expect(try await endpoint.consents == 0)
        var changed = endpoint
        changed.isCodeMade = false
        #expect(try await changed.answer(query).word == "access_denied")
        try await endpoint.desk.run("client.update", "app", ["active": false])
        #expect(try await endpoint.answer(query).word == "page client_inactive")
        try await endpoint.desk.run("client.update", "app", ["active": true])
        endpoint.desk.world.deleteScope("incident.read")
        #expect(try await endpoint.open(query).word == "invalid_scope")
        #expect(try await endpoint.answer(query).word == "invalid_scope")
    }
}

@Test("consents are listed and withdrawn: by administrators all, by a person their own", arguments: TestStore.allCases)
private func withdrawn(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let desk = endpoint.desk
        let client = try await endpoint.client()
        let query = try endpoint.query(client)
        _ = try await endpoint.answer(query)
        let list = try await desk.run("consent.list")["items"]?.array ?? []
        #expect(list.count == 1)
        #expect(list.first?["user"] == "boss")
        #expect(list.first?["client"] == "app")
        #expect(list.first?["scopes"] == ["incident.read"])
        for (filter, count) in [(["user": "boss"], 1), (["user": "svc.hr"], 0), (["client": "app"], 1)]
            as [(JSONObject, Int)]
        {
            let found = try await desk.run("consent.list", "", filter)["items"]?.array ?? []
            #expect(found.count == count)
        }
        let nobody = try await desk.refusal("consent.list", "", ["user": "nobody"])
        #expect(nobody.reason == "unknown_user")
        let id = try #require(list.first?["id"]?.string)
        let own = try await desk.server.consents(of: UserID("u2"), at: desk.time.now)
        #expect(own == list)
        let others = try await desk.server.consents(of: UserID("u1"), at: desk.time.now)
        #expect(others.isEmpty)
        let foreign = await #expect(throws: HubError.self) {
            try await desk.server.withdraw(id, of: UserID("u1"), by: desk.time.cause())
        }
        #expect(foreign?.reason == "unknown_consent")
        #expect(try await endpoint.open(query).word == "code")
        try await desk.server.withdraw(id, of: UserID("u2"), by: desk.time.cause())
        #expect(try await desk.actions().last == "consent.withdrawn")
        #expect(try await endpoint.open(query).word == "ask")
        let twice = try await desk.refusal("consent.delete", id)
        #expect(twice.reason == "unknown_consent")
        _ = try await endpoint.answer(query)
        let again = try await desk.run("consent.list")["items"]?.array?.first?["id"]?.string
        try await desk.run("consent.delete", try #require(again))
        #expect(try await endpoint.consents == 0)
        _ = try await endpoint.answer(query)
        try await desk.run("client.delete", "app")
        #expect(try await endpoint.consents == 0, "a client takes its consents along")
    }
}

@Test("of two who withdraw one consent, one does; a restored store remembers none", arguments: TestStore.allCases)
private func once(_ store: TestStore) async throws {
    try await Endpoint.with(store) { endpoint in
        let (desk, query) = (endpoint.desk, try endpoint.query(try await endpoint.client()))
        _ = try await endpoint.answer(query)
        let id = try #require(try await desk.run("consent.list")["items"]?.array?.first?["id"]?.string)
        let done = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do { try await desk.server.withdraw(id, of: nil, by: desk.time.cause()) } catch { return false }
                    return true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 1)
        _ = try await endpoint.answer(query)
        let forgotten = try await desk.database.write(.bookkeeping("test")) {
            try OAuthServer.forgetEveryConsent(in: $0)
        }
        #expect(forgotten == 1)
        #expect(try await endpoint.open(query).word == "ask")
    }
}
