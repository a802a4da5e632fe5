import Core
import Documents
import Ports
import TestSupport
import Testing

@testable import Spokes

/// A description of our own that has a little of everything.
private let lamps = """
    openapi: 3.0.3
    info: { title: Lamps API, version: "2.1" }
    servers: [{ url: "https://{site}.lamps.example/v2/", variables: { site: { default: acme } } }]
    security: [{ key: [] }]
    paths:
      /lamps:
        parameters: [{ name: X-Trace, in: header, schema: { type: string } }]
        get:
          operationId: listLamps
          summary: List **lamps**
          description: "Lists lamps. See [the guide](https://docs.lamps.example/lamps)."
          security: [{ key: [] }, { oauth: [lamps.read] }]
          parameters:
            - { name: roomId, in: query, schema: { type: string, maxLength: 20, enum: [hall, attic] } }
            - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 50 } }
            - { name: filter, in: query, schema: { type: object } }
            - { name: tags, in: query, explode: false, schema: { type: array, items: { type: string } } }
          responses:
            "200":
              description: fine
              headers: { Link: { schema: { type: string } } }
              content:
                application/json:
                  schema: { type: array, items: { $ref: "#/components/schemas/Lamp" } }
        post:
          operationId: createLamp
          security: [{ oauth: [lamps.manage] }, { oauth: [lamps.write] }]
          requestBody:
            required: true
            content: { application/json: { schema: { $ref: "#/components/schemas/NewLamp" } } }
          responses:
            "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Lamp" } } } }
            default:
              description: wrong
              content:
                application/json:
                  schema: { type: object, properties: { error: { type: object, properties: { code: { type: string } } } } }
      /lamps/{lampId}:
        parameters: [{ name: lampId, in: path, required: true, schema: { type: string } }]
        delete:
          operationId: deleteLamp
          security: [{ oauth: [lamps.manage] }]
          responses: { "204": { description: gone } }
        put:
          operationId: replaceLamp
          security: [{ oauth: [lamps.manage] }]
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [data]
                  properties:
                    data:
                      type: object
                      required: [name, price]
                      properties: { name: { type: string }, price: { type: number } }
          responses: { "200": { description: done } }
      /lamps/{lampId}/reset:
        parameters: [{ name: lampId, in: path, required: true, schema: { type: string } }]
        post:
          operationId: resetLamp
          security: [{ oauth: [lamps.write] }]
          responses: { "202": { description: begun } }
      /lamps/{lampId}.png:
        get:
          operationId: picture
          parameters: [{ name: lampId, in: path, required: true, schema: { type: string } }]
          responses: { "200": { description: fine, content: { image/png: {} } } }
      /report:
        get: { operationId: report, responses: { "200": { description: fine, content: { text/csv: {} } } } }
        head: { responses: { "200": { description: fine } } }
      /loop:
        get:
          operationId: loop
          responses:
            "200": { description: fine, content: { application/json: { schema: { $ref: "#/components/schemas/Loop" } } } }
      /remote:
        get:
          operationId: remote
          responses:
            "200": { description: fine, content: { application/json: { schema: { $ref: "other.yaml#/Lamp" } } } }
      /upload:
        post:
          operationId: upload
          requestBody: { required: true, content: { multipart/form-data: { schema: { type: object } } } }
          responses: { "204": { description: taken } }
      /query-key:
        get: { operationId: queryKey, security: [{ inQuery: [] }], responses: { "204": { description: fine } } }
      /silent:
        get: { responses: { default: { description: whatever } } }
    components:
      securitySchemes:
        key: { type: apiKey, in: header, name: X-Key }
        inQuery: { type: apiKey, in: query, name: key }
        oauth:
          type: oauth2
          flows:
            authorizationCode:
              authorizationUrl: https://login.lamps.example/authorize
              tokenUrl: /oauth/token
              scopes: { lamps.read: Read, lamps.write: Write, lamps.manage: Everything, offline_access: Stay }
      schemas:
        Lamp:
          allOf:
            - { type: object, required: [id], properties: { id: { type: string } } }
            - type: object
              properties:
                isOn: { type: boolean }
                room: { oneOf: [{ $ref: "#/components/schemas/Room" }, { type: "null" }] }
                accessToken: { type: string }
                brightness: { type: number }
        Room: { type: object, properties: { name: { type: string }, parent: { $ref: "#/components/schemas/Room" } } }
        NewLamp:
          type: object
          required: [name]
          properties:
            id: { type: string, readOnly: true }
            name: { type: string, minLength: 2, maxLength: 90, nullable: true }
            password: { type: string }
            tags: { type: array, items: { type: string } }
            room: { $ref: "#/components/schemas/Room" }
            extra: { type: object, additionalProperties: true }
        Loop: { $ref: "#/components/schemas/Loop" }
    """

private func imported(_ operations: [String], from text: String = lamps) throws -> (text: String, operations: String?) {
    try SpokeImport(Array(text.utf8), file: "lamps.yaml").spoke(operations: operations, name: "lamps")
}

private func action(_ id: String, _ key: String, from text: String = lamps) throws -> (spoke: Spoke, action: Action) {
    let made = try imported([id], from: text)
    let spoke = try Spoke.read(Array(made.text.utf8), file: "lamps.yaml")
    return (spoke, try #require(spoke.action(key)))
}

@Suite("Spokes from OpenAPI descriptions") struct ImportTests {
    @Test("a list becomes a stream with typed inputs, its outputs by pointer, and its least scope")
    func list() throws {
        let (spoke, list) = try action("listLamps", "list_lamps")
        #expect(type(of: list.kind).isStream && list.request.path == "/v2/lamps")
        #expect(list.name == "List lamps" && list.says == "Lists lamps.")
        #expect(list.scopes == ["lamps.read"] && list.repeat == .safe && list.destructive == .no)
        #expect(list.input.properties.map(\.name) == ["room_id", "limit", "tags", "x_trace"])
        #expect(list.input.property("room_id")?.text.words == ["hall", "attic"])
        #expect(list.input.property("limit")?.range == 1...50)
        let filled = try #require(list.request.filled(["room_id": "hall", "tags": "a,b", "x_trace": "t"]))
        #expect(filled.target == "/v2/lamps?roomId=hall&tags=a%2Cb" && filled.headers == [["x-trace", "t"]])
        let fields = list.kind.fields.map { "\($0.name) \($0.kind) \($0.isOptional) \($0.isSensitive)" }
        #expect(
            fields == [
                "id string false false", "is_on boolean true false", "room object true false",
                "access_token string true true",
            ])
        #expect(spoke.authentication == [.oauth, .headerKey] && spoke.oauth?.offlineScope == "offline_access")
        #expect(spoke.oauth?.endpoints == ["token_url": "{connection.url}/oauth/token"])
    }

    @Test("a body becomes inputs, nested ones too; a secret is sensitive, what is read only is no input")
    func body() throws {
        let (spoke, create) = try action("createLamp", "create_lamp")
        #expect(spoke.errorCode == "/error/code")
        // lamps.write stands at two operations, lamps.manage at three.
        #expect(create.scopes == ["lamps.write"] && create.repeat == .ask && create.success == [201])
        let inputs = Set(create.input.properties.map(\.name))
        #expect(inputs == ["x_trace", "name", "password", "tags", "room_name", "extra"])
        #expect(create.input.properties.filter(\.isRequired).map(\.name) == ["name"])
        #expect(create.input.properties.filter(\.isSensitive).map(\.name) == ["password"])
        #expect(create.input.property("name")?.text.length == 2...90)
        let filled = create.request.filled(["name": "Lux", "room_name": "hall", "extra": ["a": 1]])
        #expect(filled?.body == ["name": "Lux", "room": ["name": "hall"], "extra": ["a": 1]])
    }

    struct Taken: Sendable, CustomTestStringConvertible {
        let id: String
        let destructive: String
        let repeating: String
        var testDescription: String { id }
    }

    @Test(
        "what takes away is marked, by method or by name",
        arguments: [
            Taken(id: "deleteLamp", destructive: "permanent", repeating: "safe"),
            Taken(id: "resetLamp", destructive: "reversible", repeating: "ask"),
            Taken(id: "createLamp", destructive: "no", repeating: "ask"),
        ])
    func destructive(_ row: Taken) throws {
        let (_, action) = try action(row.id, Wording.name(row.id))
        #expect(action.destructive.rawValue == row.destructive && action.repeat.rawValue == row.repeating)
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let id: String
        let says: String
        var testDescription: String { id }
    }

    @Test(
        "what cannot be expressed is refused with its reason, and the rest of the list stays",
        arguments: [
            Refused(id: "picture", says: "mixes text and a parameter"),
            Refused(id: "report", says: "answers text/csv"),
            Refused(id: "HEAD /report", says: "its method is HEAD"),
            Refused(id: "loop", says: "leads in a circle"),
            Refused(id: "remote", says: "refers to another document (other.yaml#/Lamp)"),
            Refused(id: "upload", says: "its body is multipart/form-data"),
            Refused(id: "replaceLamp", says: "its body needs price: a number with a fraction"),
            Refused(id: "queryKey", says: "no credential of the hub"),
            Refused(id: "GET /silent", says: "no reply with a status"),
        ])
    func unfit(_ row: Refused) throws {
        let refusal = #expect(throws: HubError.self) { try imported(["listLamps", row.id]) }
        #expect(
            refusal?.reason == "unfit_operation" && refusal?.message.contains(row.says) == true, "\(refusal as Any)")
        let items = try SpokeImport(Array(lamps.utf8), file: "lamps.yaml").list()["items"]?.array ?? []
        #expect(items.count == 13 && items.count { $0["fits"] == true } == 4)
        let item = items.first { $0["operation"]?.string == row.id }
        #expect(item?["fits"] == false && item?["why"]?.string?.contains(row.says) == true)
    }

    @Test("every operation with scopes stands in the table, and a grant of the import counts what lies beyond")
    func reach() throws {
        let made = try imported(["listLamps", "resetLamp"])
        let table = try #require(made.operations)
        #expect(table.contains("DELETE\t/v2/lamps/{lampId}\tlamps.manage\n") && !table.contains("/report"))
        let rows = try ProviderOperation.table(Array(table.utf8), file: "t")
        let spoke = try Spoke.read(Array(made.text.utf8), file: "lamps.yaml", operations: rows)
        let grant = GrantCompiler(spoke: spoke, trustsImpliedScopes: true).compile(["list_lamps", "reset_lamp"])
        #expect(grant.scopes.map(\.name) == ["lamps.read", "lamps.write"])
        // createLamp can be done with lamps.write; deleteLamp cannot.
        #expect(grant.reach.operations == 1 && grant.reach.deletions == 0)
    }

    @Test("the file names no host but in comments, and says where the connection and the consent are")
    func comments() throws {
        let text = try imported(["listLamps"]).text
        #expect(text.contains("# The connection's URL: https://{site}.lamps.example\n"))
        #expect(text.contains("authorize_url: https://login.lamps.example/authorize"))
        #expect(text.contains("# left out: query parameter filter"))
    }

    @Test("3.1 in JSON is read too, with its lists of types")
    func json() throws {
        let text = """
            {"openapi": "3.1.0", "info": {"title": "J", "version": 1}, "paths": {"/a": {"post": {
              "requestBody": {"content": {"application/json": {"schema": {"type": "object",
                "properties": {"b": {"type": ["string", "null"]}}}}}},
              "responses": {"2XX": {"content": {"application/json": {"schema": {"type": "object"}}}}}}}}}
            """
        let (spoke, post) = try action("POST /a", "post_a", from: text)
        #expect(post.input.properties.map(\.name) == ["b"] && post.success == [200, 201, 202, 204])
        #expect(spoke.authentication == [.headerKey])
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let says: String
        var testDescription: String { name }
    }

    @Test(
        "what is no description is refused in words",
        arguments: [
            Bad(name: "Swagger 2", text: "swagger: \"2.0\"\npaths: {}\n", says: "version 3.0 or 3.1"),
            Bad(name: "no paths", text: "openapi: 3.0.0\ninfo: {}\n", says: "no \"paths\""),
            Bad(name: "broken JSON", text: "{\"openapi\":\n oops}", says: "bad.yaml:2: not JSON"),
            Bad(name: "an alias", text: "openapi: 3.0.0\na: &x [1]\npaths: *x\n", says: "bad.yaml:3: an alias"),
            Bad(
                name: "a remote path", text: "openapi: 3.0.0\npaths: { /a: { $ref: \"https://x.example/a\" } }\n",
                says: "none is fetched"),
        ])
    func bad(_ row: Bad) {
        let refusal = #expect(throws: HubError.self) { try SpokeImport(Array(row.text.utf8), file: "bad.yaml") }
        #expect(refusal?.reason == "bad_openapi" && refusal?.message.contains(row.says) == true, "\(refusal as Any)")
    }

    @Test("schemas that grow like 2 to the power of 30 end at the bound")
    func bomb() throws {
        let schemas = (0..<30).map { level in
            let next = "{ $ref: \"#/components/schemas/S\(level + 1)\" }"
            return "    S\(level): { allOf: [\(next), \(next)] }"
        }
        let text = """
            openapi: 3.0.0
            info: { title: B, version: "1" }
            paths:
              /a: { get: { operationId: a, responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/S0" } } } } } } }
            components:
              schemas:
            \(schemas.joined(separator: "\n"))
                S30: { type: string }
            """
        let refusal = #expect(throws: HubError.self) { try imported(["a"], from: text) }
        #expect(refusal?.message.contains("lead to too many others") == true, "\(refusal as Any)")
    }

    @Test(
        "names in the alphabet of spoke files",
        arguments: [
            ("listUsers", "list_users"), ("APIKeyList", "api_key_list"), ("users/get-by-name", "users_get_by_name"),
            ("2fa", "x_2fa"), ("filter[name]", "filter_name"), ("…", "x_"), ("oAuth2Token", "o_auth2_token"),
        ])
    func names(_ row: (String, String)) { #expect(Wording.name(row.0) == row.1) }

    @Test("an asterisk in a published text is no alias, and a tab is fine")
    func published() throws {
        let json = try Documents.published(Array("a: \"see *this* and\\tthat\"\nb: [x, &y z]\n".utf8), file: "p")
        #expect(json["b"] == ["x", "z"])
        #expect(throws: DocumentProblem.self) { try Documents.published(Array("b: [&y z, *y]\n".utf8), file: "p") }
        #expect(throws: DocumentProblem.self) {
            try Documents.published(Array("b: &y z\n<<: {a: 1}\n".utf8), file: "p")
        }
    }
}
