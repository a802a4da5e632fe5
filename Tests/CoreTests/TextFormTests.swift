import Core
import TestSupport
import Testing

struct TextFormTests {
    @Test(
        "base64url: the vectors of RFC 4648 §10, without padding",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64url(plain: String, text: String) {
        #expect(Base64URL.encode(plain.utf8) == text)
        #expect(Base64URL.decode(text) == Array(plain.utf8))
    }

    @Test(
        "base 32: the vectors of RFC 4648 §10, without padding",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(plain: String, text: String) {
        #expect(Base32.encode(Array(plain.utf8)) == text)
    }

    @Test("base64url: every length comes back, and no value has a second spelling")
    func base64urlAll() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
            let text = "Z" + String(last)
            let canonical = Base64URL.decode(text).map { Base64URL.encode($0) == text }
            #expect(canonical != false)
        }
    }

    @Test("base64url refuses", arguments: ["Zg==", "Zh", "Zm9=", "Z", "Zm9vY", "a+b/", "Zm 9v", "Zm9v\n", "Ｚｇ"])
    func base64urlRefuses(text: String) { #expect(Base64URL.decode(text) == nil) }

    @Test("hex comes back; capitals, odd lengths and other digits are refused")
    func hex() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encode([0, 0x7f, 0xff]) == "007fff")
        for text in ["f", "FF", "0x", "g0", "0 ", "００"] { #expect(Hex.decode(text) == nil) }
    }

    @Test(
        "a name from outside is shown without what bends a line",
        arguments: [
            ("a\nb", "a?b"), ("a\u{7F}b", "a?b"), ("a\u{9B}31mb", "a?31mb"), ("a\u{2028}b", "a?b"),
            ("a\u{2029}b", "a?b"), ("a\u{202E}b", "a?b"), ("a\u{2066}b\u{2069}", "a?b?"), ("Zoë אב", "Zoë אב"),
            (String(repeating: "x", count: 61), String(repeating: "x", count: 60) + "…"),
        ])
    func shown(text: String, expected: String) { #expect(Shown.name(text) == expected) }

    @Test(
        "a name is one word of a shell's command, whatever stands in it",
        arguments: [
            ("incident.read", "incident.read"), ("/api/now/table/x", "/api/now/table/x"),
            ("a@b.example", "a@b.example"),
            ("HR system", "'HR system'"), ("$(id)", "'$(id)'"), ("it's", "'it'\\''s'"), ("", "''"), ("*", "'*'"),
            ("a;b", "'a;b'"), ("Zoë", "'Zoë'"), ("-x", "NAME"), ("a\nb", "NAME"),
        ])
    func argument(name: String, expected: String) { #expect(Shown.argument(name) == expected) }

    @Test(
        "percent-encoding keeps a text in its place and comes back",
        arguments: [("a b/c", "a%20b%2Fc"), ("é?&=", "%C3%A9%3F%26%3D"), ("A-._~9", "A-._~9"), ("", "")])
    func percentEncoding(plain: String, text: String) {
        #expect(PercentEncoding.encode(plain) == text)
        #expect(PercentEncoding.decode(text.utf8) == Array(plain.utf8))
    }

    @Test("a broken percent escape is nothing", arguments: ["%", "%4", "%4g", "a%"])
    func percentRefuses(text: String) { #expect(PercentEncoding.decode(text.utf8) == nil) }

    @Test("a correlation id reads back, and nothing that merely looks like one")
    func correlation() {
        let id = CorrelationID.new(TestEffects(seed: 3).effects)
        #expect(id.text.utf8.count == 15)
        #expect(CorrelationID(id.text) == id)
        // The Kelvin sign is canonically equal to K and three bytes long: 2 + 10 + 3 bytes.
        let refused = [
            "", "c-", "c-123", "c-0123456789ABI", "c-0123456789abc", "C-0123456789ABC", "c-0123456789ABCD",
            "c-0123456789\u{212A}", "c-0123456789A\n\n",
        ]
        for text in refused { #expect(CorrelationID(text) == nil) }
    }

    @Test("a correlation id carries its minute, also past the end of the cycle", arguments: [0, 1, 30, 3650, 20_000])
    func correlationMinute(daysLater: Int64) {
        for start in [1_790_000_000, (1 << 25) * 60, (1 << 25) * 60 - 1] as [Int64] {
            let clock = TestEffects(at: Timestamp(epochSeconds: start))
            let minute = Timestamp(epochSeconds: start / 60 * 60)
            let (id, other) = (CorrelationID.new(clock.effects), CorrelationID.new(clock.effects))
            #expect(id != other)
            clock.advance(seconds: daysLater * 86_400)
            #expect(id.minute(asOf: clock.now) == minute)
            // Another hub's clock may be behind.
            #expect(other.minute(asOf: clock.now.adding(seconds: -3_600)) == minute)
            #expect(CorrelationID.new(clock.effects, at: minute).minute(asOf: clock.now) == minute)
        }
    }

    @Test("correlation ids stand in the order in which they were made")
    func correlationOrder() {
        let (effects, start) = (TestEffects(seed: 3).effects, Timestamp(epochSeconds: 1_790_000_000))
        let ids = (0..<1_500).map { CorrelationID.new(effects, at: start.adding(milliseconds: $0 * 59)).text }
        #expect(ids == ids.sorted())
    }

    @Test("ids that look alike are different")
    func ids() {
        #expect(UserID("\u{e9}") != UserID("e\u{301}"))
        #expect(Set([UserID("\u{e9}"), UserID("e\u{301}"), UserID("\u{e9}")]).count == 2)
    }

    @Test("a secret shows nowhere")
    func secret() {
        struct Holder { let secret: Secret? }
        let secret = Secret("canary-hunter2")
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(Holder(secret: secret))", "\([secret])", dumped] {
            #expect(!text.contains("canary"))
        }
        #expect(secret.matches(Secret("canary-hunter2")))
        #expect(!secret.matches(Secret("canary-hunter3")))
        #expect(!secret.matches(Secret("canary-hunter")))
        #expect(secret.reveal { $0.count } == secret.count)
    }

    @Test(
        "each kind of error has a status of its own, and the status leads back to it", arguments: HubError.Kind.allCases
    )
    func status(kind: HubError.Kind) { #expect(HubError.Kind(status: kind.status) == kind) }

    @Test("a status that no kind has is a defect") func noKind() { #expect(HubError.Kind(status: 418) == .internal) }

    @Test("the private half of an error stays out of its message")
    func error() {
        let error = HubError(.internal, "broken", "Internal error.", detail: "private")
        #expect(!error.message.contains("private"))
        #expect(error.description.contains("private"))
        #expect(error.site.contains("TextFormTests.swift"))
    }

    @Test(
        "what somebody sent cannot steer a terminal",
        arguments: [
            ("a\u{1B}[31mb", "a?[31mb"), ("a\u{9B}31mb", "a?31mb"), ("a\r\nb", "a??b"), ("a\u{7F}b", "a?b"),
            ("a\u{202E}b", "a?b"), ("a\u{2066}b\u{2069}", "a?b?"), ("a\u{2028}b", "a?b"),
            ("Jo\u{301} é 😀", "Jo\u{301} é 😀"),
        ])
    func terminal(sent: String, shown: String) {
        #expect(Shown.line(sent).unicodeScalars.elementsEqual(shown.unicodeScalars))
        #expect(Shown.name(sent).unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test("every bound has a name of its own and a number above zero")
    func bounds() {
        #expect(Set(Limits.all.map(\.name)).count == Limits.all.count)
        #expect(Limits.all.allSatisfy { $0.value > 0 && !$0.why.isEmpty && !$0.unit.isEmpty })
    }
}
