import Core
import OktaSandbox
import Testing

private let canary = "Canary-Passw0rd-never-shown"

struct PasswordAndFactorTests {
    private func change(_ old: String, _ new: String) -> JSON {
        ["oldPassword": ["value": .string(old)], "newPassword": ["value": .string(new)]]
    }

    @Test func aPasswordIsSetChangedAndNowhereToBeRead() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let path = "/api/v1/users/\(id)"
        try org.call("POST", path, ["credentials": ["password": ["value": .string(canary)]]])
        let wrong = try org.call(
            "POST", "\(path)/credentials/change_password", change("another one", "Long enough 2"), expecting: 403)
        #expect(wrong["errorCode"] == "E0000014")
        let answer = try org.call(
            "POST", "\(path)/credentials/change_password", change(canary, canary + "2"))
        #expect(answer["password"] == [:])
        let user = try org.user(id)
        let log = org.send("GET", "/api/v1/logs")
        let page = org.send("GET", "/", authorization: nil, more: [("host", "127.0.0.1")])
        for body in [Array(user.text().utf8), log.body, page.body] {
            #expect(!String(decoding: body, as: UTF8.self).contains("Canary"))
        }
        #expect(page.status == 200)
        let types = try org.eventTypes()
        #expect(types == ["user.account.update_password", "user.account.update_password"])
    }

    @Test(arguments: ["short", "has mara.lindqvist in it"])
    func aWeakOneIsRefused(_ password: String) throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let body: JSON = ["credentials": ["password": ["value": .string(password)]]]
        let answer = try org.call("POST", "/api/v1/users/\(id)", body, expecting: 403)
        #expect(answer["errorCode"] == "E0000080")
    }

    @Test(arguments: LifecycleTests.statuses) func expiresWhatIsActive(_ status: String) throws {
        for path in ["expire_password", "expire_password_with_temp_password"] {
            var org = try OktaOrg.of([("x@a.test", status)])
            let id = try org.id("x")
            let isAllowed = ["ACTIVE", "PASSWORD_EXPIRED"].contains(status)
            let answer = try org.call(
                "POST", "/api/v1/users/\(id)/lifecycle/\(path)", expecting: isAllowed ? 200 : 403)
            guard isAllowed else {
                #expect(answer["errorCode"] == "E0000038")
                continue
            }
            #expect(try org.user(id)["status"] == "PASSWORD_EXPIRED")
            #expect(path == "expire_password" || answer["tempPassword"]?.string?.count == 12)
        }
    }

    @Test(arguments: LifecycleTests.statuses) func unlocksWhoIsLockedOut(_ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let id = try org.id("x")
        let isLocked = status == "LOCKED_OUT"
        let answer = try org.call(
            "POST", "/api/v1/users/\(id)/lifecycle/unlock", expecting: isLocked ? 200 : 403)
        #expect(try org.user(id)["status"] == .string(isLocked ? "ACTIVE" : status))
        #expect(isLocked || answer.value(at: "/errorCauses/0/errorSummary") == "The user is not locked out.")
    }

    @Test(arguments: LifecycleTests.statuses) func changesOnlyWhereThereIsAPassword(_ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let id = try org.id("x")
        let answer = try org.call(
            "POST", "/api/v1/users/\(id)/credentials/change_password", change("a", "Long enough 2"), expecting: 403)
        #expect(answer["errorCode"] == "E0000035", "nobody in this org has a password")
    }

    @Test func factorsGoOneByOneAndAtOnce() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        let path = "/api/v1/users/\(id)/factors"
        let factors = try org.call("GET", path).array ?? []
        #expect(factors.map { $0["factorType"]?.string } == ["push", "sms"])
        let first = try #require(factors[0]["id"]?.string)
        try org.call("DELETE", "\(path)/\(first)", expecting: 204)
        let again = try org.call("DELETE", "\(path)/\(first)", expecting: 404)
        #expect(again["errorSummary"]?.string?.hasSuffix("(UserFactor)") == true)
        try org.call("POST", "/api/v1/users/\(id)/lifecycle/reset_factors")
        #expect(try org.call("GET", path) == [])
        let types = try org.eventTypes()
        #expect(types == ["user.mfa.factor.deactivate", "user.mfa.factor.reset_all"])
    }

    @Test func theSchemaSaysWhatAProfileTakes() throws {
        var org = OktaOrg.forTests()
        let schema = try org.call("GET", "/api/v1/meta/schemas/user/default")
        #expect(schema.value(at: "/definitions/custom/properties/badgeNumber/type") == "string")
        #expect(schema.value(at: "/definitions/base/properties/login/required") == true)
        try org.call("GET", "/api/v1/meta/schemas/user/other", expecting: 404)
        let id = try org.id("mara.lindqvist")
        let profile: JSON = ["profile": ["badgeNumber": "7", "worksOnSite": true, "deskNumber": 12, "skills": ["a"]]]
        let user = try org.call("POST", "/api/v1/users/\(id)", profile)
        #expect(user.value(at: "/profile/worksOnSite") == true && user.value(at: "/profile/skills") == ["a"])
        try org.call("POST", "/api/v1/users/\(id)", ["profile": ["worksOnSite": "yes"]], expecting: 400)
    }
}
