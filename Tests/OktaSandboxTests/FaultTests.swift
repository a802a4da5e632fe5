import Core
import Keys
import OktaSandbox
import Testing

struct FaultTests {
    private func order(
        _ org: inout OktaOrg, _ body: String, host: String = "127.0.0.1:9001", origin: String? = nil,
        type: String = "application/json", method: String = "POST"
    ) -> SandboxReply {
        org.respond(
            to: SandboxRequest(
                method: method, path: "/sandbox/faults",
                headers: [("host", host), ("content-type", type)] + (origin.map { [("origin", $0)] } ?? []),
                body: Array(body.utf8)), at: noon)
    }

    @Test("each fault comes as often as it was ordered, on the path that was named")
    func kinds() throws {
        var play = try Play()
        #expect(order(&play.org, #"{"fault":"status","status":503,"count":2}"#).status == 200)
        #expect(play.org.send("GET", "/api/v1/users/me").status == 503)
        #expect(play.org.send("GET", "/api/v1/users/me").status == 503)
        #expect(play.org.send("GET", "/api/v1/users/me").status == 200)
        _ = order(&play.org, #"{"fault":"html","path":"/oauth2/v1/token"}"#)
        #expect(play.org.send("GET", "/api/v1/users/me").status == 200, "another path")
        let page = play.refresh("x")
        #expect(page.status == 503)
        #expect(page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(play.refresh("x").error == "invalid_grant")
        _ = order(&play.org, #"{"fault":"delay","milliseconds":1500}"#)
        #expect(play.org.send("GET", "/api/v1/users/me").delayMilliseconds == 1_500)
        let id = try play.org.id("mara.lindqvist")
        _ = order(&play.org, #"{"fault":"drop"}"#)
        #expect(play.org.send("POST", "/api/v1/users/\(id)/lifecycle/suspend").drops)
        #expect(try play.org.user(id)["status"] == "SUSPENDED", "it was done")
        _ = order(&play.org, #"{"fault":"hang_before"}"#)
        #expect(play.org.send("POST", "/api/v1/users/\(id)/lifecycle/unsuspend").hangs)
        #expect(try play.org.user(id)["status"] == "SUSPENDED", "it was not")
        _ = order(&play.org, #"{"fault":"status","status":429,"path":"/oauth2"}"#)
        #expect(play.refresh("x").status == 429)
    }

    @Test("the clock goes ahead, for tokens too")
    func clock() throws {
        var play = try Play()
        let access = try #require(try play.tokens()["access_token"]?.string)
        _ = order(&play.org, #"{"fault":"clock_ahead","seconds":3600}"#)
        let late = play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)")
        #expect(late.status == 401)
        #expect(late.header("Date") == "Mon, 21 Sep 2026 15:13:20 GMT")
        _ = order(&play.org, "", method: "DELETE")
        #expect(play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)").status == 200)
    }

    @Test("a scope withdrawn, a user deactivated, an application deleted")
    func losses() throws {
        var play = try Play()
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        _ = order(&play.org, "{\"fault\":\"withdraw_scope\",\"app\":\"\(play.web)\",\"scope\":\"okta.groups.read\"}")
        #expect(try play.refresh(first).json["scope"] == "openid offline_access okta.users.read")
        _ = order(&play.org, #"{"fault":"deactivate_user","user":"nora.castellanos@acme.example"}"#)
        #expect(play.refresh(first).error == "invalid_grant")
        _ = order(&play.org, "{\"fault\":\"delete_app\",\"app\":\"\(play.web)\"}")
        #expect(play.refresh(first).error == "invalid_client")
        #expect(play.authorize().status == 400)
    }

    @Test("the switches")
    func switches() throws {
        var org = OktaOrg.forTests()
        let state = try order(&org, #"{"fault":"manage_implies_read","on":false}"#).json
        #expect(state["manage_implies_read"] == false)
        #expect(try order(&org, #"{"fault":"refresh_invalid_scope","on":true}"#).json["refresh_invalid_scope"] == true)
        #expect(try order(&org, #"{"fault":"requests_per_minute","limit":3}"#).json["requests_per_minute"] == 3)
        #expect(!org.manageImpliesRead && org.refusesRefreshScopesAsInvalid && org.requestsPerMinute == 3)
    }

    @Test(
        "what is no order",
        arguments: [
            "", "[]", "{}", #"{"fault":"flood"}"#, #"{"fault":"status","status":200}"#, #"{"fault":"status"}"#,
            #"{"fault":"delay"}"#, #"{"fault":"drop","count":0}"#, #"{"fault":"drop","count":1001}"#,
            #"{"fault":"clock_ahead","seconds":"soon"}"#, #"{"fault":"manage_implies_read","on":1}"#,
        ])
    func noOrder(body: String) throws {
        var org = OktaOrg.forTests()
        #expect(order(&org, body).status == 400)
        #expect(org.faults.isEmpty)
    }

    @Test("only this machine's own name may order, and no page of another site")
    func strangers() throws {
        var org = OktaOrg.forTests()
        let body = #"{"fault":"drop"}"#
        #expect(order(&org, body, host: "sandbox.example").status == 401)
        #expect(order(&org, body, origin: "http://evil.example").status == 401)
        #expect(order(&org, body, origin: "null").status == 401)
        #expect(org.faults.isEmpty)
        #expect(order(&org, body, host: "localhost:9001", origin: "http://localhost:9001").status == 200)
        #expect(org.faults.count == 1)
    }

    @Test("the page's buttons are forms that order the same and lead back to the page")
    func buttons() throws {
        var org = OktaOrg.forTests()
        let page = org.respond(
            to: SandboxRequest(method: "GET", path: "/", headers: [("host", "127.0.0.1:9001")]), at: noon)
        #expect(page.text.contains("<input type=\"hidden\" name=\"fault\" value=\"html\">"))
        let reply = order(
            &org, "fault=status&status=503&path=%2Foauth2%2Fv1%2Ftoken", type: "application/x-www-form-urlencoded")
        #expect(reply.status == 303)
        #expect(org.faults == [.status(503).on("/oauth2/v1/token")])
    }
}
