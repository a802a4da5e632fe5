import Core
import Testing

@testable import Hub
@testable import Web

@Suite("The hub as browsers see it") struct SiteTests {
    private let site = Site(url: "https://Hub.example.org/")

    @Test("over TLS the cookie can be set by no other host and never travels in plain text")
    func cookie() throws {
        let set = try #require(site.setCookie(.begin(Secret("lpss_x"))))
        // RFC 6265bis §4.1.3.2: Secure, Path=/, and no Domain.
        #expect(set == "__Host-linchpin=lpss_x; Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(site.setCookie(.end) == "__Host-linchpin=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(site.setCookie(.keep) == nil)
        let plain = Site(url: "http://127.0.0.1:8080")
        #expect(
            plain.setCookie(.begin(Secret("lpss_x"))) == "linchpin-loopback=lpss_x; Path=/; HttpOnly; SameSite=Lax")
    }

    @Test(
        "over TLS a browser is told to stay there, but not for a certificate of the hub's own making",
        arguments: [
            ("https://hub.example.org", false, "max-age=31536000"), ("https://hub.example.org", true, nil),
            ("http://127.0.0.1:8080", false, nil),
        ] as [(String, Bool, String?)])
    func strictTransport(_ url: String, _ isTrial: Bool, _ value: String?) {
        let reply = PageEdge(pages: .none, site: Site(url: url), isTrial: isTrial).reply(.html("x"))
        #expect(reply.headers.first { $0.name == "strict-transport-security" }?.value == value)
    }

    @Test(
        "only our own cookie is read",
        arguments: [
            (["__Host-linchpin=a"], ["a"]), (["x=1; __Host-linchpin=a; y=2"], ["a"]),
            (["__Host-linchpin=a=b"], ["a=b"]), (["__Host-linchpin=a", "__Host-linchpin=b"], ["a", "b"]),
            (["__Host-linchpin=a; __Host-linchpin=b"], ["a", "b"]),
            (["linchpin-loopback=a", "__host-linchpin=a", "X__Host-linchpin=a", "__Host-linchpin", ""], []),
        ])
    func read(_ headers: [String], _ found: [String]) {
        let secrets = site.sessionCookies(headers.map { ("cookie", $0) })
        #expect(secrets.count == found.count)
        for (secret, text) in zip(secrets, found) { #expect(secret.matches(Secret(text))) }
        #expect(site.sessionCookies(headers.map { ("x-cookie", $0) }).isEmpty)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let headers: [(name: String, value: String)]
        let host: String?
        let isOwn: Bool
        var testDescription: String {
            (headers + (host.map { [("at", $0)] } ?? [])).map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        }
        init(_ isOwn: Bool, _ headers: (String, String)..., at host: String? = nil) {
            self.host = host
            self.headers = headers.map { (name: $0.0, value: $0.1) }
            self.isOwn = isOwn
        }
    }

    static let rows = [
        Row(true, ("origin", "https://hub.example.org")),
        Row(true, ("origin", "HTTPS://HUB.EXAMPLE.ORG")),
        Row(true, ("sec-fetch-site", "same-origin")),
        Row(true, ("sec-fetch-site", "same-origin"), ("origin", "https://hub.example.org")),
        // By another of its names: what the browser has in its address line.
        Row(true, ("origin", "https://hub.internal"), at: "hub.internal"),
        Row(true, ("origin", "https://hub.internal:8443"), at: "HUB.internal:8443"),
        Row(false, ("origin", "https://hub.internal"), ("host", "hub.internal")),
        Row(false, ("origin", "http://hub.internal"), at: "hub.internal"),
        Row(false, ("origin", "https://hub.internal:8443"), at: "hub.internal"),
        Row(false, ("origin", "https://evil.example"), at: "hub.internal"),
        Row(false),
        Row(false, at: "hub.example.org"),
        Row(false, ("referer", "https://hub.example.org/console")),
        Row(false, ("origin", "")), Row(false, ("origin", "null")), Row(false, ("origin", "null"), at: "null"),
        Row(false, ("origin", "http://hub.example.org")),
        Row(false, ("origin", "https://hub.example.org:8443")),
        Row(false, ("origin", "https://hub.example.org.evil.example")),
        Row(false, ("origin", "https://evil.example/https://hub.example.org")),
        Row(false, ("origin", "https://hub.example.org"), ("origin", "https://evil.example")),
        Row(false, ("sec-fetch-site", "same-site")), Row(false, ("sec-fetch-site", "cross-site")),
        Row(false, ("sec-fetch-site", "none")), Row(false, ("sec-fetch-site", "")),
        Row(false, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")),
        Row(false, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")),
        Row(false, ("sec-fetch-site", "cross-site"), ("origin", "https://hub.example.org")),
    ]

    @Test("a request is ours only when a browser says so and nothing says otherwise", arguments: rows)
    func own(_ row: Row) {
        #expect(site.isOwn(row.headers, host: row.host) == row.isOwn)
    }
}

@Suite("What strangers share") struct StrangerTests {
    @Test(
        "refusals are counted by the network of one caller",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("-", "-"),
            ("2001:db8:0:1::1", "2001:db8:0:1::/64"), ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
            ("2001:db8:0:2::1", "2001:db8:0:2::/64"), ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"),
            ("fe80::1%eth0", "fe80:0:0:0::/64"),
        ])
    func networks(_ address: String, _ network: String) {
        #expect(CallerNetwork.of(address) == network)
    }

    @Test(
        "an address of IPv4 is itself, also where it is mapped into IPv6",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"),
        ])
    func spelled(_ address: String, _ spelled: String) { #expect(OtherEnd.spelled(address) == spelled) }

    @Test("the bodies that anybody may send share one room, and give it back")
    func bodies() {
        let all = OpenBodies(most: 10)
        let first = all.share()
        #expect(first.take(6) && first.take(2))
        do {
            let second = all.share()
            #expect(!second.take(3) && second.take(2) && !second.take(1))
        }
        let third = all.share()
        #expect(third.take(2) && !third.take(1), "one that ended has given back")
        first.giveBack()
        first.giveBack()
        #expect(third.take(8) && !third.take(1), "once, not twice")
    }
}

@Suite("Where a browser is sent") struct ReturnPathTests {
    @Test(arguments: ["/", "/console", "/console/clients?x=1&y=%2F", "/console/a%20b", "/console?next=//evil.example"])
    func taken(_ text: String) {
        #expect(ReturnPath(text)?.text == text)
        #expect(PageReply.redirect(to: text).headers.first { $0.name == "location" }?.value == text)
    }

    @Test(
        "what a browser could read as another place leads home",
        arguments: [
            "", "console", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example", "https://evil.example", "javascript:alert(1)", " /console",
            "/console\r\nset-cookie: a=b",
            "/a/../../b", "/%2e%2e/b", "/%00", "/console/\u{e4}", "/a\u{2028}b", "?x",
        ])
    func refused(_ text: String) {
        #expect(ReturnPath(text) == nil)
        let reply = PageReply.redirect(to: text)
        #expect(reply.headers.filter { $0.name == "location" }.map(\.value) == ["/"])
    }
}
