import Core
import OktaSandbox
import Testing

struct ProtocolTests {
    @Test(
        arguments: [
            nil, "", "SSWS", "SSWS ", "SSWS wrong", "Bearer \(token)", "SSWS \(token)x", "SSWS  \(token)", token,
        ] as [String?])
    func withoutAValidToken(_ authorization: String?) throws {
        var org = OktaOrg.forTests()
        for (method, path) in [("GET", "/api/v1/users/me"), ("GET", "/nowhere"), ("DELETE", "/api/v1/users/me")] {
            let reply = org.send(method, path, authorization: authorization)
            #expect(reply.status == 401)
            let body = try reply.json
            #expect(body["errorCode"] == "E0000011")
            #expect(!body.text().contains(token))
        }
        let me = try org.user("me")
        #expect(me["status"] == "ACTIVE")
    }

    @Test func twoAuthorizationHeadersAreNone() {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users/me", more: [("authorization", "SSWS \(token)")])
        #expect(reply.status == 401)
    }

    @Test(arguments: [
        ("PUT", "/api/v1/users", 405, "E0000022"), ("GET", "/api/v1/users/", 404, "E0000007"),
        ("GET", "/", 404, "E0000007"), ("GET", "/api/v1/policies", 404, "E0000007"),
        ("PUT", "/api/v1/users/me", 405, "E0000022"), ("GET", "/api/v1/users/me/lifecycle/suspend", 405, "E0000022"),
        ("POST", "/api/v1/users/me/sessions", 405, "E0000022"),
    ])
    func pathsAndMethods(_ method: String, _ path: String, _ status: Int, _ code: String) throws {
        var org = OktaOrg.forTests()
        let reply = org.send(method, path)
        #expect(reply.status == status)
        let found = try reply.code
        #expect(found == code)
        #expect((reply.header("Allow") != nil) == (status == 405))
    }

    @Test(arguments: [
        ("application/json", 200), ("application/json;q=0.9, text/html", 200), ("*/*", 200), ("application/*", 200),
        ("text/html", 400), ("", 400), ("application/jsonx", 400),
    ])
    func accept(_ value: String, _ status: Int) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users/me", more: [("accept", value)])
        #expect(reply.status == status)
        if status == 400 {
            let code = try reply.code
            #expect(code == "E0000021")
        }
    }

    @Test func bodiesAreJSONAndPostsHaveALength() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let path = "/api/v1/users/\(id)/lifecycle/suspend"
        #expect(org.send("POST", path, more: [("no-length", "")]).status == 411)
        #expect(org.send("POST", path, more: [("content-type", "text/plain")], body: "{}").status == 400)
        #expect(org.send("POST", path, body: "{}").status == 400)
        let user = try org.user(id)
        #expect(user["status"] == "ACTIVE")
        #expect(
            org.send("POST", path, more: [("content-type", "application/json; charset=utf-8")], body: "{}").status
                == 200)
    }

    @Test func everyErrorHasAllFiveMembers() throws {
        var org = OktaOrg.forTests()
        org.requestsPerMinute = 8
        var errors = [
            org.send("GET", "/api/v1/users/me", authorization: nil), org.send("GET", "/nowhere"),
            org.send("GET", "/api/v1/users/nobody"), org.send("PUT", "/api/v1/users/me"),
            org.send("GET", "/api/v1/users/me/groups", query: "after=x"),
            org.send("GET", "/api/v1/users/me/groups", query: "x=%zz"),
            org.send("POST", "/api/v1/users/me/lifecycle/suspend", more: [("no-length", "")]),
            org.send("GET", "/api/v1/users/me", more: [("accept", "text/html")]),
        ]
        for _ in 0..<8 { errors.append(org.send("GET", "/api/v1/users/nobody")) }
        #expect(errors.last?.status == 429)
        var ids: Set<String> = []
        for reply in errors {
            #expect(reply.status >= 400)
            #expect(reply.header("Content-Type") == "application/json")
            let members = try #require(try reply.json.object).members.map(\.name)
            #expect(members == ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"])
            let id = try #require(try reply.json["errorId"]?.string)
            #expect(id.hasPrefix("oae"))
            ids.insert(id)
        }
        #expect(ids.count == errors.count)
    }

    @Test func everyReplyCarriesItsHeaders() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        var requestIDs: Set<String> = []
        let replies = [
            org.send("GET", "/api/v1/users/me"), org.send("GET", "/nowhere"),
            org.send("GET", "/api/v1/users/me", authorization: nil), org.send("DELETE", "/api/v1/users/\(id)"),
        ]
        for reply in replies {
            #expect(reply.header("Date") == "Mon, 21 Sep 2026 14:13:20 GMT")
            #expect(reply.header("X-Rate-Limit-Limit") == "600")
            #expect(reply.header("X-Rate-Limit-Reset") == "1790000060")
            requestIDs.insert(try #require(reply.header("X-Okta-Request-Id")))
        }
        #expect(requestIDs.count == replies.count)
    }
}

struct RateLimitTests {
    @Test func theWindowIsAMinuteAndRollsOver() throws {
        var org = OktaOrg.forTests()
        org.requestsPerMinute = 2
        let path = "/api/v1/users/me"
        #expect(org.send("GET", path).header("X-Rate-Limit-Remaining") == "1")
        #expect(org.send("GET", path, at: noon.adding(seconds: 30)).header("X-Rate-Limit-Remaining") == "0")
        let over = org.send("GET", path, at: noon.adding(milliseconds: 59_999))
        #expect(over.status == 429)
        let code = try over.code
        #expect(code == "E0000047")
        #expect(over.header("X-Rate-Limit-Remaining") == "0")
        #expect(over.header("X-Rate-Limit-Reset") == "1790000060")
        #expect(over.header("Retry-After") == nil)
        let fresh = org.send("GET", path, at: noon.adding(seconds: 60))
        #expect(fresh.status == 200)
        #expect(fresh.header("X-Rate-Limit-Remaining") == "1")
        #expect(fresh.header("X-Rate-Limit-Reset") == "1790000120")
    }

    @Test func bucketsAreApartAndNobodyUsesUpTheTokensShare() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        org.requestsPerMinute = 1
        for _ in 0..<3 { _ = org.send("GET", "/api/v1/users/\(id)/groups", authorization: nil) }
        #expect(org.send("GET", "/api/v1/users/\(id)").status == 429)
        #expect(org.send("GET", "/api/v1/users/\(id)/groups").status == 200)
        #expect(org.send("DELETE", "/api/v1/users/\(id)").status == 429)
    }

    @Test func overTheLimitNothingIsDone() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        org.requestsPerMinute = 0
        #expect(org.send("DELETE", "/api/v1/users/\(id)").status == 429)
        org.requestsPerMinute = 600
        let user = try org.user(id)
        #expect(user["status"] == "ACTIVE")
    }

    @Test func faultsComeOnce() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let suspend = "/api/v1/users/\(id)/lifecycle/suspend"
        org.faults = [.status(500), .hangBefore, .hangAfter]
        #expect(org.send("GET", "/api/v1/users/me", authorization: nil).status == 401)
        #expect(org.send("POST", suspend).status == 500)
        let before = org.send("POST", suspend)
        #expect(before.hangs)
        #expect(org.send("POST", suspend).hangs)
        let user = org.send("GET", "/api/v1/users/\(id)")
        #expect(!user.hangs)
        let status = try user.json["status"]
        #expect(status == "SUSPENDED")
    }
}
