import Core
import OktaSandbox
import Testing

struct OrgTests {
    @Test func theSameSeedGivesTheSameOrg() throws {
        func walk(_ seed: UInt64) throws -> [SandboxReply] {
            var org = OktaOrg.forTests(seed: seed)
            let id = try org.id("mara.lindqvist")
            return [
                org.send("GET", "/api/v1/users/me"), org.send("GET", "/api/v1/users/\(id)/groups", query: "limit=2"),
                org.send("GET", "/nowhere"), org.send("DELETE", "/api/v1/users/\(id)"),
            ]
        }
        let first = try walk(7)
        let second = try walk(7)
        let other = try walk(8)
        for (one, two) in zip(first, second) {
            #expect(one.body == two.body)
            #expect(one.headers.map { "\($0)" } == two.headers.map { "\($0)" })
        }
        #expect(first[0].body != other[0].body)
    }

    @Test func hasThreeHundredPeople() { #expect(OktaOrg.forTests().people == 300) }

    @Test func keepsWhatAFileSays() throws {
        let file = """
            [{"id": "00u12345678901234567", "status": "SUSPENDED", "created": "2025-09-29T03:49:50.000Z",
              "lastLogin": null, "profile": {"login": "a@b.test", "email": "c@b.test", "shoeSize": 43},
              "groups": ["Red", "Blue"], "realmId": "whatever"},
             {"profile": {"login": "d@b.test"}, "groups": ["Red"]}]
            """
        var org = try OktaOrg.seeded(
            from: Array(file.utf8), seed: 1, at: noon, baseURL: "http://okta.test", tokens: [Secret(token)])
        #expect(org.people == 2)
        let user = try org.user("00u12345678901234567")
        #expect(user["status"] == "SUSPENDED")
        #expect(user["created"] == "2025-09-29T03:49:50.000Z")
        #expect(user.value(at: "/profile/shoeSize") == 43)
        let names = try org.groups(of: "00u12345678901234567").groups.map { $0.value(at: "/profile/name") }
        #expect(names == ["Everyone", "Red", "Blue"])
        let red = try org.groups(of: try org.id("d")).groups[1]
        #expect(red["type"] == "OKTA_GROUP")
        let me = try org.id("me")
        let other = try org.id("d")
        #expect(me == other)
    }

    @Test(arguments: [
        ("{}", "list"), ("[", "JSON"), ("[]", "nobody"), ("[{\"profile\":{\"login\":\"a\"}}, 3]", "element 1"),
        ("[{\"profile\":{}}]", "element 0 has no text at profile.login"),
        ("[{\"profile\":{\"login\":\"a\"},\"status\":\"ODD\"}]", "element 0 has a status"),
        ("[{\"profile\":{\"login\":\"a\"},\"id\":\"7\"}]", "element 0 has an id"),
        ("[{\"profile\":{\"login\":\"a\"}},{\"profile\":{\"login\":\"A\"}}]", "element 1 has a login"),
        ("[{\"profile\":{\"login\":\"a\"},\"groups\":\"x\"}]", "element 0 has groups"),
        ("[{\"profile\":{\"login\":\"a\"},\"created\":\"yesterday\"}]", "element 0 has no moment"),
    ])
    func refusesFilesByElement(_ file: String, _ says: String) {
        let error = #expect(throws: HubError.self) {
            try OktaOrg.seeded(from: Array(file.utf8), seed: 1, at: noon, baseURL: "http://okta.test", tokens: [])
        }
        #expect(error?.message.contains(says) == true)
    }
}
