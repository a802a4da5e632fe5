import Core
import OktaSandbox
import Testing

/// The secrets of a client: two at most, and only one that is on authenticates.
struct ClientSecretTests {
    private struct Stage {
        var play: Play
        let path: String

        init() throws {
            play = try Play()
            path = "/api/v1/apps/\(play.web)/credentials/secrets"
        }

        mutating func call(_ method: String, _ more: String = "") -> SandboxReply {
            play.org.send(method, path + more)
        }

        mutating func list() throws -> [JSON] { try call("GET").json.array ?? [] }
    }

    @Test("listed without its text, a second one with it, a third one refused")
    func two() throws {
        var stage = try Stage()
        let first = try #require(try stage.list().first)
        #expect(first["status"] == "ACTIVE" && first["client_secret"] == nil && first["created"] != nil)
        let made = stage.call("POST")
        #expect(made.status == 201)
        let id = try #require(try made.json["id"]?.string)
        #expect(try made.json["client_secret"]?.string?.isEmpty == false)
        #expect(try stage.list().map { $0["id"] } == [first["id"], .string(id)])
        #expect(stage.call("POST").status == 400)
        let one = try stage.call("GET", "/\(id)").json
        #expect(one["id"] == .string(id) && one["client_secret"] == nil)
    }

    @Test("one that is on can't be deleted; off, it authenticates no more, and can; on again, it does")
    func lifecycle() throws {
        var stage = try Stage()
        let made = try stage.call("POST").json
        let (id, text) = (made["id"]?.string ?? "-", made["client_secret"]?.string ?? "-")
        #expect(stage.call("DELETE", "/\(id)").status == 400)
        let off = stage.call("POST", "/\(id)/lifecycle/deactivate")
        #expect(try off.status == 200 && off.json["status"] == "INACTIVE")
        let refused = try authenticates(text, &stage)
        #expect(!refused)
        #expect(try stage.call("POST", "/\(id)/lifecycle/activate").json["status"] == "ACTIVE")
        let again = try authenticates(text, &stage)
        #expect(again)
        _ = stage.call("POST", "/\(id)/lifecycle/deactivate")
        #expect(stage.call("DELETE", "/\(id)").status == 204)
        #expect(stage.call("GET", "/\(id)").status == 404)
        #expect(stage.call("DELETE", "/\(id)").status == 404)
        let own = try authenticates(Play.secret, &stage)
        #expect(own, "the other one is as before")
    }

    /// Whether the client may ask about a token with that secret.
    private func authenticates(_ secret: String, _ stage: inout Stage) throws -> Bool {
        let basic = Play.base64("\(stage.play.web):\(secret)")
        let reply = stage.play.post(
            "/oauth2/v1/introspect", [("token", "none")], headers: [("authorization", "Basic " + basic)])
        return reply.status == 200
    }
}
