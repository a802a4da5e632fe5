import Core
import OktaSandbox
import Testing

struct AppTests {
    @Test func aUserGetsAndLosesAnApplication() throws {
        var org = OktaOrg.forTests()
        let app = try org.app("Acme Expenses")
        let mara = try org.id("mara.lindqvist")
        let nora = try org.id("me")
        let path = "/api/v1/apps/\(app)/users"
        let given = try org.call("POST", path, ["id": .string(mara), "profile": ["role": "approver"]])
        #expect(given["scope"] == "USER" && given["profile"] == ["role": "approver"])
        #expect(given.value(at: "/credentials/userName") == "mara.lindqvist@acme.example")
        let links = try org.call("GET", "/api/v1/users/\(mara)/appLinks").array ?? []
        #expect(links.contains { $0["appInstanceId"] == .string(app) && $0["label"] == "Acme Expenses" })
        try org.call("DELETE", "\(path)/\(mara)", expecting: 204)
        let again = try org.call("DELETE", "\(path)/\(mara)", expecting: 404)
        #expect(again["errorSummary"]?.string?.hasSuffix("(AppUser)") == true)
        try org.call("POST", path, ["id": "00uUnknown"], expecting: 404)
        try org.call("POST", path, [:], expecting: 400)
        try org.call("POST", "/api/v1/apps/0oaUnknown/users", ["id": .string(nora)], expecting: 404)
        let types = try org.eventTypes()
        #expect(types.filter { $0.hasPrefix("application.user_membership") }.count == 2)
    }

    @Test func aGroupBringsItsMembers() throws {
        var org = OktaOrg.forTests()
        let app = try org.app("Acme Expenses")
        let vpn = try org.group("VPN Users")
        let mara = try org.id("mara.lindqvist")
        let path = "/api/v1/apps/\(app)/groups"
        let given = try org.call("PUT", "\(path)/\(vpn)", ["priority": 0])
        #expect(given["id"] == .string(vpn) && given["priority"] == 0)
        let users = try org.call("GET", "/api/v1/apps/\(app)/users", query: "limit=500").array ?? []
        #expect(users.contains { $0["id"] == .string(mara) && $0["scope"] == "GROUP" })
        let groups = try org.call("GET", path).array?.compactMap { $0["id"]?.string } ?? []
        #expect(groups.contains(vpn))
        try org.call("DELETE", "\(path)/\(vpn)", expecting: 204)
        try org.call("DELETE", "\(path)/\(vpn)", expecting: 404)
        let left = try org.call("GET", "/api/v1/apps/\(app)/users", query: "limit=500").array ?? []
        #expect(!left.contains { $0["id"] == .string(mara) })
        try org.call("PUT", "\(path)/\(vpn)", nil, "no body is one, too")
    }

    @Test func isSwitchedOffAndOn() throws {
        var org = OktaOrg.forTests()
        let app = try org.app("Acme Wiki")
        let mara = try org.id("mara.lindqvist")
        for (word, status) in [("deactivate", "INACTIVE"), ("deactivate", "INACTIVE"), ("activate", "ACTIVE")] {
            #expect(try org.call("POST", "/api/v1/apps/\(app)/lifecycle/\(word)") == [:])
            #expect(try org.call("GET", "/api/v1/apps/\(app)")["status"] == .string(status))
            let links = try org.call("GET", "/api/v1/users/\(mara)/appLinks").array ?? []
            #expect(links.contains { $0["appInstanceId"] == .string(app) } == (status == "ACTIVE"))
        }
        let types = try org.eventTypes()
        #expect(types == ["application.lifecycle.deactivate", "application.lifecycle.activate"])
    }

    @Test(arguments: [
        ("", 6), ("q=acme", 5), ("filter=status%20eq%20%22ACTIVE%22", 5), ("filter=name%20eq%20%22saasure%22", 1),
        ("filter=status%20eq%20%22ACTIVE%22&q=acme%20w", 1),
    ])
    func lists(_ query: String, _ count: Int) throws {
        var org = OktaOrg.forTests()
        #expect(try org.call("GET", "/api/v1/apps", query: query).array?.count == count)
    }

    @Test func listsAUsersOwnWithHowTheyHaveThem() throws {
        var org = OktaOrg.forTests()
        let mara = try org.id("mara.lindqvist")
        let query = "filter=user.id%20eq%20%22\(mara)%22&expand=user/\(mara)"
        let apps = try org.call("GET", "/api/v1/apps", query: query).array ?? []
        #expect(apps.count == 4 && apps.allSatisfy { $0.value(at: "/_embedded/user/id") == .string(mara) })
        try org.call("GET", "/api/v1/apps", query: "expand=group/x", expecting: 400)
    }

    @Test func pagesHaveTheirOwnSizes() throws {
        var org = OktaOrg.forTests()
        let app = try org.app("Acme Wiki")
        #expect(org.send("GET", "/api/v1/apps").link("self")?.hasSuffix("?limit=20") == true)
        let users = org.send("GET", "/api/v1/apps/\(app)/users")
        #expect(users.link("self")?.hasSuffix("?limit=50") == true && users.next != nil)
        let groups = org.send("GET", "/api/v1/apps/\(app)/groups", query: "limit=1")
        #expect(groups.link("self")?.hasSuffix("?limit=20") == true)
    }
}
