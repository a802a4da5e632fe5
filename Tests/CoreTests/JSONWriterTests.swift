import Core
import Testing

struct JSONWriterTests {
    @Test(
        "what is written is read back the same",
        arguments: [
            JSON.null, true, false, 0, .int(.max), .int(.min), .double(0.1), .double(1e300), .double(5), "",
            "a\"b\\c/d",
            "\u{1}\u{8}\u{c}\n\r\t\u{1f}\u{7f}", "€𝄞\u{2028}", "e\u{301}", [], [1, [2, ["x"]]],
            .object(["": 1, "a": ["b": nil]]),
        ])
    func roundTrip(value: JSON) throws {
        let again = try JSON.read(value.text())
        #expect(again == value)
        let sorted = try JSON.read(value.text(sorted: true))
        #expect(sorted == value)
    }

    @Test("control characters never stand bare in the text")
    func controls() {
        for scalar in (0..<0x20).map({ Unicode.Scalar(UInt8($0)) }) + [Unicode.Scalar(UInt8(0x7F))] {
            let text = JSON.string("a\(Character(scalar))b").text()
            #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
    }

    @Test("sorted: members stand in byte order at every level, so equal values have equal text")
    func sorted() {
        let value: JSON = ["b": 1, "a": ["z": 1, "Z": 2], "\u{e9}": 3]
        #expect(value.text(sorted: true) == "{\"a\":{\"Z\":2,\"z\":1},\"b\":1,\"\u{e9}\":3}")
        #expect(value.text() == "{\"b\":1,\"a\":{\"z\":1,\"Z\":2},\"\u{e9}\":3}")
    }

    @Test("numbers that JSON cannot say become null", arguments: [Double.infinity, -.infinity, .nan])
    func notFinite(value: Double) { #expect(JSON.array([.double(value)]).text() == "[null]") }

    @Test("a JSON Pointer leads where RFC 6901 §5 says", arguments: pointers)
    func pointer(text: String, expected: JSON?) throws {
        let document = try JSON.read(
            #"{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"~1":9,"k\"l":6," ":7,"́x":5}"#)
        #expect(document.value(at: text) == expected)
    }

    private static let pointers: [(String, JSON?)] = [
        ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/~01", 9), ("/k\"l", 6),
        ("/ ", 7), ("/\u{301}x", 5), ("/foo/2", nil), ("/foo/-", nil), ("/foo/01", nil), ("/foo/+0", nil),
        ("foo", nil), ("/m~n", nil), ("/m~2n", nil), ("/foo/0/x", nil),
    ]
}
