import Core
import OktaSandbox
import Testing

private let json = [(name: "content-type", value: "application/json")]
private let ann = #"{"profile":{"login":"ann@a.test","email":"ann@a.test","firstName":"Ann","lastName":"Lee"}}"#

struct CreateUserTests {
    @Test(arguments: [
        ("", "", "PROVISIONED"), ("activate=false", "", "STAGED"),
        ("activate=true", #","credentials":{"password":{"value":"Password150kta"}}"#, "ACTIVE"),
        ("nextLogin=changePassword", #","credentials":{"password":{"value":"Password150kta"}}"#, "PASSWORD_EXPIRED"),
    ])
    func theStatusFollowsFromTheRequest(_ query: String, _ more: String, _ status: String) throws {
        var org = OktaOrg.forTests()
        let body = String(ann.dropLast()) + more + "}"
        let reply = org.send("POST", "/api/v1/users", query: query, more: json, body: body)
        #expect(reply.status == 200)
        let user = try reply.json
        #expect(user["status"] == .string(status) && user["id"]?.string?.utf8.count == 20)
        #expect(!user.text().contains("Password150kta"))
        #expect(org.people == 301)
        let found = try org.user("ann%40a.test")
        #expect(found == user)
        let id = try #require(user["id"]?.string)
        let groups = try org.groups(of: id).groups
        #expect(groups.map { $0.value(at: "/profile/name") } == ["Everyone"])
    }

    @Test(arguments: [
        ("", 400, "E0000003"), ("[]", 400, "E0000003"), ("{", 400, "E0000003"), ("{}", 400, "E0000001"),
        (#"{"profile":{"login":"a@a.test","email":"a@a.test","firstName":"A"}}"#, 400, "E0000001"),
        (#"{"profile":{"login":"a@a.test","email":"a@a.test","firstName":"A","lastName":""}}"#, 400, "E0000001"),
        (#"{"profile":{"login":"nobody","email":"a@a.test","firstName":"A","lastName":"B"}}"#, 400, "E0000001"),
        (#"{"profile":{"login":"a@a.test","email":"x","firstName":"A","lastName":"B"}}"#, 400, "E0000001"),
        (#"{"profile":{"login":"a@a.test","email":"a@a.test","firstName":1,"lastName":"B"}}"#, 400, "E0000001"),
        (#"{"profile":{"notValid":"x"}}"#, 400, "E0000001"), (#"{"profile":[]}"#, 400, "E0000003"),
        (
            #"{"profile":{"login":"MARA.lindqvist@acme.example","email":"m@a.test","firstName":"M","lastName":"L"}}"#,
            400, "E0000001"
        ),
    ])
    func whatIsWrongIsRefusedAndMakesNobody(_ body: String, _ status: Int, _ code: String) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("POST", "/api/v1/users", more: json, body: body)
        let found = try reply.code
        #expect(reply.status == status && found == code)
        #expect(org.people == 300)
    }

    @Test func theRecordedTexts() throws {
        var org = OktaOrg.forTests()
        let odd = try org.send("POST", "/api/v1/users", more: json, body: #"{"profile":{"notValid":"x"}}"#).json
        #expect(odd["errorSummary"] == "Api validation failed: newUser")
        #expect(
            odd.value(at: "/errorCauses/0/errorSummary")
                == "Property name 'notValid' is not defined in profile")
        _ = org.send("POST", "/api/v1/users", more: json, body: ann)
        let twice = try org.send("POST", "/api/v1/users", more: json, body: ann).json
        #expect(
            twice.value(at: "/errorCauses/0/errorSummary")
                == "login: An object with this field already exists in the current organization")
    }

    @Test func groupsAreThoseThatTakeMembers() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let groups = try org.groups(of: id).groups.compactMap { $0["id"]?.string }
        func create(_ ids: [String]) -> SandboxReply {
            let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
            return org.send(
                "POST", "/api/v1/users", more: json, body: String(ann.dropLast()) + ",\"groupIds\":[\(list)]}")
        }
        let tooMany = try create(Array(repeating: groups[1], count: 21)).code
        #expect(tooMany == "E0000093")
        #expect(create([groups[0]]).status == 501 && create(["00gNope"]).status == 404 && org.people == 300)
        let made = try #require(try create([groups[1]]).json["id"]?.string)
        let found = try org.groups(of: made).groups.compactMap { $0["id"]?.string }
        #expect(Set(found) == Set(groups[...1]))
    }

    @Test(arguments: [("nextLogin=changePassword", "E0000124")])
    func aPasswordToChangeMustBeThere(_ query: String, _ code: String) throws {
        var org = OktaOrg.forTests()
        let found = try org.send("POST", "/api/v1/users", query: query, more: json, body: ann).code
        #expect(found == code && org.people == 300)
    }
}

struct UpdateUserTests {
    @Test func whatIsNamedChangesAndTheRestStays() throws {
        var org = OktaOrg.forTests()
        let before = try org.user("mara.lindqvist")
        let id = try org.id("mara.lindqvist")
        let reply = org.send(
            "POST", "/api/v1/users/\(id)", more: json, body: #"{"profile":{"title":"Lead","city":""}}"#)
        #expect(reply.status == 200)
        let after = try reply.json
        #expect(after.value(at: "/profile/title") == "Lead" && after.value(at: "/profile/city") == .null)
        #expect(after.value(at: "/profile/department") == before.value(at: "/profile/department"))
        #expect(after["status"] == before["status"] && after.value(at: "/profile/login") == .string(mara))
        let again = org.send(
            "POST", "/api/v1/users/\(id)", more: json, body: #"{"profile":{"title":"Lead","city":""}}"#)
        let same = try again.json["profile"]
        #expect(same == after["profile"])
    }

    @Test(arguments: [
        (#"{"profile":{"login":"nora.castellanos@acme.example"}}"#, 400), (#"{"profile":{"lastName":null}}"#, 400),
        (#"{"profile":{"shoeSize":"44"}}"#, 400), ("garbage", 400),
    ])
    func whatIsWrongChangesNothing(_ body: String, _ status: Int) throws {
        var org = OktaOrg.forTests()
        let before = try org.user("mara.lindqvist")
        let id = try org.id("mara.lindqvist")
        #expect(org.send("POST", "/api/v1/users/\(id)", more: json, body: body).status == status)
        let after = try org.user("mara.lindqvist")
        #expect(after == before)
    }

    @Test func anotherVersionAndTheDeactivatedAreRefused() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let path = "/api/v1/users/\(id)"
        let tag = try #require(org.send("GET", path).header("ETag"))
        let body = #"{"profile":{"title":"A"}}"#
        #expect(org.send("POST", path, more: json + [("if-match", tag)], body: body).status == 200)
        let stale = org.send("POST", path, more: json + [("if-match", tag)], body: body)
        let code = try stale.code
        #expect(stale.status == 412 && code == "E0000231")
        #expect(org.send("POST", path + "/lifecycle/deactivate").status == 200)
        #expect(org.send("POST", path, more: json, body: body).status == 404)
    }
}

struct ListUsersTests {
    private static func list(_ org: inout OktaOrg, _ query: String) throws -> [JSON] {
        let reply = org.send("GET", "/api/v1/users", query: query)
        try #require(reply.status == 200, "\(query)")
        return try reply.json.array ?? []
    }

    @Test(arguments: [7, 100, 200]) func pagesWalkAllButTheDeactivated(_ limit: Int) throws {
        var org = OktaOrg.forTests()
        var ids: [String] = []
        var query = "limit=\(limit)"
        while true {
            let reply = org.send("GET", "/api/v1/users", query: query)
            let page = try reply.json.array ?? []
            #expect(page.count <= limit && page.allSatisfy { $0["status"] != "DEPROVISIONED" })
            ids += page.compactMap { $0["id"]?.string }
            guard let next = reply.next else { break }
            #expect(next.hasPrefix("http://127.0.0.1:9001/api/v1/users?after="))
            query = String(next.drop { $0 != "?" }.dropFirst())
        }
        let gone = try Self.list(&org, "filter=status+eq+%22DEPROVISIONED%22").count
        #expect(gone > 0 && ids.count == 300 - gone && Set(ids).count == ids.count)
    }

    @Test func aListingLeavesLifecycleLinksOut() throws {
        var org = OktaOrg.forTests()
        let first = try Self.list(&org, "limit=1")[0]
        #expect(first["_links"]?.object?.members.map(\.name) == ["self"])
    }

    @Test(arguments: [
        ("filter=profile.login+eq+%22mara.lindqvist@acme.example%22", 1),
        ("filter=PROFILE.login+eq+%22x%22", -1), ("filter=status+eq", -1), ("filter=status+eq+ACTIVE", -1),
        ("filter=profile.department+eq+%22Sales%22", -1), ("filter=status+eq+%22ACTIVE", -1),
        ("search=profile.lastName+eq+%22LINDQVIST%22", 1),
        ("search=profile.lastName+eq+%22Lindqvist%22+and+status+eq+%22SUSPENDED%22", 0),
        ("search=profile.lastName+eq+%22Lindqvist%22+and+status+eq+%22SUSPENDED%22+or+id+pr", 200),
        ("search=profile.nickName+eq+%22%5C%22%22", 0), ("search=x+eq+%22y%22", -1), ("search=", -1),
        ("q=MARA.L", 1), ("q=zzz", 0),
    ])
    func searchAndFilter(_ query: String, _ count: Int) throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users", query: query)
        if count < 0 {
            let code = try reply.code
            #expect(reply.status == 400 && code == (query.hasPrefix("search") ? "E0000031" : "E0000053"))
        } else {
            let found = try reply.json.array?.count
            #expect(reply.status == 200 && found == count)
        }
    }

    @Test func aNextLinkKeepsTheFilterAndAnotherListingsCursorIsRefused() throws {
        var org = OktaOrg.forTests()
        let reply = org.send("GET", "/api/v1/users", query: "filter=status+eq+%22ACTIVE%22&limit=2")
        let next = try #require(reply.next)
        #expect(next.hasSuffix("&limit=2&filter=status%20eq%20%22ACTIVE%22"))
        let query = String(next.drop { $0 != "?" }.dropFirst())
        #expect(org.send("GET", "/api/v1/users", query: query).status == 200)
        let id = try org.id("mara.lindqvist")
        #expect(org.send("GET", "/api/v1/users/\(id)/groups", query: query).status == 400)
    }

    @Test func byNameTenAreEnough() throws {
        var org = OktaOrg.forTests()
        let found = try Self.list(&org, "q=a")
        #expect(found.count == 10)
    }
}
