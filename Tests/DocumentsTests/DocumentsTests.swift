import Core
import Documents
import Testing

struct BadFile: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let line: Int
    let says: String
    var testDescription: String { name }
}

private let badFiles = [
    BadFile(name: "anchor", text: "a: 1\nb: &x 2\n", line: 2, says: "anchor"),
    BadFile(name: "anchor on a map", text: "a: &x\n  c: 2\n", line: 1, says: "anchor"),
    BadFile(name: "alias", text: "a: 1\nb: *x\n", line: 2, says: "alias"),
    BadFile(name: "alias in a list", text: "a: [*x, 1]\n", line: 1, says: "alias"),
    BadFile(name: "alias as a key", text: "a: 1\n*x : 1\n", line: 2, says: "alias"),
    BadFile(name: "merge key", text: "a:\n  <<: { c: 1 }\n", line: 2, says: "merge key"),
    BadFile(name: "tag", text: "a: 1\nb: !!int 2\n", line: 2, says: "tag"),
    BadFile(name: "local tag on a list", text: "a: !x [1]\n", line: 1, says: "tag"),
    BadFile(name: "duplicate key", text: "a: 1\nb: 2\nb: 3\n", line: 2, says: "comes twice"),
    BadFile(name: "second document", text: "a: 1\n---\nb: 2\n", line: 2, says: "one document"),
    BadFile(name: "directive", text: "%YAML 1.1\n---\na: 1\n", line: 1, says: "directive"),
    BadFile(name: "tab", text: "a: 1\nb:\t2\n", line: 2, says: "tab"),
    BadFile(name: "control character", text: "a: \"\u{1}\"\n", line: 1, says: "control character"),
    BadFile(name: "next line character", text: "a: 1\nb: \"x\u{85}y\"\n", line: 2, says: "line break"),
    BadFile(name: "byte order mark", text: "\u{FEFF}a: 1\n", line: 1, says: "byte order mark"),
    BadFile(name: "list as a key", text: "a: 1\n? [1]\n: 2\n", line: 2, says: "single word"),
    BadFile(name: "empty", text: "", line: 1, says: "empty"),
    BadFile(name: "unclosed", text: "a: [1\n", line: 2, says: "not YAML"),
]

@Test(arguments: badFiles)
func aBadFileIsRefusedWithItsLine(_ row: BadFile) throws {
    let problem = #expect(throws: DocumentProblem.self) { try Documents.load(Array(row.text.utf8), file: "x.yaml") }
    #expect(problem?.line == row.line)
    #expect(problem?.what.contains(row.says) == true, "\(problem?.what ?? "")")
    #expect(problem?.description.hasPrefix("x.yaml:\(row.line): ") == true)
}

@Test func bytesThatAreNotUTF8AreRefusedWithTheirLine() {
    let problem = #expect(throws: DocumentProblem.self) {
        try Documents.load(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A], file: "x.yaml")
    }
    #expect(problem?.line == 2)
}

@Test(arguments: [
    String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
    String(repeating: "- ", count: 40) + "x",
    String(repeating: "[", count: 100_000),
])
func deepNestingIsRefused(_ text: String) {
    #expect(throws: DocumentProblem.self) { try Documents.load(Array(text.utf8), file: "x.yaml") }
}

@Test func boundsOnBytesAndValues() {
    let long = [UInt8](repeating: UInt8(ascii: "a"), count: Limits.yamlBytes.value + 1)
    #expect(throws: DocumentProblem.self) { try Documents.load(long, file: "x.yaml") }
    let many = Array(("a: [" + String(repeating: "1,", count: Limits.yamlNodes.value) + "]").utf8)
    let problem = #expect(throws: DocumentProblem.self) { try Documents.load(many, file: "x.yaml") }
    #expect(problem?.what.contains("too many values") == true)
}

@Test func scalarsAreTypedByTheCoreSchemaOnly() throws {
    let text = """
        a: true
        b: yes
        c: off
        d: 12
        e: 012
        f: "12"
        g: null
        h: 1.5
        i: 0x10
        j: ~
        k: [1, no, 'true']
        l: 2026-11-21
        """
    let json = try Documents.load(Array(text.utf8), file: "x.yaml").json
    let expected: JSON = [
        "a": true, "b": "yes", "c": "off", "d": 12, "e": "012", "f": "12", "g": nil, "h": "1.5", "i": "0x10",
        "j": nil, "k": [1, "no", "true"], "l": "2026-11-21",
    ]
    #expect(json == expected)
}

@Test func everyValueKnowsItsLine() throws {
    let node = try Documents.load(Array("a: 1\nb:\n  - x\n  - y: 2\n".utf8), file: "x.yaml")
    guard case .map(let members) = node.content, case .list(let items) = members[1].value.content else {
        Issue.record("not a map with a list")
        return
    }
    #expect(members.map(\.line) == [1, 2])
    #expect(items.map(\.line) == [3, 4])
}
