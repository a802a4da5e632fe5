import Core
import OktaSandbox
import Testing

struct ActivationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let operation: String
        /// The statuses that allow it, and what comes of each.
        let allowed: [String: String]
        let refusal: (status: Int, code: String)
        var testDescription: String { operation }
    }

    static let rows = [
        Row(
            operation: "activate", allowed: ["STAGED": "PROVISIONED", "DEPROVISIONED": "PROVISIONED"],
            refusal: (403, "E0000016")),
        Row(
            operation: "reactivate", allowed: ["PROVISIONED": "PROVISIONED", "RECOVERY": "PROVISIONED"],
            refusal: (403, "E0000038")),
        Row(operation: "suspend", allowed: ["ACTIVE": "SUSPENDED"], refusal: (400, "E0000001")),
        Row(operation: "unsuspend", allowed: ["SUSPENDED": "ACTIVE"], refusal: (400, "E0000001")),
        Row(
            operation: "deactivate",
            allowed: Dictionary(
                uniqueKeysWithValues: LifecycleTests.statuses.dropLast().map { ($0, "DEPROVISIONED") }),
            refusal: (404, "E0000007")),
    ]

    @Test(arguments: rows, LifecycleTests.statuses)
    func happensFromTheStatusesThatAllowIt(_ row: Row, _ status: String) throws {
        var org = try OktaOrg.of([("x@a.test", status)])
        let before = try org.user("x")
        let id = try org.id("x")
        let later = noon.adding(seconds: 5)
        let reply = org.send("POST", "/api/v1/users/\(id)/lifecycle/\(row.operation)", at: later)
        let after = try org.user("x")
        if let becomes = row.allowed[status] {
            #expect(reply.status == 200 && after["status"] == .string(becomes))
            #expect(after["statusChanged"] == .string(later.rfc3339))
        } else {
            let code = try reply.code
            #expect(reply.status == row.refusal.status && code == row.refusal.code)
            #expect(after == before)
        }
    }

    @Test(arguments: [
        ("activate", "", false), ("activate", "sendEmail=true", false), ("activate", "sendEmail=false", true),
        ("reactivate", "", true), ("reactivate", "sendEmail=true", false),
    ])
    func aLinkIsAnsweredWhereNoneIsMailed(_ operation: String, _ query: String, _ isAnswered: Bool) throws {
        var org = try OktaOrg.of([("x@a.test", operation == "activate" ? "STAGED" : "PROVISIONED")])
        let id = try org.id("x")
        let reply = try org.send("POST", "/api/v1/users/\(id)/lifecycle/\(operation)", query: query).json
        let members = reply.object?.members.map(\.name) ?? []
        #expect(members == (isAnswered ? ["activationUrl", "activationToken"] : []))
        if isAnswered { #expect(reply["activationUrl"]?.string?.hasPrefix("http://okta.test/welcome/") == true) }
        #expect(org.send("POST", "/api/v1/users/\(id)/lifecycle/activate", query: "sendEmail=perhaps").status == 400)
    }

    @Test func somebodyWithAPasswordIsActiveAtOnce() throws {
        var org = OktaOrg.forTests()
        let id = try org.id("mara.lindqvist")
        #expect(org.send("POST", "/api/v1/users/\(id)/lifecycle/deactivate").status == 200)
        #expect(org.send("POST", "/api/v1/users/\(id)/lifecycle/activate").status == 200)
        let user = try org.user(id)
        #expect(user["status"] == "ACTIVE")
    }
}
