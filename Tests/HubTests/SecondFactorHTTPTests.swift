import Core
import Identity
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

private let password = "canary correct horse battery"

/// Signing in by two steps, and proving oneself again, over HTTP.
struct SecondFactorHTTPTests {
    private func with(
        _ store: TestStore, _ body: (TestHub, TestBrowser) async throws -> Void
    ) async throws {
        try await TestHub.with(store, pages: TestPages.pages) { hub in
            try await hub.post("/users", ["name": "mara"])
            try await hub.post("/users/mara/set-password", ["password": .string(password)])
            try await hub.grant("admin", to: "mara")
            try await body(hub, try await TestBrowser(hub, user: "mara", password: password))
        }
    }

    /// An operation that needs a fresh proof, by the session's cookie at the API.
    private func grant(_ role: String, _ browser: TestBrowser) async throws -> OutboundReply {
        try await browser.hub.send(
            "POST", "/api/linchpin/v1/role-grants", json: ["user": "mara", "role": .string(role)],
            headers: [
                ("Cookie", browser.cookie), ("X-CSRF-Token", browser.csrf), ("Sec-Fetch-Site", "same-origin"),
            ])
    }

    @Test("what is dangerous asks a session that is old to prove itself again", arguments: TestStore.allCases)
    func freshProof(_ store: TestStore) async throws {
        try await with(store) { hub, browser in
            hub.clock.stop()
            let fresh = try await grant("auditor", browser)
            #expect(fresh.status == 201)
            hub.clock.advance(seconds: Int64(Limits.freshProofSeconds.value))
            for reply in [
                try await grant("approver", browser), try await browser.post("/console/grant", ["role": "approver"]),
            ] {
                #expect(reply.status == 403)
                let logged = try await hub.row(of: reply)
                #expect(logged["reason"] == "proof_needed")
            }
            let harmless = try await browser.post("/console/users", ["name": "other"])
            #expect(harmless.status == 200)
            let wrong = try await browser.post("/console/prove-again", ["proof": "wrong one"])
            #expect(wrong.status == 401)
            let still = try await grant("approver", browser)
            #expect(still.status == 403)
            let right = try await browser.post("/console/prove-again", ["proof": password])
            #expect(right.status == 200)
            let audited = try await hub.audited(right)
            #expect(audited == ["user.proved_again"])
            let proved = try await grant("approver", browser)
            #expect(proved.status == 201)
            let page = try await browser.post("/console/grant", ["role": "oauth_admin"])
            #expect(page.status == 200)
        }
    }

    @Test("the operations that ask") func asking() async throws {
        try await TestHub.with { hub in
            #expect(
                hub.hub.operations.filter(\.needsFreshProof).map(\.name).sorted() == [
                    "backup.restore", "client.delete", "credential.delete", "credential.rotate", "group.add-member",
                    "role-grant.create", "role.contain", "sign-in-link.create", "user.delete",
                    "user.remove-second-factor", "user.set-password",
                ])
        }
    }

    @Test("who proves itself with each call is not asked", arguments: TestStore.allCases)
    func others(_ store: TestStore) async throws {
        try await with(store) { hub, _ in
            hub.clock.stop()
            hub.clock.advance(seconds: Int64(Limits.freshProofSeconds.value) + 1)
            let made = try await hub.post("/role-grants", ["user": "mara", "role": "auditor"])
            #expect(made["role"] == "auditor", "the hub's own socket")
        }
    }

    @Test("a right password gives no cookie where a code is needed", arguments: TestStore.allCases)
    func twoSteps(_ store: TestStore) async throws {
        try await with(store) { hub, _ in
            hub.clock.stop()
            let (identity, now) = (hub.hub.parts.identity, hub.clock.now)
            let cause = Cause(.hub, at: now, .new(hub.clock.effects))
            let mara = try #require(try await identity.user("mara", at: now)).id
            let app = Authenticator(typed: try await identity.beginSecondFactor(of: mara, by: cause).secret)
            _ = try await identity.confirmSecondFactor(of: mara, code: app.code(at: now), by: cause)
            hub.clock.advance(seconds: 60)
            let first = try await TestBrowser.form(hub, "/console/sign-in", ["user": "mara", "password": password])
            #expect(first.status == 200 && first.header("set-cookie") == nil)
            let proof = String(first.text.split(separator: "=").last ?? "")
            #expect(proof.hasPrefix("lpsp_"))
            let planted = try await hub.send("GET", "/console", headers: [("Cookie", "linchpin-loopback=\(proof)")])
            #expect(planted.status == 303, "the proof is no session")
            let code = app.code(at: hub.clock.now).reveal { String(decoding: $0, as: UTF8.self) }
            let foreign = try await TestBrowser.form(
                hub, "/console/sign-in/code", ["proof": proof, "code": code], origin: "https://evil.example")
            #expect(foreign.status == 403)
            let wrong = try await TestBrowser.form(hub, "/console/sign-in/code", ["proof": proof, "code": "000000x"])
            #expect(wrong.status == 401 && wrong.header("set-cookie") == nil)
            let second = try await TestBrowser.form(hub, "/console/sign-in/code", ["proof": proof, "code": code])
            #expect(second.status == 303)
            let home = try await TestBrowser(hub, signedIn: second).get("/console")
            #expect(home.text.hasPrefix("home of mara"))
            try await hub.settle()
            let log = try await hub.admin.call("GET", "/transactions").description
            let audit = try await hub.admin.call("GET", "/audit-events").description
            for text in [log, audit, hub.logged.all.joined()] { #expect(!text.contains(proof)) }
        }
    }

    @Test("who must have a second factor gets no session without one", arguments: TestStore.allCases)
    func required(_ store: TestStore) async throws {
        try await TestHub.with(store, pages: TestPages.pages, variables: ["LINCHPIN_SECOND_FACTOR": "administrators"]) {
            hub in
            for name in ["mara", "plain"] {
                try await hub.post("/users", ["name": .string(name)])
                try await hub.post("/users/\(name)/set-password", ["password": .string(password)])
            }
            try await hub.grant("auditor", to: "mara")
            let asked = try await TestBrowser.form(hub, "/console/sign-in", ["user": "mara", "password": password])
            #expect(asked.text.hasPrefix("enrol secret=") && asked.header("set-cookie") == nil)
            let free = try await TestBrowser.form(hub, "/console/sign-in", ["user": "plain", "password": password])
            #expect(free.status == 303)
        }
    }
}
