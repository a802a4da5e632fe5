import Core
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("The clock jumps") struct ClockJumpTests {
    private static let password = "canary correct horse battery"

    /// A jump, and what is then with a token and a session of before.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let seconds: Int64
        let token: Int
        let session: Int
    }

    @Test(
        "what had ended has ended, what had not has not; new ones work, and the hub is well",
        arguments: [
            Row(testDescription: "forward a day", seconds: 86_400, token: 401, session: 303),
            Row(testDescription: "forward ten minutes", seconds: 600, token: 200, session: 200),
            Row(testDescription: "back an hour", seconds: -3_600, token: 200, session: 200),
            // A token from more than an hour ahead is taken for a made-up one.
            Row(testDescription: "back two days", seconds: -172_800, token: 401, session: 200),
        ], TestStore.allCases)
    func jump(_ row: Row, _ store: TestStore) async throws {
        try await TestHub.with(store, pages: TestPages.pages) { test in
            test.clock.stop()
            let caller = try await test.caller(
                "hr", roles: ["hr_leaver_reader", "hr_leaver_writer"], scopes: [.tables])
            let browser = try await signIn(test)
            try await well(test, caller.token)
            test.clock.advance(seconds: row.seconds)
            let read = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(read.status == row.token)
            let page = try await browser.get("/console")
            #expect(page.status == row.session)
            let asked = try await test.askToken(
                "grant_type=client_credentials&scope=all.tables", basic: caller.basic)
            let token = try #require(try asked.json["access_token"]?.string)
            try await well(test, token)
            let again = try await TestBrowser(test, user: "mara", password: Self.password)
            let home = try await again.get("/console")
            #expect(home.status == 200)
            // And the way back.
            test.clock.advance(seconds: -row.seconds)
            try await well(test, caller.token)
        }
    }

    private func signIn(_ test: TestHub) async throws -> TestBrowser {
        try await test.post("/users", ["name": "mara"])
        try await test.post("/users/mara/set-password", ["password": .string(Self.password)])
        return try await TestBrowser(test, user: "mara", password: Self.password)
    }

    /// A record is written and read, its request is in the log and its event in the chain, which is whole.
    private func well(_ test: TestHub, _ token: String) async throws {
        let posted = try await test.send("POST", "/api/now/table/hr_leaver", token: token, json: TableHTTPTests.leaver)
        #expect(posted.status == 201)
        let row = try await test.row(of: posted)
        #expect(row["outcome"]?.string == "allowed")
        let audited = try await test.audited(posted)
        #expect(audited.contains("record.created"))
        let verdict = try await test.admin.call("POST", "/audit-events/verify", [:])
        #expect(verdict["intact"] == true)
        #expect(await test.hub.isReady())
    }
}
