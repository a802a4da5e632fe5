import Core
import Documents
import Ports
import Spokes
import TestSupport
import Testing

private let lines = "\(ToyFile.head)\n\(ToyFile.look())"

private let mistakes = [
    Mistake(name: "unknown key", from: "title: Toy", to: "title: Toy\ncolour: red", line: 3, says: "no key \"colour\""),
    Mistake(name: "missing key", from: "    says: Looks.\n", to: "", line: 10, says: "needs \"says\""),
    Mistake(
        name: "wrong word", from: "destructive: no", to: "destructive: maybe", line: 24,
        says: "one of: no, reversible, permanent"),
    Mistake(
        name: "unknown kind", from: "kind: request", to: "kind: guess", line: 12,
        says: "one of: request, stream, find, poll, probe"),
    Mistake(name: "a poll without an end", from: "kind: request", to: "kind: poll", line: 10, says: "needs \"until\""),
    Mistake(
        name: "a poll that changes", from: "kind: request\n    request: { method: GET",
        to: "kind: poll\n    request: { method: POST", line: 13, says: "its method must be GET"),
    Mistake(
        name: "a probe that cannot say no", from: "kind: request", to: "kind: probe\n    answer: is_it", line: 13,
        says: "true_when, by false_on"),
    Mistake(
        name: "a probe whose no is about the key", from: "kind: request",
        to: "kind: probe\n    answer: is_it\n    false_on: [{ status: 401, code: E1 }]", line: 14,
        says: "another one than 401 and 429"),
    Mistake(
        name: "a poll that never rests", from: "kind: request",
        to: "kind: poll\n    until: { at: /a, equals: 1 }\n    every: 0\n    turns: 5", line: 14, says: "from 1 to 3600"
    ),
    Mistake(
        name: "a poll without bound", from: "kind: request",
        to: "kind: poll\n    until: { at: /a, equals: 1 }\n    every: 1\n    turns: 1000", line: 15,
        says: "from 2 to 100"),
    Mistake(
        name: "a poll for a list", from: "kind: request", to: "kind: poll\n    until: { at: /a, equals: [1] }",
        line: 13,
        says: "text, a whole number, true, false or null"),
    Mistake(
        name: "path without input", from: "/a/{id}\"", to: "/a/{id}/{x}\"", line: 13, says: "{x}, which is no input"),
    Mistake(
        name: "optional input in a path", from: "required: [id]", to: "required: []", line: 13, says: "be required"),
    Mistake(name: "input without a place", from: "/a/{id}\"", to: "/a\"", line: 13, says: "does not use input"),
    Mistake(name: "half a placeholder", from: "/a/{id}\"", to: "/a/x{id}\"", line: 13, says: "a path that begins"),
    Mistake(name: "dots in a path", from: "/a/{id}\"", to: "/../{id}\"", line: 13, says: "a path that begins"),
    Mistake(name: "pointer", from: "{ id: /id }", to: "{ id: id }", line: 20, says: "JSON Pointer that begins with /"),
    Mistake(name: "status", from: "success: [200]", to: "success: [302]", line: 21, says: "200 to 299"),
    Mistake(
        name: "keyword", from: "maxLength: 9", to: "maxLength: 9, pattern: a", line: 19, says: "no key \"pattern\""),
    Mistake(
        name: "additional inputs", from: "additionalProperties: false", to: "additionalProperties: true", line: 17,
        says: "must be false"),
    Mistake(name: "look-up without one", from: "repeat: safe", to: "repeat: look-up", line: 25, says: "safe or ask"),
    Mistake(name: "authentication", from: "[api_key_ssws]", to: "[magic]", line: 6, says: "api_key_ssws"),
    Mistake(name: "tenant", from: "{connection.url}", to: "https://acme.okta.com", line: 5, says: "literal address"),
    Mistake(name: "other base", from: "{connection.url}", to: "{x}", line: 5, says: "{connection.url}"),
    Mistake(name: "host name", from: "source: test", to: "source: acme.okta.com", line: 4, says: "literal host"),
    Mistake(
        name: "address in a text", from: "says: Looks.", to: "says: see http://x", line: 11, says: "literal address"),
    Mistake(name: "scheme", from: "says: Looks.", to: "says: SSWS abc", line: 11, says: "literal credential"),
    Mistake(name: "bearer", from: "says: Looks.", to: "says: send Bearer abc", line: 11, says: "literal credential"),
    Mistake(name: "token", from: "says: Looks.", to: "says: \(canary)", line: 11, says: "literal credential"),
    Mistake(
        name: "hexadecimal", from: "says: Looks.", to: "says: 0123456789abcdef0123456789abcdef", line: 11,
        says: "literal credential"),
    Mistake(name: "password", from: "title: Toy", to: "title: Toy\npassword: x", line: 3, says: "names a secret"),
    Mistake(
        name: "client secret", from: "source: test", to: "source: test\nclient-secret: x", line: 5,
        says: "names a secret"),
    Mistake(
        name: "a permission without a document", from: "permissions: []",
        to: "permissions: [{ name: a, basis: proved, source: nowhere }]", line: 23, says: "under the spoke's sources"),
    Mistake(
        name: "an output of no type", from: "{ id: /id }", to: "{ id: { at: /id, type: number } }", line: 20,
        says: "one of: string, integer, boolean, array, object"),
    Mistake(
        name: "a shared input that is not there", from: "id: { type: string, maxLength: 9, description: an id }",
        to: "id: { $ref: \"#/inputs/id\" }", line: 19, says: "the spoke has no inputs"),
    Mistake(
        name: "a list in a path", from: "id: { type: string, maxLength: 9, description: an id }",
        to: "id: { type: array, maxItems: 9, items: { type: string, maxLength: 9 }, description: ids }", line: 13,
        says: "may stand in the body only"),
    Mistake(
        name: "a sensitive value in a path", from: "maxLength: 9, desc", to: "sensitive: true, maxLength: 9, desc",
        line: 13, says: "may stand in the body only"),
    Mistake(
        name: "a find that looks for nothing", from: "kind: request",
        to: "kind: find\n    pages: link_header\n    where: { at: /id, equals: \"{none}\" }", line: 10,
        says: "needs an input {none} of type string"),
    Mistake(
        name: "a place in a list that ends", from: "kind: request",
        to: "kind: stream\n    pages: link_header\n    place: { of: id }", line: 14, says: "ends at an empty_page"),
    Mistake(name: "shipped name", from: "spoke: toy", to: "spoke: okta", line: 1, says: "already there"),
]

@Test(arguments: mistakes)
func aMistakeIsNamedWithFileAndLine(_ row: Mistake) throws {
    let text = lines.replacing(row.from, with: row.to)
    try #require(text != lines)
    let problem = #expect(throws: DocumentProblem.self) {
        try SpokeCatalogue.load(operatorFiles: [("toy.yaml", Array(text.utf8))])
    }
    #expect(problem?.description.hasPrefix("toy.yaml:\(row.line): ") == true, "\(problem?.description ?? "")")
    #expect(problem?.what.contains(row.says) == true, "\(problem?.what ?? "")")
    #expect(problem?.what.contains("Canary") != true && problem?.what.contains("acme") != true)
}

@Test func anOperatorsSpokeJoinsTheShippedOnes() throws {
    let catalogue = try SpokeCatalogue.load(operatorFiles: [("toy.yaml", Array(lines.utf8))])
    let toy = try #require(catalogue.describe(ActionName(spoke: "toy", key: "look")))
    #expect(toy.title == "Look" && toy.required == ["id"] && toy.repeat == .safe && !toy.isStream)
    #expect(toy.outputs == ["id"])
    #expect(catalogue.credentialKinds(of: "toy") == ["api_key"])
    #expect(catalogue.actions(of: "nope") == nil && catalogue.describe(ActionName(spoke: "okta", key: "x")) == nil)
}

@Test func aSpokeIsShownWithWhatItsActionsNeed() async throws {
    let effects = TestEffects()
    try await withSpokes(outside: FakeOutside([]), effects: effects) { spokes, _ in
        let get = try #require(spokes.operations.first { $0.name == "spoke.get" })
        func request(_ id: String) -> OperationRequest {
            OperationRequest(id: id, input: [:], secrets: [:], caller: .socket(uid: 0), cause: effects.cause())
        }
        let okta = try await get.run(request("okta"))
        #expect(okta.value(at: "/actions/4/destructive") == "permanent" && okta["active"] == true)
        #expect(okta.value(at: "/actions/4/scopes/0") == "okta.users.manage")
        #expect(okta.value(at: "/actions/4/permissions/0/name") == "okta.users.lifecycle.delete")
        #expect(okta.value(at: "/actions/4/permissions/0/basis") == "proved")
        await #expect(throws: HubError.self) { try await get.run(request("nope")) }
    }
}
