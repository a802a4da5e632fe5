import Core
import OktaSandbox
import Testing

struct GroupTests {
    @Test func maraIsInEveryoneAndThreeGroups() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let (groups, pages) = try org.groups(of: id)
        #expect(pages == 1)
        #expect(groups.map { $0["type"]?.string } == ["BUILT_IN", "OKTA_GROUP", "OKTA_GROUP", "OKTA_GROUP"])
        #expect(groups[0].value(at: "/profile/name") == "Everyone")
        #expect(groups.allSatisfy { $0["id"]?.string?.hasPrefix("00g") == true })
    }

    @Test(arguments: [1, 2, 3, 4, 5]) func pagesWalkAll(_ limit: Int) throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let all = try org.groups(of: id).groups
        let (walked, pages) = try org.groups(of: id, limit: limit)
        #expect(walked == all)
        #expect(pages == (4 + limit - 1) / limit)
    }

    @Test func linksAreSelfAlwaysAndNextWhileThereIsMore() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let path = "/api/v1/users/\(id)/groups"
        let whole = org.send("GET", path)
        #expect(whole.link("self") == "http://127.0.0.1:9001\(path)?limit=200")
        #expect(whole.next == nil)
        #expect(org.send("GET", path, query: "limit=4").next == nil)
        #expect(org.send("GET", path, query: "limit=3").next?.hasPrefix("http://127.0.0.1:9001\(path)?after=") == true)
        #expect(org.send("GET", path, query: "limit=0").status == 400)
        #expect(org.send("GET", path, query: "limit=x").status == 400)
    }

    @Test func aCursorSurvivesARemovalBetweenPages() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let all = try org.groups(of: id).groups
        let first = org.send("GET", "/api/v1/users/\(id)/groups", query: "limit=2")
        let gone = try #require(all[1]["id"]?.string)
        #expect(org.send("DELETE", "/api/v1/groups/\(gone)/users/\(id)").status == 204)
        let query = try #require(first.next).drop { $0 != "?" }.dropFirst()
        let rest = try org.send("GET", "/api/v1/users/\(id)/groups", query: String(query)).json.array
        #expect(rest == Array(all[2...]))
    }

    @Test(arguments: ["garbage", "after%3D", "", "Zm9v", "..", "%F0%9F%92%A9"])
    func garbageCursors(_ cursor: String) throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let reply = org.send("GET", "/api/v1/users/\(id)/groups", query: "after=\(cursor)")
        #expect(reply.status == 400)
        let code = try reply.code
        #expect(code == "E0000029")
    }

    @Test func cursorsAreOneListingsAndGoStale() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let other = try org.id("me")
        let next = try #require(org.send("GET", "/api/v1/users/\(id)/groups", query: "limit=1").next)
        let query = String(next.drop { $0 != "?" }.dropFirst())
        #expect(org.send("GET", "/api/v1/users/\(other)/groups", query: query).status == 400)
        let path = "/api/v1/users/\(id)/groups"
        #expect(org.send("GET", path, query: query, at: noon.adding(seconds: 3_599)).status == 200)
        #expect(org.send("GET", path, query: query, at: noon.adding(seconds: 3_600)).status == 400)
        var tampered = query
        tampered.replace("after=", with: "after=A")
        #expect(org.send("GET", path, query: tampered).status == 400)
    }

    @Test func removesFromOktaGroupsOnlyAndAgainIsFine() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let groups = try org.groups(of: id).groups
        let everyone = try #require(groups[0]["id"]?.string)
        let refused = org.send("DELETE", "/api/v1/groups/\(everyone)/users/\(id)")
        #expect(refused.status == 501)
        let code = try refused.code
        #expect(code == "E0000060")
        let unchanged = try org.groups(of: id).groups
        #expect(unchanged == groups)
        for group in groups.dropFirst() {
            let path = "/api/v1/groups/\(group["id"]?.string ?? "")/users/\(id)"
            #expect(org.send("DELETE", path).status == 204)
            #expect(org.send("DELETE", path).status == 204)
        }
        let left = try org.groups(of: id).groups
        #expect(left == [groups[0]])
        let unknown = try org.send("DELETE", "/api/v1/groups/00gUnknown/users/\(id)").json
        #expect(unknown["errorSummary"] == "Not found: Resource not found: 00gUnknown (UserGroup)")
        let nobody = try org.send("DELETE", "/api/v1/groups/\(everyone)/users/00uUnknown").json
        #expect(nobody["errorSummary"] == "Not found: Resource not found: 00uUnknown (User)")
    }
}
