import Core
import Ports
import Testing

private let api: JSONObject = ["type": "linchpin_api", "actions": ["GET", "PATCH"], "datatypes": ["incident"]]
private let action: JSONObject = ["type": "linchpin_action", "actions": ["okta.lookup_user"], "alias": "okta"]

extension JSONObject {
    fileprivate func with(_ name: String, _ value: JSON?) -> JSON {
        var changed = self
        changed[name] = value
        return .object(changed)
    }
}

@Suite("Authorization details (RFC 9396 §2)") struct AuthorizationDetailTests {
    @Test(
        "§2: what is read is told as it was sent",
        arguments: [
            .object(api), .object(action), api.with("locations", ["https://hub.example"]),
            api.with("paths", ["/api/now/**"]), api.with("datatypes", nil).object?.with("paths", ["/a/*"]) ?? .null,
        ] as [JSON])
    func read(_ json: JSON) throws {
        let detail = try AuthorizationDetail(reading: json)
        #expect(detail.json == json)
        #expect(AuthorizationDetail(stored: detail.json) == detail)
    }

    @Test(
        "§5 (MUST): what is refused, and the sentence quotes nothing",
        arguments: [
            ("text", "object"), (["actions": ["GET"]], "type"), (api.with("type", "s3cret"), "type"),
            (api.with("type", 1), "type"), (api.with("s3cret", "x"), "no such member"),
            (api.with("privileges", ["x"]), "no such member"), (api.with("alias", "okta"), "no such member"),
            (action.with("datatypes", ["incident"]), "no such member"), (api.with("actions", nil), "no actions"),
            (api.with("actions", []), "actions must"), (api.with("actions", "GET"), "actions must"),
            (api.with("actions", ["GET", 1]), "actions must"), (api.with("actions", ["GET", "GET"]), "actions must"),
            (api.with("actions", ["get"]), "actions must"), (api.with("actions", ["*"]), "actions must"),
            (api.with("actions", ["HEAD"]), "actions must"), (api.with("datatypes", ["S3cret"]), "datatypes must"),
            (api.with("datatypes", nil), "neither datatypes nor paths"), (api.with("paths", ["a"]), "paths must"),
            (api.with("paths", ["/a/../b"]), "paths must"), (api.with("locations", [""]), "locations must"),
            (api.with("locations", ["a\nb"]), "locations must"), (action.with("alias", nil), "no alias"),
            (action.with("alias", ""), "no alias"), (action.with("actions", ["lookup"]), "actions must"),
            (action.with("actions", ["okta.*/x"]), "actions must"),
            (api.with("datatypes", .texts((0..<51).map { "t\($0)" })), "datatypes must"),
        ] as [(JSON, String)])
    func refused(_ json: JSON, _ says: String) {
        let problem = #expect(throws: DetailProblem.self) { try AuthorizationDetail(reading: json) }
        #expect(problem?.what.contains(says) == true)
        #expect(problem?.what.lowercased().contains("s3cret") == false)
        #expect(AuthorizationDetail(stored: json) == nil)
    }

    @Test(
        "what is no more than another",
        arguments: [
            (.object(api), .object(api), true), (api.with("actions", ["GET"]), .object(api), true),
            (api.with("actions", ["GET", "POST"]), .object(api), false),
            (api.with("datatypes", ["hr_leaver"]), .object(api), false),
            (api.with("paths", ["/a"]), .object(api), true), (.object(api), api.with("paths", ["/a"]), false),
            (api.with("locations", ["https://hub.example"]), .object(api), true),
            (.object(api), api.with("locations", ["https://hub.example"]), false),
            (.object(action), .object(action), true), (action.with("alias", "lab"), .object(action), false),
            (.object(action), .object(api), false),
        ] as [(JSON, JSON, Bool)])
    func within(_ one: JSON, _ other: JSON, _ isWithin: Bool) throws {
        let (one, other) = (try AuthorizationDetail(reading: one), try AuthorizationDetail(reading: other))
        #expect(one.isWithin(other) == isWithin)
    }

    @Test("in words")
    func words() throws {
        let calls = try AuthorizationDetail(reading: api.with("paths", ["/a/**"])).words
        #expect(calls.what == "GET, PATCH" && calls.on == "on the tables incident, at the paths /a/**")
        let actions = try AuthorizationDetail(reading: .object(action)).words
        #expect(actions.what == "okta.lookup_user" && actions.on == "through the alias okta")
    }
}
