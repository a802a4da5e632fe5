import Core
import Testing

@Test(
    "forms that are read",
    arguments: [
        ("a=1&b=2", ["a=1", "b=2"]), ("a=%41+b", ["a=A b"]), ("a", ["a="]), ("a=", ["a="]), ("a=b=c", ["a=b=c"]),
        ("", []), ("&&a=1&", ["a=1"]), ("a=1&a=2", ["a=1", "a=2"]), ("n=%C3%A9", ["n=é"]), ("a%5Bb%5D=1", ["a[b]=1"]),
    ])
func forms(_ text: String, _ pairs: [String]) throws {
    #expect(try FormParameters(Array(text.utf8)).pairs.map { "\($0.name)=\($0.value)" } == pairs)
}

@Test(
    "forms that are refused, and the reason quotes nothing",
    arguments: [
        "a=%", "a=%4", "a=%4g", "a=%00", "a=%ff", "a=%C3", "a=\u{E9}", "a=b c", "a=\n", "=s3cret", "%00=s3cret",
        Array(repeating: "s3cret=1", count: 101).joined(separator: "&"),
    ])
func badForms(_ text: String) {
    let problem = #expect(throws: FormProblem.self) { try FormParameters(Array(text.utf8)) }
    #expect(problem?.what.contains("s3cret") == false)
}

@Test("a parameter that may come once") func once() throws {
    let form = try FormParameters(Array("a=1&b=2&b=3".utf8))
    let a = try form.value("a")
    let c = try form.value("c")
    #expect(a == "1")
    #expect(c == nil)
    #expect(throws: FormProblem.self) { try form.value("b") }
    #expect(throws: FormProblem.self) { try form.refuseRepeats() }
    try FormParameters(Array("a=1&b=2".utf8)).refuseRepeats()
}
