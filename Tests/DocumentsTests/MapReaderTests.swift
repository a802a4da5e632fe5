import Core
import Documents
import Testing

private enum Colour: String, CaseIterable { case red, blue }

private func reader(_ text: String) throws -> MapReader {
    try MapReader(try Documents.load(Array(text.utf8), file: "x.yaml"), file: "x.yaml", what: "spoke x")
}

@Test func membersAreReadByNameAndType() throws {
    var map = try reader(
        """
        name: true
        count: 3
        on: false
        list: [a, b]
        colour: blue
        inner: { x: 1 }
        """)
    let name = try map.text("name")
    let count = try map.int("count")
    let on = try map.bool("on")
    let list = try map.texts("list")
    let colour = try map.word("colour", as: Colour.self)
    var inner = try map.map("inner")
    let x = try inner.int("x")
    let missing = try map.optionalText("missing")
    #expect(name == "true" && count == 3 && !on && list == ["a", "b"] && colour == .blue && x == 1 && missing == nil)
    try map.end()
    try inner.end()
}

struct BadMember: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let read: @Sendable (inout MapReader) throws -> Void
    let problem: String
    var testDescription: String { name }
}

private let badMembers = [
    BadMember(
        name: "missing", text: "a: 1", read: { _ = try $0.text("b") }, problem: "x.yaml:1: spoke x needs \"b\""),
    BadMember(
        name: "unknown", text: "a: 1\nsecret: x",
        read: {
            _ = try $0.text("a")
            try $0.end()
        },
        problem: "x.yaml:2: spoke x has no key \"secret\"; known: a"),
    BadMember(
        name: "no number", text: "\na: x", read: { _ = try $0.int("a") },
        problem: "x.yaml:2: \"a\" of spoke x must be a whole number"),
    BadMember(
        name: "quoted is text", text: "a: \"true\"", read: { _ = try $0.bool("a") },
        problem: "x.yaml:1: \"a\" of spoke x must be true or false"),
    BadMember(
        name: "wrong word", text: "a: green", read: { _ = try $0.word("a", as: Colour.self) },
        problem: "x.yaml:1: \"a\" of spoke x must be one of: red, blue"),
    BadMember(
        name: "no list", text: "a: 1", read: { _ = try $0.list("a") },
        problem: "x.yaml:1: \"a\" of spoke x must be a list"),
    BadMember(
        name: "list item that is no text", text: "a:\n  - x\n  - [y]", read: { _ = try $0.texts("a") },
        problem: "x.yaml:3: \"a\" of spoke x must be text, not a list"),
    BadMember(
        name: "empty text", text: "a:", read: { _ = try $0.text("a") },
        problem: "x.yaml:1: \"a\" of spoke x must be text, not nothing"),
    BadMember(
        name: "no map", text: "a: [1]", read: { _ = try $0.map("a") },
        problem: "x.yaml:1: \"a\" of spoke x must be a map, not a list"),
]

@Test(arguments: badMembers)
func aBadMemberIsNamedWithItsLine(_ row: BadMember) throws {
    var map = try reader(row.text)
    let problem = #expect(throws: DocumentProblem.self) { try row.read(&map) }
    #expect(problem?.description == row.problem)
}
