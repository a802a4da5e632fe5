import Core
import Testing

/// Rows in the manner of JSONTestSuite (Nicolas Seriot): y_ must be read, n_ must be refused; i_ is decided here.
struct JSONReaderTests {
    @Test("is read", arguments: accepted)
    func accepts(name: String, text: String) throws { _ = try JSON.read(text) }

    @Test("is refused", arguments: refused)
    func refuses(name: String, text: String) { #expect(throws: JSONProblem.self) { try JSON.read(text) } }

    @Test("bytes that are no UTF-8 are refused", arguments: refusedBytes)
    func refusesBytes(name: String, bytes: [UInt8]) {
        #expect(throws: JSONProblem.self) { try JSON.read([0x22] + bytes + [0x22]) }
    }

    @Test("a byte order mark is refused")
    func byteOrderMark() { #expect(throws: JSONProblem.self) { try JSON.read([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) } }

    @Test("a problem says where it is and never quotes the text")
    func problem() {
        do {
            _ = try JSON.read(#"{"pw":1, "pw":"hunter2"}"#)
            Issue.record("was read")
        } catch {
            #expect(error.offset == 13)
            #expect(error.what == "a member comes twice")
        }
        do {
            _ = try JSON.read(#"{"password":"hunter2}"#)
            Issue.record("was read")
        } catch { #expect(!"\(error)".contains("hunter2")) }
    }

    @Test("nesting is bounded at Limits.jsonDepth, far below the stack's end")
    func depth() throws {
        let most = Limits.jsonDepth.value
        _ = try JSON.read(String(repeating: "[", count: most) + String(repeating: "]", count: most))
        for count in [most + 1, 100_000] {
            #expect(throws: JSONProblem.self) { try JSON.read(String(repeating: "[", count: count)) }
            #expect(throws: JSONProblem.self) { try JSON.read(String(repeating: #"{"a":"#, count: count)) }
        }
    }

    @Test("the number of values is bounded")
    func members() throws {
        let most = Limits.jsonMembers.value
        let items = [String](repeating: "1", count: most - 1).joined(separator: ",")
        _ = try JSON.read("[\(items)]")
        #expect(throws: JSONProblem.self) { try JSON.read("[\(items),1]") }
    }

    @Test("names that look alike are two members, the same bytes are one too many")
    func names() throws {
        let value = try JSON.read("{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{e9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
        #expect(throws: JSONProblem.self) { try JSON.read(#"{"a":1,"\u0061":2}"#) }
    }

    @Test("texts that look alike are different values")
    func equality() {
        #expect(JSON.string("\u{e9}") != JSON.string("e\u{301}"))
        #expect(JSON.string("K") != JSON.string("\u{212A}"))
        #expect(JSON.array(["\u{e9}"]) != JSON.array(["e\u{301}"]))
        #expect(JSON.object(["a": 1, "b": 2]) == JSON.object(["b": 2, "a": 1]))
        #expect(JSON.int(1) != JSON.double(1))
    }

    @Test("numbers keep their kind and their digits", arguments: numberRows)
    func numbers(text: String, value: JSON) throws {
        let read = try JSON.read(text)
        #expect(read == value)
    }

    private static let numberRows: [(String, JSON)] = [
        ("9007199254740993", .int(9_007_199_254_740_993)), ("-9223372036854775808", .int(.min)),
        ("9223372036854775807", .int(.max)), ("-0", .int(0)), ("1.0", .double(1)), ("1e3", .double(1000)),
        ("1E-2", .double(0.01)), ("0.5e+1", .double(5)),
    ]

    private static let accepted: [(String, String)] = [
        ("y_array_empty", "[]"), ("y_array_spaces", " [ 1 , 2 ]\n"), ("y_object_empty", "{}"),
        ("y_object_empty_key", #"{"":0}"#), ("y_object_escaped_key", #"{"foo\nbar":42}"#),
        ("y_lonely_string", #""asd""#), ("y_lonely_number", "42"), ("y_lonely_true", "true"),
        ("y_lonely_null", "null"), ("y_string_all_escapes", #"["\"\\\/\b\f\n\r\t"]"#),
        ("y_string_surrogates", #"["\uD801\udc37"]"#), ("y_string_last_pair", #"["\uDBFF\uDFFF"]"#),
        ("y_string_noncharacter", #"["\uFFFF"]"#), ("y_string_del", "[\"\u{7f}\"]"),
        ("y_string_line_separator", "[\"\u{2028}\u{2029}\"]"), ("y_string_utf8", "[\"€𝄞\"]"),
        ("y_number_minus_zero", "[-0]"), ("y_number_exponent", "[1E+2]"), ("y_number_real", "[123.456e78]"),
        ("y_number_tiny", "[1e-400]"),
    ]

    private static let refused: [(String, String)] = [
        ("n_empty", ""), ("n_space", " "), ("n_array_comma", "[,]"), ("n_array_trailing_comma", "[1,]"),
        ("n_array_double_comma", "[1,,2]"), ("n_array_unclosed", "[1"), ("n_array_colon", "[\"a\":1]"),
        ("n_array_just_minus", "[-]"), ("n_array_missing_comma", "[1 true]"), ("n_object_trailing_comma", #"{"a":1,}"#),
        ("n_object_no_colon", #"{"a" 1}"#), ("n_object_unquoted", "{a:1}"), ("n_object_single_quote", "{'a':1}"),
        ("n_object_number_key", "{1:1}"), ("n_object_two_commas", #"{"a":1,,"b":2}"#),
        ("n_object_unclosed", #"{"a":1"#),
        ("n_object_duplicate", #"{"a":1,"a":1}"#),
        ("n_object_duplicate_of_many", "{" + (0..<17).map { "\"k\($0)\":0," }.joined() + "\"k3\":0}"),
        ("n_object_duplicate_of_the_latest", "{" + (0..<17).map { "\"k\($0)\":0," }.joined() + "\"k16\":0}"),
        ("n_object_comment", #"{"a":1/**/}"#), ("n_object_garbage", "{}#"),
        ("n_structure_two_values", "{}{}"), ("n_structure_close_first", "]"), ("n_structure_mixed", "[}"),
        ("n_literal_capital", "[True]"), ("n_literal_cut", "[nul]"), ("n_literal_long", "[nullx]"),
        ("n_number_plus", "[+1]"), ("n_number_leading_zero", "[01]"), ("n_number_minus_leading_zero", "[-01]"),
        ("n_number_point_first", "[.5]"), ("n_number_point_last", "[1.]"), ("n_number_no_exponent", "[1e]"),
        ("n_number_exponent_sign", "[1e+]"), ("n_number_two_points", "[1.2.3]"), ("n_number_hex", "[0x1]"),
        ("n_number_nan", "[NaN]"), ("n_number_infinity", "[-Infinity]"), ("n_number_two_minus", "[--1]"),
        ("n_number_fullwidth", "[１]"), ("n_number_underscore", "[1_000]"), ("n_number_letter", "[1a]"),
        ("i_number_over_64_bits", "[9223372036854775808]"), ("i_number_over_double", "[1e400]"),
        ("n_string_unclosed", "\""), ("n_string_escape_end", #""\"#), ("n_string_unknown_escape", #"["\a"]"#),
        ("n_string_short_unicode", #"["\u00A"]"#), ("n_string_bad_unicode", #"["\u00G0"]"#),
        ("n_string_signed_unicode", #"["\u+041"]"#), ("n_string_newline", "[\"a\nb\"]"), ("n_string_tab", "[\"\t\"]"),
        ("n_string_nul", "[\"\u{0}\"]"), ("i_string_escaped_nul", #"["\u0000"]"#),
        ("i_string_lone_high", #"["\uD800"]"#), ("i_string_lone_low", #"["\uDC00"]"#),
        ("i_string_two_high", #"["\uD800\uD800"]"#), ("i_string_high_then_text", #"["\uD800abc"]"#),
        ("i_string_cut_pair", #"["\uD800\u"]"#), ("n_space_form_feed", "[\u{c}]"), ("n_space_no_break", "[\u{a0}]"),
    ]

    private static let refusedBytes: [(String, [UInt8])] = [
        ("a lone continuation", [0x80]), ("a cut sequence", [0xE2, 0x82]), ("overlong slash", [0xC0, 0xAF]),
        ("overlong nul", [0xC0, 0x80]), ("a surrogate", [0xED, 0xA0, 0x80]),
        ("above U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
        ("0xFF", [0xFF]), ("latin 1", [0xE9]),
    ]
}
