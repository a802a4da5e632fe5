import Core
import OktaSandbox
import Testing

struct LogTests {
    /// An org in which so many users were suspended, a second apart.
    private func org(_ count: Int) throws -> OktaOrg {
        var org = try OktaOrg.of((0..<count).map { ("u\($0)@a.test", "ACTIVE") })
        for index in 0..<count {
            let id = try org.id("u\(index)")
            let now = noon.adding(seconds: Int64(index))
            try org.call("POST", "/api/v1/users/\(id)/lifecycle/suspend", at: now)
        }
        return org
    }

    private func query(_ link: String?) -> String { String((link ?? "").drop { $0 != "?" }.dropFirst()) }

    @Test func anEventSaysWhoDidWhatToWhom() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        try org.call("POST", "/api/v1/users/\(id)/lifecycle/suspend")
        let event = try #require(try org.call("GET", "/api/v1/logs").array?.first)
        #expect(event["eventType"] == "user.lifecycle.suspend" && event["published"] == .string(noon.rfc3339))
        #expect(event.value(at: "/actor/alternateId") == "nora.castellanos@acme.example")
        #expect(event.value(at: "/target/0/id") == .string(id) && event.value(at: "/target/0/type") == "User")
        #expect(event.value(at: "/outcome/result") == "SUCCESS")
        let uuid = try #require(event["uuid"]?.string)
        #expect(uuid.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }

    @Test func whatIsRefusedLeavesNoEvent() throws {
        var org = try OktaOrg.of([("x@a.test", "SUSPENDED")])
        let id = try org.id("x")
        try org.call("POST", "/api/v1/users/\(id)/lifecycle/suspend", expecting: 400)
        let types = try org.eventTypes()
        #expect(types.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 5, 100]) func pollingFindsEachEventOnceForGood(_ limit: Int) throws {
        var org = try org(5)
        var found: [String] = []
        var next = "limit=\(limit)"
        for round in 0..<30 {
            if round == 20 {
                let id = try org.id("u0")
                try org.call("POST", "/api/v1/users/\(id)/lifecycle/unsuspend", at: noon.adding(seconds: 90_000))
            }
            let reply = org.send("GET", "/api/v1/logs", query: next, at: noon.adding(seconds: Int64(round) * 9_000))
            found += try reply.json.array?.compactMap { $0["uuid"]?.string } ?? []
            let link = try #require(reply.next, "there is always a next page")
            next = query(link)
        }
        #expect(found.count == 6 && Set(found).count == 6)
    }

    @Test func aBoundedListEnds() throws {
        var org = try org(5)
        let until = noon.adding(seconds: 3).rfc3339
        let since = noon.adding(seconds: 1).rfc3339
        let first = org.send("GET", "/api/v1/logs", query: "since=\(since)&until=\(until)&limit=2")
        #expect(try first.json.array?.count == 2)
        let second = org.send("GET", "/api/v1/logs", query: query(first.next))
        #expect(try second.json.array?.count == 1 && second.next == nil)
    }

    @Test func descendingIsTheOtherWayRoundAndEnds() throws {
        var org = try org(3)
        let up = try org.call("GET", "/api/v1/logs").array ?? []
        let reply = org.send("GET", "/api/v1/logs", query: "sortOrder=DESCENDING")
        #expect(try reply.json.array == up.reversed() && reply.next == nil)
    }

    @Test(arguments: [
        ("filter=eventType%20sw%20%22user.lifecycle%22", 3), ("filter=eventType%20eq%20%22x%22", 0), ("limit=0", 0),
        ("filter=target.alternateId%20eq%20%22u1@a.test%22", 1), ("q=suspend%20u2", 1), ("q=nonsense", 0),
        ("since=2026-09-21T14:13:21.000Z", 2),
    ])
    func finds(_ query: String, _ count: Int) throws {
        var org = try org(3)
        let found = try org.call("GET", "/api/v1/logs", query: query).array?.count
        #expect(found == count)
    }

    @Test(arguments: [
        ("limit=1001", "E0000001"), ("since=yesterday", "E0000001"), ("sortOrder=UP", "E0000001"),
        ("filter=colour%20eq%20%22x%22", "E0000053"), ("filter=published%20gt%20%22x%22", "E0000031"),
        ("since=2020-01-01T00:00:00Z", "E0000053"), ("after=garbage", "E0000029"),
        ("q=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k", "E0000001"),
    ])
    func refuses(_ query: String, _ code: String) throws {
        var org = try org(1)
        let answer = try org.call("GET", "/api/v1/logs", query: query, expecting: 400)
        #expect(answer["errorCode"] == .string(code))
    }
}
