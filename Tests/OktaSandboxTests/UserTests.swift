import Core
import OktaSandbox
import Testing

struct UserTests {
    @Test(arguments: ["mara.lindqvist@acme.example", "mara.lindqvist", "MARA.Lindqvist%40Acme.Example"])
    func isFoundByNameAndShape(_ name: String) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users/\(name)")
        #expect(reply.status == 200)
        let user = try reply.json
        let id = try #require(user["id"]?.string)
        #expect(id.hasPrefix("00u") && id.utf8.count == 20)
        #expect(user["type"]?["id"]?.string?.hasPrefix("oty") == true)
        #expect(user["status"] == "ACTIVE")
        #expect(user.value(at: "/profile/email") == .string(mara))
        #expect(
            user.value(at: "/_links/suspend/href")
                == .string("http://127.0.0.1:9001/api/v1/users/\(id)/lifecycle/suspend"))
        #expect(reply.header("ETag")?.hasPrefix("W/\"") == true)
        let again = try org.user(id)
        #expect(again == user)
    }

    @Test func meIsTheTokensOwner() throws {
        var org = OktaOrg.forTests()
        let me = try org.user("me")
        #expect(me["status"] == "ACTIVE")
        #expect(me.value(at: "/profile/login") == "nora.castellanos@acme.example")
    }

    @Test(arguments: [
        ("nora.castellanos", "two people have this short name"), ("nobody@acme.example", "unknown login"),
        ("00uAAAAAAAAAAAAAAAAA", "unknown id"), ("mara.lindqvist%2540acme.example", "decoded once, not twice"),
    ])
    func isNotFound(_ name: String, _ why: Comment) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users/\(name)")
        #expect(reply.status == 404, why)
        let body = try reply.json
        #expect(body["errorCode"] == "E0000007")
        #expect(body["errorSummary"]?.string?.hasSuffix("(User)") == true)
    }

    @Test func oddLoginsDecodeOnce() throws {
        var org = try OktaOrg.of([("o'brien+x%41@a.test", "ACTIVE"), ("a/b@a.test", "ACTIVE")])
        #expect(org.send("GET", "/api/v1/users/o'brien+x%2541%40a.test").status == 200)
        #expect(org.send("GET", "/api/v1/users/o'brien+xA@a.test").status == 404)
        #expect(org.send("GET", "/api/v1/users/a%2Fb@a.test").status == 404)
        #expect(org.send("GET", "/api/v1/users/%zz").status == 404)
    }

    @Test(arguments: [
        ("STAGED", ["activate", "resetFactors"]),
        ("PROVISIONED", ["deactivate", "reactivate", "resetPassword", "suspend"]),
        ("SUSPENDED", ["deactivate", "resetFactors", "unsuspend"]), ("DEPROVISIONED", ["activate", "delete"]),
    ])
    func linksFollowTheStatus(_ status: String, _ expected: [String]) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let links = try org.user("x")["_links"]?.object?.members.map(\.name) ?? []
        #expect(Set(links) == Set(expected + ["self", "schema", "type"]))
    }
}

struct LifecycleTests {
    static let statuses = [
        "STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED",
    ]

    @Test(arguments: statuses) func suspendsOnlyTheActive(_ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let before = try org.user("x")
        let id = try org.id("x")
        let later = noon.adding(seconds: 5)
        let reply = org.send("POST", "/api/v1/users/\(id)/lifecycle/suspend", at: later)
        let after = try org.user("x")
        if status == "ACTIVE" {
            #expect(reply.status == 200)
            #expect(reply.body == Array("{}".utf8))
            #expect(after["status"] == "SUSPENDED")
            #expect(after["statusChanged"] == .string(later.rfc3339))
        } else {
            #expect(reply.status == 400)
            let code = try reply.code
            #expect(code == "E0000001")
            #expect(after == before)
        }
    }

    @Test(arguments: statuses) func deletesInTwoCalls(_ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status), ("y@a.test", "ACTIVE")])
        let id = try org.id("x")
        if status != "DEPROVISIONED" {
            #expect(org.send("DELETE", "/api/v1/users/\(id)").status == 204)
            let after = try org.user("x")
            #expect(after["status"] == "DEPROVISIONED")
            #expect(org.people == 2)
        }
        let second = org.send("DELETE", "/api/v1/users/\(id)")
        #expect(second.status == 204)
        #expect(second.body.isEmpty)
        #expect(org.people == 1)
        #expect(org.send("DELETE", "/api/v1/users/\(id)").status == 404)
    }

    @Test(arguments: statuses) func revokesSessionsFromAnyStatus(_ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let before = try org.user("x")
        let id = try org.id("x")
        let path = "/api/v1/users/\(id)/sessions"
        #expect(org.send("DELETE", path, query: "oauthTokens=true&forgetDevices=false").status == 204)
        let after = try org.user("x")
        #expect(after == before)
        #expect(org.send("DELETE", path, query: "oauthTokens=perhaps").status == 400)
    }

    @Test(arguments: [
        ("DELETE", "/api/v1/users/00uUnknown"), ("DELETE", "/api/v1/users/00uUnknown/sessions"),
        ("POST", "/api/v1/users/00uUnknown/lifecycle/suspend"), ("GET", "/api/v1/users/00uUnknown/groups"),
        ("DELETE", "/api/v1/users/x"),
    ])
    func writesTakeIdsAndRefuseUnknownOnes(_ method: String, _ path: String) throws {
        var org = try OktaOrg.of([("x@a.test", "ACTIVE")])
        let reply = org.send(method, path)
        #expect(reply.status == 404)
        let code = try reply.code
        #expect(code == "E0000007")
        #expect(org.people == 1)
    }
}
