import Core
import Keys
import OktaSandbox
import Testing

/// The keys of a client: told apart by their `kid`, and only one that is on verifies.
struct ClientKeyTests {
    private struct Stage {
        var play: Play
        let path: String

        init() throws {
            play = try Play()
            path = "/api/v1/apps/\(play.service)/credentials/jwks"
        }

        mutating func call(_ method: String, _ more: String = "", _ body: JSON? = nil) -> SandboxReply {
            play.org.send(method, path + more, more: body == nil ? [] : asJSON, body: body?.text() ?? "")
        }

        mutating func list() throws -> [JSON] { try call("GET").json["keys"]?.array ?? [] }

        /// Whether the client gets a token with an assertion of that key.
        mutating func authenticates(_ key: JWSPrivateKey, as keyID: String) throws -> Bool {
            let assertion = try play.assertion(header: ["kid": .string(keyID)], key: key)
            let reply = try play.serviceToken("okta.users.read", assertion: assertion)
            if reply.status != 200 { #expect(reply.errorDescription.contains("kid is invalid")) }
            return reply.status == 200
        }
    }

    private static func jwk(_ key: JWSPrivateKey, _ changes: [String: JSON?] = [:]) -> JSON {
        var members = key.publicKey.named("second").jwk.object ?? [:]
        members["use"] = "sig"
        for (name, value) in changes { members[name] = value }
        return .object(members)
    }

    @Test(
        "listed with their public half; a second one authenticates beside the first",
        arguments: [JWSAlgorithm.es256, .rs256])
    func two(_ algorithm: JWSAlgorithm) throws {
        var stage = try Stage()
        let first = try #require(try stage.list().first)
        #expect(first["status"] == "ACTIVE" && first["kid"] == .string(stage.play.serviceKey.publicKey.thumbprint))
        let key = try JWSPrivateKey.make(algorithm)
        let made = stage.call("POST", "", Self.jwk(key))
        #expect(made.status == 201, "\(made.text)")
        let id = try #require(try made.json["id"]?.string)
        #expect(try stage.list().map { $0["id"] } == [first["id"], .string(id)])
        let one = try stage.call("GET", "/\(id)").json
        #expect(one["kid"] == "second" && one["created"] != nil && one["d"] == nil)
        #expect(try stage.authenticates(key, as: "second"))
        #expect(try stage.authenticates(stage.play.serviceKey, as: first["kid"]?.string ?? "-"))
        let unknown = try stage.authenticates(key, as: "third")
        #expect(!unknown)
    }

    /// A key that is not taken up, and what is wrong with it.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let changes: [String: JSON?]
        let says: String
        var testDescription: String { name }
    }

    @Test(
        "what is no key, or can't be told from the others, is not taken up",
        arguments: [
            Row(name: "no kid", changes: ["kid": .none], says: "kid: Each"),
            Row(name: "no algorithm", changes: ["alg": .none], says: "alg: "),
            Row(name: "no use", changes: ["use": .none], says: "use: "),
            Row(name: "for encryption", changes: ["use": "enc"], says: "cannot be used"),
            Row(name: "a private one", changes: ["d": "AAAA"], says: "cannot be used"),
            Row(name: "another status", changes: ["status": "ON"], says: "status: "),
        ])
    func refused(_ row: Row) throws {
        var stage = try Stage()
        let reply = stage.call("POST", "", Self.jwk(try JWSPrivateKey.make(.es256), row.changes))
        #expect(reply.status == 400 && reply.text.contains(row.says), "\(reply.text)")
        #expect(try stage.list().count == 1)
    }

    @Test("one kid for one key, and 50 keys at the most")
    func bounds() throws {
        var stage = try Stage()
        let jwk = Self.jwk(try JWSPrivateKey.make(.es256))
        #expect(stage.call("POST", "", jwk).status == 201)
        #expect(stage.call("POST", "", jwk).text.contains("Another key has this kid"))
        for number in 2..<50 {
            let more = Self.jwk(try JWSPrivateKey.make(.es256), ["kid": .string("k\(number)")])
            #expect(stage.call("POST", "", more).status == 201)
        }
        let full = stage.call("POST", "", Self.jwk(try JWSPrivateKey.make(.es256), ["kid": "k50"]))
        #expect(full.status == 400 && full.text.contains("maximum"))
        #expect(try stage.list().count == 50)
    }

    @Test("one that is on can't be deleted; off, it authenticates no more, and can; on again, it does")
    func lifecycle() throws {
        var stage = try Stage()
        let key = try JWSPrivateKey.make(.es256)
        let added = try stage.call("POST", "", Self.jwk(key, ["status": "INACTIVE"])).json
        let id = added["id"]?.string ?? "-"
        let asleep = try stage.authenticates(key, as: "second")
        #expect(added["status"] == "INACTIVE" && !asleep)
        #expect(try stage.call("POST", "/\(id)/lifecycle/activate").json["status"] == "ACTIVE")
        #expect(try stage.authenticates(key, as: "second"))
        #expect(stage.call("DELETE", "/\(id)").status == 400)
        let off = stage.call("POST", "/\(id)/lifecycle/deactivate")
        #expect(try off.status == 200 && off.json["status"] == "INACTIVE")
        let refused = try stage.authenticates(key, as: "second")
        #expect(!refused)
        #expect(stage.call("DELETE", "/\(id)").status == 204)
        #expect(stage.call("GET", "/\(id)").status == 404)
        #expect(stage.call("DELETE", "/\(id)").status == 404)
        let gone = try stage.authenticates(key, as: "second")
        #expect(!gone)
        let own = try stage.authenticates(stage.play.serviceKey, as: stage.play.serviceKey.publicKey.thumbprint)
        #expect(own, "the other one is as before")
    }

    @Test(
        "reading keys or secrets takes a right to read, and all else one to manage: of the token and of the role",
        arguments: [
            ("okta.apps.read", "APP_ADMIN", 403), ("okta.apps.read okta.apps.manage", "READ_ONLY_ADMIN", 403),
            ("okta.apps.read okta.apps.manage", "APP_ADMIN", 201),
        ], ["jwks", "secrets"])
    func rights(_ row: (scopes: String, role: String, status: Int), _ kind: String) throws {
        var play = try Play()
        let isKey = kind == "jwks"
        let path = "/api/v1/apps/\(isKey ? play.service : play.web)/credentials/\(kind)"
        let authorization = try play.administrator(row.scopes, row.role)
        #expect(play.org.send("GET", path, authorization: authorization).status == 200)
        let body = isKey ? Self.jwk(try JWSPrivateKey.make(.es256)).text() : ""
        let added = play.org.send(
            "POST", path, authorization: authorization, more: isKey ? asJSON : [], body: body)
        #expect(added.status == row.status)
    }
}
