import Core
import Testing

@testable import OAuthServer

/// Which kind of client registers.
enum ClientKindRow: String, Sendable {
    case web, publicWeb, native, nativeWithSecret
    var isNative: Bool { self == .native || self == .nativeWithSecret }
    var isPublic: Bool { self == .native || self == .publicWeb }
}

@Test(
    "redirect URIs that a client may have",
    arguments: [
        ("https://app.example/cb", ClientKindRow.web), ("https://app.example", .publicWeb),
        ("https://app.example/cb?tenant=1", .web), ("https://app.example:8443/cb", .web),
        ("https://app.example/cb", .native), ("http://127.0.0.1/cb", .native), ("http://127.0.0.1:8000/cb", .native),
        ("http://[::1]/cb", .native), ("http://127.0.0.1/cb", .nativeWithSecret), ("com.example.app:/cb", .native),
        ("com.example.app://cb", .native),
    ])
func registered(_ text: String, _ kind: ClientKindRow) throws {
    let uri = try RedirectURI(registering: text, isNative: kind.isNative, isPublic: kind.isPublic)
    #expect(uri.matches(text))
}

@Test(
    "A7, A8: redirect URIs that no client may have",
    arguments: [
        // A8, RFC 6749 §3.1.2: absolute, without a fragment.
        ("/relative", ClientKindRow.web), ("app.example/cb", .web), ("", .web), ("https:", .web),
        ("https://app.example/cb#x", .web), ("https://app.example/cb#", .web),
        // A8: no pattern.
        ("https://*.example/cb", .web), ("https://app.example/*", .web),
        // A8: what a browser runs.
        ("javascript:alert(1)", .native), ("data:text/html,x", .native), ("JAVASCRIPT:alert(1)", .native),
        ("vbscript:x", .native), ("file:///etc/passwd", .native), ("about:blank", .native),
        ("blob:https://x/1", .native),
        // A7, RFC 9700 §2.6.
        ("http://app.example/cb", .web), ("http://app.example/cb", .native), ("http://127.0.0.1/cb", .web),
        ("http://127.0.0.1/cb", .publicWeb), ("http://localhost/cb", .native), ("http://127.0.0.2/cb", .native),
        ("http://127.0.0.1.evil.example/cb", .native), ("http://127.0.0.1@evil.example/cb", .native),
        ("http://127.0.0.1:0/cb", .native), ("http://127.0.0.1:080/cb", .native), ("HTTP://127.0.0.1/cb", .native),
        // User information, and what another reader takes for it.
        ("https://app.example@evil.example/cb", .web), ("https://a\\@app.example/cb", .web),
        ("com.example.app://user@host/cb", .native),
        // RFC 8252 §7.1: private-use schemes are reversed domain names, §8.4: of public clients.
        ("myapp:/cb", .native), ("com.example.app:/cb", .web), ("com.example.app:/cb", .publicWeb),
        ("com.example.app:/cb", .nativeWithSecret), ("com.example.app:", .native), (".a:/cb", .native),
        // Bytes that no address has.
        ("https://app.example/c b", .web), ("https://app.example/\u{0}", .web), ("https://app.example/\r\nx", .web),
        ("https://äpp.example/cb", .web), ("https://app.example/\u{301}", .web),
        ("https://app.example/" + String(repeating: "a", count: 1_000), .web),
    ])
func refused(_ text: String, _ kind: ClientKindRow) {
    let error = #expect(throws: HubError.self) {
        try RedirectURI(registering: text, isNative: kind.isNative, isPublic: kind.isPublic)
    }
    #expect(error?.reason == "bad_redirect_uri")
}

@Test(
    "A1, A2, A3, A4: an address is the registered one, byte for byte, but for the port of a loopback literal",
    arguments: [
        ("https://app.example/cb", "https://app.example/cb", true),
        // A1.
        ("https://app.example/cb", "https://app.example/cb/", false),
        // A2.
        ("https://app.example/cb", "https://app.example/cb?x=1", false),
        ("https://app.example/cb", "https://app.example/CB", false),
        ("https://app.example/cb", "https://App.example/cb", false),
        ("https://app.example/cb", "https://app.example/cb%2f", false),
        ("https://app.example/cb", "https://app.example/cb/../cb", false),
        ("https://app.example/cb", "http://app.example/cb", false),
        ("https://app.example/cb", "https://app.example:443/cb", false),
        ("https://app.example/cb", "https://app.example/cb#f", false),
        ("https://app.example/cb", "//app.example/cb", false),
        ("https://app.example/cb", "https://app.example@evil.example/cb", false),
        ("https://app.example/caf%C3%A9", "https://app.example/caf\u{E9}", false),
        // A3, RFC 8252 §7.3.
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", true),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]/cb", "http://[::1]:51234/cb", true),
        // A4.
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb2", false),
        ("http://127.0.0.1/cb", "http://localhost:51234/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.2:1/cb", false),
        ("http://127.0.0.1/cb", "http://[::1]:1/cb", false), ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:01/cb", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:1/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false),
        ("com.example.app:/cb", "com.example.app:/cb", true), ("com.example.app:/cb", "com.example.app:8/cb", false),
    ])
func matching(_ registered: String, _ asked: String, _ matches: Bool) throws {
    let uri = try RedirectURI(registering: registered, isNative: true, isPublic: true)
    #expect(uri.matches(asked) == matches)
}

@Test(
    "where an address leads, for the page and for the browser",
    arguments: [
        ("https://app.example/cb?x=1", "app.example", "https://app.example"),
        ("https://App.Example:8443/cb", "app.example:8443", "https://app.example:8443"),
        ("http://127.0.0.1:51234/cb", "127.0.0.1:51234", "http://127.0.0.1:51234"),
        ("http://[::1]:51234/cb", "[::1]:51234", "http:"),
        ("com.example.app:/cb", "com.example.app", "com.example.app:"),
    ])
func places(_ address: String, _ shown: String, _ source: String) {
    let place = RedirectURI.place(of: address)
    #expect(place.shown == shown)
    #expect(place.source == source)
}

private let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
private let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

private let verifiersTried: [(verifier: String, matches: Bool)] = [
    (verifier, true), ("", false), (String(verifier.dropLast()), false), (verifier + "A", false),
    ("e" + String(verifier.dropFirst()), false), (challenge, false), (verifier + "=", false),
    (" " + String(verifier.dropFirst()), false),
]

@Test("RFC 7636 §4.6 and Appendix B: which verifier fits the challenge", arguments: verifiersTried)
func verifiers(_ verifier: String, _ matches: Bool) {
    #expect(CodeChallenge.matches(challenge: challenge, verifier: verifier) == matches)
}

@Test(
    "RFC 7636 §4.1: the lengths and characters of a verifier",
    arguments: [
        (String(repeating: "a", count: 42), false), (String(repeating: "a", count: 43), true),
        (String(repeating: "~", count: 128), true), (String(repeating: "a", count: 129), false),
        (String(repeating: "é", count: 50), false), (String(repeating: "a", count: 43) + "+", false),
    ])
func shapes(_ text: String, _ isWellFormed: Bool) {
    #expect(CodeChallenge.isWellFormed(text) == isWellFormed)
}

@Test(
    "a challenge of S256 is 32 bytes",
    arguments: [(challenge, true), (challenge + "A", false), (challenge + "=", false)])
func challenges(_ text: String, _ isS256: Bool) {
    #expect(CodeChallenge.isS256(text) == isS256)
}
