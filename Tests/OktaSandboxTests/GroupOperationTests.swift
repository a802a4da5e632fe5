import Core
import OktaSandbox
import Testing

struct GroupOperationTests {
    @Test func aGroupLivesAndDies() throws {
        var org = OktaOrg.forTests()
        let made = try org.call("POST", "/api/v1/groups", ["profile": ["name": "Night Shift", "description": "x"]])
        let id = try #require(made["id"]?.string)
        #expect(id.hasPrefix("00g") && made["type"] == "OKTA_GROUP")
        let path = "/api/v1/groups/\(id)"
        let changed = try org.call("PUT", path, ["profile": ["name": "Late Shift"]])
        #expect(changed["profile"] == ["name": "Late Shift", "description": .null])
        let mara = try org.id("mara.lindqvist")
        try org.call("PUT", "\(path)/users/\(mara)", expecting: 204)
        try org.call("PUT", "\(path)/users/\(mara)", expecting: 204, "a member already")
        let members = try org.call("GET", "\(path)/users")
        #expect(members.array?.compactMap { $0["id"]?.string } == [mara])
        try org.call("DELETE", path, expecting: 204)
        try org.call("GET", path, expecting: 404)
        let groups = try org.groups(of: mara).groups
        #expect(groups.count == 4)
        let types = try org.eventTypes()
        #expect(
            types == [
                "group.lifecycle.create", "group.profile.update", "group.user_membership.add",
                "group.lifecycle.delete",
            ])
    }

    @Test(arguments: [
        ("POST", "", #"{"profile":{"name":"Engineering"}}"#, 400, "E0000001"),
        ("POST", "", #"{"profile":{"name":""}}"#, 400, "E0000001"), ("POST", "", #"{}"#, 400, "E0000001"),
        ("POST", "", #"{"profile":{"name":"x","colour":"red"}}"#, 400, "E0000001"),
        ("POST", "", "nonsense", 400, "E0000003"),
        ("PUT", "/00gUnknown", #"{"profile":{"name":"x"}}"#, 404, "E0000007"),
        ("DELETE", "/00gUnknown", "", 404, "E0000007"),
    ])
    func mistakes(_ method: String, _ path: String, _ body: String, _ status: Int, _ code: String) throws {
        var org = OktaOrg.forTests()
        let more = asJSON + (method == "PUT" ? [("content-length", "1")] : [])
        let reply = org.send(
            method, "/api/v1/groups\(path)", more: body.isEmpty ? [] : more, body: body)
        let found = try reply.code
        #expect(reply.status == status && found == code)
    }

    @Test func whatOktaDoesNotKeepCannotBeChanged() throws {
        var org = OktaOrg.forTests()
        let everyone = try org.group("Everyone")
        let mara = try org.id("mara.lindqvist")
        for (method, path, body) in [
            ("PUT", "", ["profile": ["name": "Nobody"]]), ("DELETE", "", nil), ("PUT", "/users/\(mara)", nil),
        ] as [(String, String, JSON?)] {
            let answer = try org.call(method, "/api/v1/groups/\(everyone)\(path)", body, expecting: 501)
            #expect(answer["errorCode"] == "E0000060")
        }
    }

    @Test(arguments: [
        ("", 22, true), ("limit=5", 5, true), ("q=eng", 1, false), ("q=ENG&limit=1", 1, false), ("q=zzz", 0, false),
        ("filter=type%20eq%20%22BUILT_IN%22", 1, true), ("filter=not%20type%20eq%20%22OKTA_GROUP%22", 2, true),
        ("search=profile.name%20ew%20%22Office%22", 3, true), ("search=profile.name%20eq%20%22Engineering%22", 1, true),
        ("filter=lastUpdated%20gt%20%222099-01-01T00:00:00.000Z%22", 0, true),
    ])
    func lists(_ query: String, _ count: Int, _ hasLinks: Bool) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/groups", query: query)
        let found = try reply.json.array?.count
        #expect(reply.status == 200 && found == count && (reply.link("self") != nil) == hasLinks)
        #expect((reply.next != nil) == query.hasPrefix("limit"))
    }

    @Test(arguments: [("filter=profile.name%20eq%20%22x%22", "E0000053"), ("search=colour%20eq%20%22x%22", "E0000031")])
    func refusesOtherFilters(_ query: String, _ code: String) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/groups", query: query)
        let found = try reply.code
        #expect(reply.status == 400 && found == code)
    }
}
