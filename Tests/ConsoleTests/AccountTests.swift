import Core
import Hub
import Ports
import TestSupport
import Testing

@testable import Console

/// A person with a session, and the pages as they answer it.
private struct Person: Sendable {
    let rig: ConsoleRig
    let pages: [Page]
    var principal: Principal
    static let password = "correct horse battery"

    /// mara, an administrator, signed in by the page.
    static func with(
        _ effects: TestEffects, _ body: (Person) async throws -> Void
    ) async throws {
        var live = Effects.live()
        live.now = { effects.now }
        try await ConsoleRig.with(effects: live) { rig in
            let user = try await rig.make("user.create", ["name": "mara"])
            try await rig.make("user.set-password", id: "mara", ["password": .string(password)])
            try await rig.make("role-grant.create", ["user": "mara", "role": "admin"])
            var person = Person(
                rig: rig, pages: Console.pages().all,
                principal: Principal(
                    user: UserID(user["id"]?.string ?? ""), userName: "mara", client: nil, clientName: "-",
                    roles: Set(AdminRole.allCases.map(\.rawValue)), scopes: nil, method: .session))
            let reply = try await person.post(
                "sign-in", ["user": "mara", "password": password], named: "console.sign-in.send")
            #expect(reply.status == 303)
            let sessions = try await rig.make("session.list")["items"]?.array
            person.renew(sessions?.first?["id"]?.string ?? "", at: effects.now)
            try await body(person)
        }
    }

    /// As the pipeline would read it after a proof.
    mutating func renew(_ session: String? = nil, at now: Timestamp) {
        principal = Principal(
            user: principal.user, userName: principal.userName, client: nil, clientName: "-", roles: principal.roles,
            scopes: nil, method: .session, session: session.map { SessionID($0) } ?? principal.session, provedAt: now)
    }

    func get(_ path: String, named name: String, query: [String: String] = [:]) async throws -> PageReply {
        try await run(path, name, query, [:])
    }

    func post(_ path: String, _ form: [String: String], named name: String) async throws -> PageReply {
        try await run(path, name, [:], form)
    }

    private func run(
        _ path: String, _ name: String, _ query: [String: String], _ form: [String: String]
    ) async throws -> PageReply {
        let page = try #require(pages.first { $0.name == name })
        let names = zip(["noun", "id", "verb"], path.split(separator: "/").map(String.init))
        return try await page.run(
            PageRequest(
                hub: rig.hub, path: "/console/" + path, parameters: Dictionary(uniqueKeysWithValues: names),
                query: query.map { (name: $0.key, value: $0.value) },
                form: form.map { (name: $0.key, value: $0.value) },
                principal: principal, session: PageSession(csrfToken: "token"),
                cause: Cause(principal.actor, at: rig.hub.effects.now(), .new(rig.hub.effects)), address: "192.0.2.1",
                browser: ConsoleRig.hostile, isFromOwnPage: true))
    }
}

extension PageReply {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
    fileprivate var location: String? { headers.first { $0.name == "location" }?.value }
    /// The text of the block that is shown once.
    fileprivate var shownOnce: String {
        String(text.firstMatch(of: /<code id="secret">([^<]*)</)?.1 ?? "")
    }
}

@Suite("Pages of the own account") struct AccountTests {
    @Test("a sign-in that is refused has its reason for the log, at each step")
    func refusedSignIns() async throws {
        try await Person.with(TestEffects()) { person in
            let rows: [(path: String, form: [String: String], name: String, reason: String)] = [
                ("sign-in", ["user": "mara", "password": "wrong"], "console.sign-in.send", "sign_in_refused"),
                ("sign-in", ["user": "nobody", "password": "wrong"], "console.sign-in.send", "sign_in_refused"),
                ("link", ["token": "wrong"], "console.link.send", "sign_in_refused"),
                ("sign-in/code", ["proof": "wrong", "code": "123456"], "console.sign-in.code", "sign_in_over"),
                ("sign-in/enrol", ["proof": "wrong", "code": "123456"], "console.sign-in.enrol", "sign_in_over"),
            ]
            for row in rows {
                let reply = try await person.post(row.path, row.form, named: row.name)
                #expect(reply.status == 401 && reply.reason == row.reason, "\(row.path): \(reply.reason)")
            }
        }
    }

    @Test("sessions are listed, this one marked, and what a browser calls itself stays text")
    func sessions() async throws {
        try await Person.with(TestEffects()) { person in
            _ = try await person.post(
                "sign-in", ["user": "mara", "password": Person.password], named: "console.sign-in.send")
            let page = try await person.get("account", named: "console.show.account")
            #expect(page.status == 200)
            #expect(page.text.ranges(of: "this one").count == 1)
            #expect(page.text.contains("192.0.2.1") && page.text.contains("&lt;script&gt;"))
            #expect(!page.text.contains("<script>alert"))
            let listed = try await person.rig.make("session.list")["items"]?.array ?? []
            let other = try #require(
                listed.first { $0["id"]?.string != person.principal.session?.rawValue }?["id"]?.string)
            let asked = try await person.get(
                "account/end-session", named: "console.show.account.end-session", query: ["session": other])
            #expect(asked.text.contains("End session") && asked.text.contains("name=\"csrf\" value=\"token\""))
            let done = try await person.post(
                "account/end-session", ["session": other], named: "console.act.account.end-session")
            #expect(done.location == "/console/account")
            let left = try await person.rig.make("session.list")["items"]?.array?.count
            #expect(left == 1)
        }
    }

    @Test("an app is set up, asked for at the next sign-in, and removed")
    func secondFactor() async throws {
        let time = TestEffects()
        try await Person.with(time) { person in
            let path = "account/second-factor"
            let act = "console.act.account.second-factor"
            let begun = try await person.post(path, ["step": "begin"], named: act)
            let app = Authenticator(typed: Secret(begun.shownOnce))
            #expect(begun.text.contains("otpauth://totp/Linchpin"))
            let wrong = try await person.post(path, ["step": "confirm", "code": "x"], named: act)
            #expect(wrong.status == 401 && wrong.shownOnce == begun.shownOnce, "the same secret again")
            let code = app.code(at: time.now).shownOnce
            let set = try await person.post(path, ["step": "confirm", "code": code], named: act)
            let recovery = set.shownOnce.split(separator: " ").map(String.init)
            #expect(recovery.count == Limits.recoveryCodes.value)
            let account = try await person.get("account", named: "console.show.account")
            #expect(!account.text.contains(recovery[0]) && !account.text.contains(begun.shownOnce))
            let asked = try await person.post(
                "sign-in", ["user": "mara", "password": Person.password, "next": "/console/users"],
                named: "console.sign-in.send")
            let proof = try #require(asked.text.firstMatch(of: /name="proof" value="([^"]*)"/)).1
            if case .keep = asked.session {} else { Issue.record("no session yet") }
            let sent = ["proof": String(proof), "next": "/console/users"]
            let refused = try await person.post(
                "sign-in/code", sent.merging(["code": code]) { $1 }, named: "console.sign-in.code")
            #expect(refused.status == 401 && refused.text.contains("value=\"\(proof)\""))
            let done = try await person.post(
                "sign-in/code", sent.merging(["code": recovery[0]]) { $1 }, named: "console.sign-in.code")
            #expect(done.location == "/console/users")
            let removed = try await person.post(path, ["step": "remove", "code": recovery[1]], named: act)
            #expect(removed.location == "/console/account")
        }
    }

    @Test("what is dangerous leads to the proof and back, with what was typed but no secret")
    func proof() async throws {
        let time = TestEffects()
        try await Person.with(time) { person in
            var person = person
            time.advance(seconds: Int64(Limits.freshProofSeconds.value))
            let shown = try await person.get("role-grants/new", named: "console.show.2")
            #expect(shown.location == "/console/prove-again?next=%2Fconsole%2Frole-grants%2Fnew")
            let sent = try await person.post(
                "users/mara/set-password", ["password": "canary another one"], named: "console.act.3")
            #expect(sent.location == "/console/prove-again?next=%2Fconsole%2Fusers%2Fmara%2Fset-password")
            let granting = try await person.post(
                "role-grants/new", ["role": "auditor"], named: "console.act.2")
            #expect(granting.location?.hasSuffix("role-grants%2Fnew%3Frole%3Dauditor") == true)
            let setUp = try await person.post(
                "account/second-factor", ["step": "begin"], named: "console.act.account.second-factor")
            #expect(setUp.location?.hasPrefix("/console/prove-again?next=") == true)
            let back = "/console/role-grants/new?role=auditor"
            let form = try await person.get("prove-again", named: "console.prove-again", query: ["next": back])
            #expect(form.text.contains("type=\"password\""))
            let wrong = try await person.post(
                "prove-again", ["proof": "wrong one", "next": back], named: "console.prove-again.send")
            #expect(wrong.status == 401 && wrong.text.contains(back))
            let right = try await person.post(
                "prove-again", ["proof": Person.password, "next": back], named: "console.prove-again.send")
            #expect(right.location == back)
            let away = try await person.post(
                "prove-again", ["proof": Person.password, "next": "//evil.example"], named: "console.prove-again.send")
            #expect(away.location == "/")
            person.renew(at: time.now)
            let again = try await person.get("role-grants/new", named: "console.show.2", query: ["role": "auditor"])
            #expect(again.status == 200 && again.text.contains("<h1>"))
        }
    }
}
