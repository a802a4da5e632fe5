import Core
import Testing

@testable import Vault

struct BaseURLTests {
    @Test(
        "what is accepted, and its one spelling",
        arguments: [
            ("https://a.okta.com", "https://a.okta.com", false),
            ("https://a.okta.com/", "https://a.okta.com", false),
            ("https://A.Okta.COM", "https://a.okta.com", false),
            ("https://a.okta.com:8443/api/V1/", "https://a.okta.com:8443/api/V1", false),
            ("https://10.0.0.1", "https://10.0.0.1", false),
            ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443", false),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", false),
            ("http://localhost:9001", "http://localhost:9001", true),
            ("http://127.0.0.1:9001/", "http://127.0.0.1:9001", true),
            ("http://127.255.0.9", "http://127.255.0.9", true), ("http://[::1]:9001", "http://[::1]:9001", true),
            ("http://[0:0:0:0:0:0:0:1]", "http://[0:0:0:0:0:0:0:1]", true),
        ])
    func accepted(text: String, spelling: String, loopback: Bool) throws {
        let url = try BaseURL(text)
        #expect(url.text == spelling)
        #expect(url.isLoopback == loopback)
        #expect(url.isPlainHTTP == text.hasPrefix("http:"))
    }

    @Test(
        "what is refused",
        arguments: [
            "", "https://", "https:///x", "a.okta.com", "//a.test/x", "ftp://a.test", "HTTPS://a.test", "https:a.test",
            "https://a.test\\@evil.test/", "https://a@evil.test", "https://a:b@evil.test", "https://@evil.test",
            "https://a.test?x=1", "https://a.test/#x", "https://a.test/?", "https://a.test//x", "https://a.test/x//",
            "https://a.test/../x", "https://a.test/./x", "https://a.test/..", "https://a.test/%2e%2e/x",
            "https://a%2etest", "https://a.test/x y", "https://a.test\n", "https://a.test\r\nX: 1", "https://é.test",
            "https://a..test", "https://.a.test", "https://a.test.", "https://-a.test", "https://a-.test",
            "https://a_b.test", "https://a.test:", "https://a.test:0", "https://a.test:65536", "https://a.test:99999",
            "https://a.test:+1", "https://a.test:080", "https://a.test:1:2", "https://0x7f.1", "https://127.1",
            "https://2130706433", "https://0x7f000001", "https://127.0.0.01", "https://256.0.0.1", "https://1.2.3.4.5",
            "https://[::1", "https://::1", "https://[]", "https://[::1]x", "https://[::1%25eth0]", "https://[1::2::3]",
            "https://[12345::]", "https://[1:2:3:4:5:6:7:8:9]", "https://[1:2:3:4:5:6:7]", "https://[:::]",
            "https://[::ffff:127.0.0.1]", "https://a.test/[x]",
        ])
    func refused(text: String) async {
        let error = await failure { try BaseURL(text) }
        #expect(error?.reason == "bad_url")
        if text.utf8.count > 12 { #expect(error?.description.contains(text) == false) }
    }

    @Test("bounds on length")
    func long() async {
        let path = String(repeating: "a", count: Limits.baseURLBytes.value)
        let error = await failure { try BaseURL("https://a.test/" + path) }
        #expect(error?.reason == "bad_url")
        let label = await failure { try BaseURL("https://" + String(repeating: "a", count: 64) + ".test") }
        #expect(label?.reason == "bad_url")
    }

    @Test(
        "plain http: to this machine only, and only where it is allowed",
        arguments: [
            ("http://127.0.0.1:9001", true, true), ("http://127.0.0.1:9001", false, false),
            ("http://a.test", true, false), ("http://localhost.a.test", true, false),
            ("http://127.0.0.1.a.test", true, false), ("https://a.test", false, true),
        ])
    func plainHTTP(text: String, allowed: Bool, passes: Bool) async {
        if passes {
            #expect(throws: Never.self) { try ConnectionRules.address(text, allowsLoopbackHTTP: allowed) }
        } else {
            let error = await failure { try ConnectionRules.address(text, allowsLoopbackHTTP: allowed) }
            #expect(error?.reason == "plain_http")
        }
    }
}
