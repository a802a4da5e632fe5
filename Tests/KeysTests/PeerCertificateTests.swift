import Core
import Keys
import TestSupport
import Testing

private let now = Timestamp(epochSeconds: 1_790_000_000)

/// A certificate that an authority vouches for, and a name that is looked for in it.
struct NameRow: Sendable, CustomTestStringConvertible {
    let kind: CertificateName.Kind
    let name: String
    let isThere: Bool
    let change: @Sendable (inout CertificateDraft) -> Void
    var testDescription: String { "\(kind.rawValue) \(name) \(isThere)" }

    init(
        _ kind: CertificateName.Kind, _ name: String, _ isThere: Bool = true,
        _ change: @escaping @Sendable (inout CertificateDraft) -> Void = { _ in }
    ) {
        self.kind = kind
        self.name = name
        self.isThere = isThere
        self.change = change
    }
}

private let names: [NameRow] = [
    NameRow(.subject, "CN=robot,O=Example"),
    NameRow(.subject, "cn=robot,2.5.4.10=Example"),
    NameRow(.subject, "O=Example,CN=robot", false),
    NameRow(.subject, "CN=robot", false),
    NameRow(.subject, "CN=Robot,O=Example", false),
    NameRow(.subject, "CN=robot,O=Example,C=DE", false),
    NameRow(.subject, "CN=robot+O=Example", false),
    // RFC 4514 §2.4: what a value escapes.
    NameRow(.subject, "CN=a\\, b\\+c,O=\\#1\\ ") {
        $0.common = "a, b+c"
        $0.organization = "#1 "
    },
    NameRow(.subject, "CN=M\\C3\\BCller,O=Example") { $0.common = "Müller" },
    NameRow(.subject, "CN=Müller,O=Example") { $0.common = "Müller" },
    // A value that holds what looks like another part.
    NameRow(.subject, "CN=robot,O=Example", false) {
        $0.common = "robot,O=Example"
        $0.organization = ""
    },
    // Canonically equivalent, and other bytes.
    NameRow(.subject, "CN=\u{e9},O=Example", false) { $0.common = "e\u{301}" },
    NameRow(.dns, "robot.example.com") { $0.hosts = ["other.example", "Robot.Example.com"] },
    NameRow(.dns, "robot.example.com", false) { $0.hosts = ["*.example.com"] },
    NameRow(.dns, "robot.example.com", false) { $0.hosts = ["robot.example.com.evil.example"] },
    NameRow(.dns, "robot.example.com", false) { $0.uris = ["robot.example.com"] },
    // RFC 6125 §6.4.4 speaks of servers: a common name is no host name here.
    NameRow(.dns, "robot.example.com", false) { $0.common = "robot.example.com" },
    NameRow(.uri, "spiffe://example/robot") { $0.uris = ["spiffe://example/robot"] },
    NameRow(.uri, "spiffe://example/robot", false) { $0.uris = ["spiffe://example/Robot"] },
    NameRow(.address, "192.0.2.7") { $0.addresses = [[192, 0, 2, 7]] },
    NameRow(.address, "192.0.2.7", false) { $0.addresses = [[192, 0, 2, 8]] },
    NameRow(.address, "2001:DB8:0:0::1") {
        $0.addresses = [[0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]]
    },
    NameRow(.email, "robot@example.com") { $0.emails = ["robot@example.com"] },
    NameRow(.email, "robot@example.com", false) { $0.emails = ["Robot@example.com"] },
    // RFC 5280 §4.2.1.6: no subject, and a critical extension that is understood.
    NameRow(.dns, "robot.example.com") {
        $0.common = ""
        $0.organization = ""
        $0.hosts = ["robot.example.com"]
    },
]

@Test("RFC 8705 §2.1.2: a client is known by one whole name of its certificate", arguments: names)
func named(_ row: NameRow) async throws {
    let authority = try TestAuthority("clients")
    let trusted = try ClientAuthorities(pem: authority.certificate, field: "authorities")
    let peer = try authority.issue(CertificateDraft().with(row.change)).peer()
    let name = try #require(CertificateName(row.kind, row.name))
    #expect(await peer.problem(naming: name, under: trusted, at: now) == (row.isThere ? nil : .otherName))
}

private let noNames: [(CertificateName.Kind, String)] = [
    (.subject, ""), (.subject, "robot"), (.subject, "CN="), (.subject, "CN=robot,"), (.subject, "CN=robot;O=Example"),
    (.subject, "CN=robot, O=Example"), (.subject, "CN= robot"), (.subject, "CN=robot "), (.subject, "CN=#0401"),
    (.subject, "CN=\"robot\""), (.subject, "CN=a\\"), (.subject, "CN=a\\x"), (.subject, "CN=\\FF"),
    (.subject, "XX=robot"), (.subject, "2.5.=robot"), (.subject, "/CN=robot"), (.dns, "*.example.com"), (.dns, ""),
    (.dns, "a b"), (.uri, "robot"), (.address, "192.0.2"), (.address, "192.0.2.7/32"), (.address, "robot"),
    (.email, "robot"),
]

@Test("texts that are no such name", arguments: noNames)
func noName(_ kind: CertificateName.Kind, _ text: String) { #expect(CertificateName(kind, text) == nil) }

/// Whether a path leads from a certificate to an authority.
struct PathRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let problem: PeerCertificate.Problem?
    let peer: @Sendable (_ root: TestAuthority) throws -> PeerCertificate

    init(
        _ says: String, _ problem: PeerCertificate.Problem?,
        _ peer: @escaping @Sendable (_ root: TestAuthority) throws -> PeerCertificate
    ) {
        testDescription = says
        self.problem = problem
        self.peer = peer
    }
}

private let paths: [PathRow] = [
    .init("by the authority itself", nil) { try $0.issue(CertificateDraft()).peer() },
    .init("by one below it, which comes along", nil) {
        let (below, own) = try $0.subordinate("below")
        return try below.issue(CertificateDraft()).peer(sending: [own])
    },
    .init("by one below it, which does not", .untrusted) {
        try $0.subordinate("below").authority.issue(CertificateDraft()).peer()
    },
    .init("by another authority of the same name", .untrusted) { _ in
        try TestAuthority("clients").issue(CertificateDraft()).peer()
    },
    .init("by its own key", .untrusted) { _ in try TestCertificate.selfSigned().peer() },
    .init("by one below it that is no authority", .untrusted) {
        let (below, own) = try $0.subordinate("below", isOne: false)
        return try below.issue(CertificateDraft()).peer(sending: [own])
    },
    .init("RFC 5280 §4.2.1.3: by one below it that may not sign certificates", .untrusted) {
        let (below, own) = try $0.subordinate("below", maySign: false)
        return try below.issue(CertificateDraft()).peer(sending: [own])
    },
    .init("RFC 5280 §4.2.1.12: by one below it that is for servers", .untrusted) {
        let (below, own) = try $0.subordinate("below", use: .servers)
        return try below.issue(CertificateDraft()).peer(sending: [own])
    },
    .init("RFC 5280 §4.2.1.12: for servers", .untrusted) {
        try $0.issue(CertificateDraft().with { $0.use = .servers }).peer()
    },
    .init("for nothing that it says", nil) { try $0.issue(CertificateDraft().with { $0.use = .unsaid }).peer() },
    .init("RFC 5280 §4.2.1.3: a key that does not sign", .untrusted) {
        try $0.issue(CertificateDraft().with { $0.signs = false }).peer()
    },
    .init("RFC 5280 §4.2: a critical extension that nobody knows", .untrusted) {
        try $0.issue(CertificateDraft().with { $0.isStrange = true }).peer()
    },
    .init("at its last second", nil) { try $0.issue(CertificateDraft().with { $0.ends = now }).peer() },
    .init("a second later", .ended) {
        try $0.issue(CertificateDraft().with { $0.ends = now.adding(seconds: -1) }).peer()
    },
    .init("a second before it begins", .notYet) {
        try $0.issue(CertificateDraft().with { $0.begins = now.adding(seconds: 1) }).peer()
    },
    .init("what is no certificate", .unreadable) { _ in
        try #require(PeerCertificate(chain: [[0x30, 0x00]]))
    },
    .init("with something beside it that is none", .unreadable) {
        try #require(PeerCertificate(chain: [try $0.issue(CertificateDraft()).der, [1]]))
    },
]

@Test("RFC 8705 §2.1: an authority of the hub vouches for it", arguments: paths)
func vouched(_ row: PathRow) async throws {
    let root = try TestAuthority("clients")
    let trusted = try ClientAuthorities(pem: root.certificate, field: "authorities")
    let name = try #require(CertificateName(.subject, "CN=robot,O=Example"))
    let peer = try row.peer(root)
    #expect(await peer.problem(naming: name, under: trusted, at: now) == row.problem)
}

@Test("an authority that has ended vouches for nobody")
func endedAuthority() async throws {
    let root = try TestAuthority("clients", ends: 2024)
    let trusted = try ClientAuthorities(pem: root.certificate, field: "authorities")
    #expect(trusted.firstEnd.ends < now)
    let name = try #require(CertificateName(.subject, "CN=robot,O=Example"))
    let peer = try root.issue(CertificateDraft()).peer()
    #expect(await peer.problem(naming: name, under: trusted, at: now) == .untrusted)
    #expect(
        await peer.problem(naming: name, under: trusted, at: Timestamp(epochSeconds: 1_600_000_000)) == nil)
}

@Test("what the file of authorities may not hold")
func badAuthorities() throws {
    let leaf = try TestCertificate.selfSigned()
    for pem in ["", "canary", leaf.pem, leaf.key, try TestAuthority("a").certificate + leaf.pem] {
        let error = #expect(throws: HubError.self) { _ = try ClientAuthorities(pem: pem, field: "authorities") }
        #expect(error?.reason == "bad_certificates" && error?.message.contains("canary") == false)
    }
}

@Test("RFC 8705 §2.2: one of those that were registered, in its time")
func registered() throws {
    let (own, next) = (try TestCertificate.selfSigned(), try TestCertificate.selfSigned())
    let chain = try CertificateChain(pem: own.pem + next.pem, field: "certificates")
    #expect(chain.entries.map(\.thumbprint) == [try own.peer().thumbprint, try next.peer().thumbprint])
    for one in [own, next] { #expect(try one.peer().problem(among: chain, at: now) == nil) }
    // The same name, and the same name with the registered one sent along.
    let other = try TestCertificate.selfSigned()
    #expect(try other.peer().problem(among: chain, at: now) == .unregistered)
    #expect(try other.peer(sending: [own]).problem(among: chain, at: now) == .unregistered)
    let later = Timestamp(epochSeconds: 2_493_072_001)
    #expect(try own.peer().problem(among: chain, at: later) == .ended)
    #expect(try own.peer().problem(among: chain, at: Timestamp(epochSeconds: 1)) == .notYet)
}

@Test("RFC 8705 §3.1: the thumbprint is SHA-256 of the certificate in base64url; no certificate is none")
func thumbprint() throws {
    let own = try TestCertificate.selfSigned()
    #expect(try own.peer().thumbprint == Base64URL.encode(Hashing.sha256(own.der)))
    #expect(try own.peer().thumbprint.utf8.count == 43)
    #expect(PeerCertificate(chain: []) == nil)
}

@Test("authorities that all sign each other do not multiply into paths", .timeLimit(.minutes(1)))
func tangle() async throws {
    let root = try TestAuthority("clients")
    let trusted = try ClientAuthorities(pem: root.certificate, field: "authorities")
    let stranger = try TestAuthority("stranger")
    // Each of the nine issues the certificate and the eight others: 986,409 paths.
    let others = try (0..<9).map { try stranger.again("\($0).example") }
    let name = try #require(CertificateName(.subject, "CN=robot,O=Example"))
    let peer = try stranger.issue(CertificateDraft()).peer(sending: others)
    #expect(await peer.problem(naming: name, under: trusted, at: now) == .untrusted)
}
