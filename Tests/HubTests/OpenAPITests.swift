import Core
import Hub
import Ports
import Testing

/// The description that the routes make of themselves; `Scripts/api-check` calls what it describes.
struct OpenAPITests {
    @Test("Every operation is described where it is served, and nothing else is")
    func everyOperation() async throws {
        try await TestHub.with { test in
            let reply = try await test.send("GET", "/api/linchpin/openapi.json")
            #expect(reply.status == 200)
            let paths = try #require(try JSON.read(reply.body)["paths"]?.object)
            let described = paths.members.flatMap { path in
                (path.value.object?.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
            }
            #expect(described.sorted() == test.hub.operations.map { "\($0.method) \($0.path)" }.sorted())
        }
    }

    @Test("A field is described as it is checked")
    func fields() throws {
        let operation = Operation(
            "thing", .create, roles: [.admin], says: "Makes a thing.",
            fields: [
                .required("name", .text(most: 7), "Its name."),
                .optional("state", .oneOf(["on", "off"]), "Its state."),
                .optional("key", .secret(most: 9), "Its key."), .optional("most", .int(1...5), "How many."),
            ]
        ) { _ in .null }
        let schema = OpenAPI.document([operation])["paths"]?["/things"]?["post"]?["requestBody"]?["content"]?[
            "application/json"]?["schema"]
        #expect(schema?["required"] == ["name"])
        #expect(schema?["additionalProperties"] == false)
        let properties = schema?["properties"]
        #expect(properties?["name"]?["maxLength"] == 7)
        #expect(properties?["state"]?["enum"] == ["on", "off", nil])
        #expect(properties?["key"]?["writeOnly"] == true)
        #expect(properties?["most"]?["maximum"] == 5)
    }
}
