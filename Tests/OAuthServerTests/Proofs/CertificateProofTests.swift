import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

extension OAuthDesk {
    /// A client without a secret, with these members; its public id.
    fileprivate func proved(_ more: JSONObject, name: String = "robot") async throws -> String {
        var body: JSONObject = ["name": .string(name), "user": "svc.hr", "scopes": ["incident.read"]]
        for member in more.members { body[member.name] = member.value }
        return try #require(try await run("client.create", "", body)["client_id"]?.string)
    }

    /// A token request that says the client's name and nothing else.
    fileprivate func ask(_ id: String, showing certificate: PeerCertificate?, _ more: String = "") async
        -> TokenResponse
    {
        await send(
            "grant_type=client_credentials&scope=incident.read&client_id=\(id)" + more, certificate: certificate)
    }
}

/// An authority, what it vouches for, and a client that is known by that.
private struct Rig {
    let authority: TestAuthority
    let certificates: ClientCertificates

    static let members: JSONObject = ["tls_client_auth_subject_dn": "CN=robot,O=Example"]

    init() throws {
        authority = try TestAuthority("clients")
        certificates = .optional(try ClientAuthorities(pem: authority.certificate, field: "authorities"))
    }

    func peer(_ change: @Sendable (inout CertificateDraft) -> Void = { _ in }) throws -> PeerCertificate {
        try authority.issue(CertificateDraft().with(change)).peer()
    }
}

@Test("RFC 8705 §2.1: a client is proved by the name in a certificate of the authority", arguments: TestStore.allCases)
func byAuthority(_ store: TestStore) async throws {
    let rig = try Rig()
    try await OAuthDesk.with(store, certificates: rig.certificates) { desk in
        let id = try await desk.proved(Rig.members)
        let good = await desk.ask(id, showing: try rig.peer())
        #expect(good.status == 200 && good.body["token_type"] == "Bearer")
        let rows: [(reason: String, peer: PeerCertificate?)] = [
            ("client_certificate_missing", nil),
            ("client_certificate_other_name", try rig.peer { $0.common = "other" }),
            ("client_certificate_expired", try rig.peer { $0.ends = desk.time.now.adding(seconds: -1) }),
            ("client_certificate_not_yet", try rig.peer { $0.begins = desk.time.now.adding(seconds: 1) }),
            ("client_certificate_untrusted", try TestCertificate.selfSigned().peer()),
            ("client_certificate_unreadable", PeerCertificate(chain: [[1]])),
        ]
        for row in rows {
            let refused = await desk.ask(id, showing: row.peer)
            // RFC 8705 §2: invalid_client, and to the caller all reasons read alike.
            #expect(refused.status == 401 && refused.body["error"] == "invalid_client")
            #expect(refused.reason == row.reason)
            #expect(refused.body["error_description"] == "Client authentication failed.")
        }
        // Nobody else's name.
        let unknown = await desk.ask("somebody", showing: try rig.peer())
        #expect(unknown.reason == "client_credentials_missing")
    }
}

@Test("where nobody vouches, no name proves a client")
func noAuthority() async throws {
    let rig = try Rig()
    try await OAuthDesk.with(.sqlite) { desk in
        let id = try await desk.proved(Rig.members)
        #expect(await desk.ask(id, showing: try rig.peer()).reason == "client_authorities_missing")
    }
}

@Test("RFC 8705 §2.2: a client is proved by a certificate that it registered", arguments: TestStore.allCases)
func byOwn(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (own, next) = (try TestCertificate.selfSigned(), try TestCertificate.selfSigned())
        let id = try await desk.proved(["tls_certificates": .string(own.pem)])
        #expect(await desk.ask(id, showing: try own.peer()).status == 200)
        #expect(await desk.ask(id, showing: try next.peer()).reason == "client_certificate_unregistered")
        #expect(await desk.ask(id, showing: nil).reason == "client_certificate_missing")
        // Both while it changes from one to the other, then the new one alone.
        try await desk.run("client.update", "robot", ["tls_certificates": .string(own.pem + next.pem)])
        #expect(await desk.ask(id, showing: try own.peer()).status == 200)
        #expect(await desk.ask(id, showing: try next.peer()).status == 200)
        try await desk.run("client.update", "robot", ["tls_certificates": .string(next.pem)])
        #expect(await desk.ask(id, showing: try own.peer()).reason == "client_certificate_unregistered")
    }
}

@Test("RFC 8705 §2: a client that is registered with a certificate proves itself in no other way")
func noOtherWay() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let own = try TestCertificate.selfSigned()
        let (id, secret) = try await desk.client("robot", ["tls_certificates": .string(own.pem)])
        for certificate in [nil, try own.peer()] {
            let bySecret = await desk.ask(id, showing: certificate, "&client_secret=\(secret)")
            #expect(bySecret.reason == "client_certificate_needed" && bySecret.status == 401)
        }
        #expect(await desk.ask(id, showing: try own.peer()).reason == "")
        let signer = try Signer()
        try await desk.run("client.update", "robot", ["jwks": ["keys": [signer.jwk]]])
        let assertion = OAuthDesk.form(try signer.sign(Signer.claims(id, at: desk.time.now)))
        let byKey = await desk.send(
            "grant_type=client_credentials&scope=incident.read&" + assertion, certificate: try own.peer())
        #expect(byKey.reason == "client_certificate_needed")
        try await desk.run("client.update", "robot", ["no_tls_client_auth": true])
        #expect(await desk.ask(id, showing: nil, "&client_secret=\(secret)").reason == "")
        #expect(await desk.ask(id, showing: try own.peer()).reason == "client_credentials_missing")
    }
}

@Test("wrong certificates are counted like wrong secrets; a client that shows none is not")
func counted() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let (own, other) = (try TestCertificate.selfSigned(), try TestCertificate.selfSigned().peer())
        let id = try await desk.proved(["tls_certificates": .string(own.pem)])
        for _ in 0..<50 { _ = await desk.ask(id, showing: nil) }
        var statuses: [Int] = []
        for _ in 0...Limits.clientFailures.value { statuses.append(await desk.ask(id, showing: other).status) }
        #expect(statuses.last == 429 && statuses.dropLast().allSatisfy { $0 == 401 })
        #expect(await desk.ask(id, showing: try own.peer()).status == 200)
    }
}

@Test(
    "RFC 8705 §3: a token is bound to the certificate, and a JWT and introspection name it",
    arguments: TestStore.allCases)
func bound(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let own = try TestCertificate.selfSigned().peer()
        let client = try await desk.client(
            "robot", ["tls_client_certificate_bound_access_tokens": true, "token_format": "jwt"])
        let rig = GrantRig(desk: desk, id: client.id, secret: client.secret)
        let credentials = "&client_secret=\(client.secret)"
        // RFC 8705 §3.4: none, rather than an unbound token.
        let without = await desk.ask(client.id, showing: nil, credentials)
        #expect(without.status == 400 && without.body["error"] == "invalid_request")
        #expect(without.reason == "token_needs_certificate")
        let with = await desk.ask(client.id, showing: own, credentials)
        #expect(with.body["token_type"] == "Bearer")
        let token = try #require(with.body["access_token"]?.string)
        let confirmation: JSON = ["x5t#S256": .string(own.thumbprint)]
        #expect(AccessToken(token)?.jwt?.unverifiedClaims["cnf"] == confirmation)
        #expect(try await desk.find(token)?.carried.certificate == own.thumbprint)
        let told = await rig.introspect(token)
        #expect(told.body["cnf"] == confirmation && told.body["token_type"] == "Bearer")
        try await desk.run("client.update", "robot", ["tls_client_certificate_bound_access_tokens": false])
        let plain = await desk.ask(client.id, showing: own, credentials)
        let unbound = try #require(plain.body["access_token"]?.string)
        #expect(AccessToken(unbound)?.jwt?.unverifiedClaims["cnf"] == nil)
        #expect(try await desk.find(token)?.carried.certificate == own.thumbprint)
    }
}

@Test("a token is bound to a key and a certificate where both are there")
func boundTwice() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let (own, prover) = (try TestCertificate.selfSigned().peer(), try Prover())
        let client = try await desk.client(
            "robot", ["tls_client_certificate_bound_access_tokens": true, "token_format": "jwt"])
        let nonce: JSONObject = ["nonce": .string(desk.server.nonces.current(at: desk.time.now))]
        let proof = try prover.sign(
            Prover.claims("POST", OAuthDesk.issuer + "/oauth2/token", at: desk.time.now, nonce))
        let form =
            "grant_type=client_credentials&scope=incident.read&client_id=\(client.id)&client_secret=\(client.secret)"
        // A certificate that is missing uses no proof up.
        #expect(await desk.send(form, dpop: [proof]).reason == "token_needs_certificate")
        let answer = await desk.send(form, dpop: [proof], certificate: own)
        let token = try #require(answer.body["access_token"]?.string)
        #expect(answer.body["token_type"] == "DPoP")
        let confirmation: JSON = [
            "jkt": .string(prover.key.publicKey.thumbprint), "x5t#S256": .string(own.thumbprint),
        ]
        #expect(AccessToken(token)?.jwt?.unverifiedClaims["cnf"] == confirmation)
    }
}

@Test("RFC 8705 §4: what a public client renews is bound to its first certificate", arguments: TestStore.allCases)
func boundRenewal(_ store: TestStore) async throws {
    let more: JSONObject = ["tls_client_certificate_bound_access_tokens": true]
    try await GrantRig.with(store, isPublic: true, more) { rig in
        let (own, other) = (try TestCertificate.selfSigned().peer(), try TestCertificate.selfSigned().peer())
        func redeem(_ code: String, _ certificate: PeerCertificate?) async -> TokenResponse {
            await rig.desk.send(
                "grant_type=authorization_code&code=\(code)&code_verifier=\(GrantRig.verifier)"
                    + "&redirect_uri=\(PercentEncoding.encode(GrantRig.redirect))" + rig.credentials,
                certificate: certificate)
        }
        func renew(_ token: String, _ certificate: PeerCertificate?) async -> TokenResponse {
            await rig.desk.send(
                "grant_type=refresh_token&refresh_token=\(token)" + rig.credentials, certificate: certificate)
        }
        let code = try await rig.code()
        // What is refused redeems no code.
        #expect(await redeem(code, nil).reason == "token_needs_certificate")
        let first = try Tokens(await redeem(code, own))
        let refresh = try #require(first.refresh)
        #expect(await renew(refresh, nil).reason == "token_needs_certificate")
        let stolen = await renew(refresh, other)
        #expect(stolen.reason == "refresh_token_of_another_certificate" && stolen.body["error"] == "invalid_grant")
        let next = try Tokens(await renew(refresh, own))
        #expect(try await rig.desk.find(next.access)?.carried.certificate == own.thumbprint)
        // The binding outlives the setting.
        try await rig.desk.run("client.update", "app", ["tls_client_certificate_bound_access_tokens": false])
        let later = try #require(next.refresh)
        #expect(await renew(later, nil).reason == "refresh_token_of_another_certificate")
        let last = try Tokens(await renew(later, own))
        #expect(try await rig.desk.find(last.access)?.carried.certificate == own.thumbprint)
    }
}

@Test("RFC 8705 §7.1: what a client renews that proves itself is bound to no certificate")
func unboundRenewal() async throws {
    try await GrantRig.with(.sqlite, ["tls_client_certificate_bound_access_tokens": true]) { rig in
        let (own, other) = (try TestCertificate.selfSigned().peer(), try TestCertificate.selfSigned().peer())
        let code = try await rig.code()
        let form =
            "grant_type=authorization_code&code=\(code)&code_verifier=\(GrantRig.verifier)"
            + "&redirect_uri=\(PercentEncoding.encode(GrantRig.redirect))" + rig.credentials
        let first = try Tokens(await rig.desk.send(form, certificate: own))
        #expect(try await rig.desk.find(first.access)?.carried.certificate == own.thumbprint)
        let refresh = try #require(first.refresh)
        let next = try Tokens(
            await rig.desk.send(
                "grant_type=refresh_token&refresh_token=\(refresh)" + rig.credentials, certificate: other))
        #expect(try await rig.desk.find(next.access)?.carried.certificate == other.thumbprint)
    }
}

/// Settings that are not taken, and why.
struct BadTLS: Sendable, CustomTestStringConvertible {
    let reason: String
    let members: JSONObject
    var testDescription: String { "\(reason) \(members.members.map(\.name))" }
}

private let badTLS: [BadTLS] = [
    BadTLS(reason: "bad_certificate_name", members: ["tls_client_auth_subject_dn": "robot"]),
    BadTLS(reason: "bad_certificate_name", members: ["tls_client_auth_san_dns": "*.example.com"]),
    BadTLS(reason: "bad_certificate_name", members: ["tls_client_auth_san_uri": "robot"]),
    BadTLS(reason: "bad_certificate_name", members: ["tls_client_auth_san_ip": "1.2.3"]),
    BadTLS(reason: "bad_certificate_name", members: ["tls_client_auth_san_email": "robot"]),
    BadTLS(reason: "bad_certificates", members: ["tls_certificates": "canary"]),
    BadTLS(
        reason: "two_certificate_proofs",
        members: ["tls_client_auth_san_dns": "a.example", "tls_client_auth_san_uri": "a:b"]),
    BadTLS(
        reason: "two_certificate_proofs",
        members: ["tls_client_auth_san_dns": "a.example", "no_tls_client_auth": true]),
    BadTLS(reason: "public_client", members: ["public": true, "grants": [], "tls_client_auth_san_dns": "a.example"]),
]

@Test("RFC 8705 §2.1.2: exactly one name, of its kind", arguments: badTLS)
func badSettings(_ row: BadTLS) async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        var body: JSONObject = ["name": "robot", "user": "svc.hr", "scopes": []]
        for member in row.members.members { body[member.name] = member.value }
        let error = try await desk.refusal("client.create", "", body)
        #expect(error.reason == row.reason)
    }
}

@Test("a certificate that has ended, or one beside its key, is not registered")
func badCertificates() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        _ = try await desk.proved([:])
        let ended = try TestCertificate.selfSigned(
            CertificateDraft().with { $0.ends = Timestamp(epochSeconds: 1_600_000_000) })
        let own = try TestCertificate.selfSigned()
        for (pem, reason) in [(ended.pem, "certificate_ended"), (own.pem + own.key, "bad_certificates")] {
            let error = try await desk.refusal("client.update", "robot", ["tls_certificates": .string(pem)])
            #expect(error.reason == reason)
        }
    }
}

@Test("one proof takes the place of another, and is shown alone", arguments: TestStore.allCases)
func shownProof(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        _ = try await desk.proved(["tls_client_auth_san_dns": "a.example"])
        let names = CertificateName.Kind.allCases.map(\.rawValue) + ["tls_certificates"]
        func shown() async throws -> [String] {
            let json = try await desk.run("client.get", "robot")
            return names.filter { json[$0] != nil }
        }
        #expect(try await shown() == ["tls_client_auth_san_dns"])
        let pem = try TestCertificate.selfSigned().pem
        try await desk.run("client.update", "robot", ["tls_certificates": .string(pem)])
        #expect(try await shown() == ["tls_certificates"])
        try await desk.run("client.update", "robot", ["name": "robot-2"])
        try await desk.run("client.update", "robot-2", ["name": "robot"])
        #expect(try await shown() == ["tls_certificates"])
        let found = try await desk.database.read { try OAuthServer.clientsWithCertificates(in: $0) }
        #expect(found == ["robot"])
        try await desk.run("client.update", "robot", ["no_tls_client_auth": true])
        #expect(try await shown().isEmpty)
        let none = try await desk.database.read { try OAuthServer.clientsWithCertificates(in: $0) }
        #expect(none.isEmpty)
        try await desk.run("client.update", "robot", ["tls_client_certificate_bound_access_tokens": true])
        let bound = try await desk.database.read { try OAuthServer.clientsWithCertificates(in: $0) }
        #expect(bound == ["robot"])
    }
}

@Test("whoever may not give a client's user away may not say which certificate is the client")
func outrankedProof() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        try await desk.run("client.create", "", ["name": "bossy", "user": "boss", "scopes": []])
        let pem = try TestCertificate.selfSigned().pem
        for body: JSONObject in [["tls_certificates": .string(pem)], ["tls_client_auth_san_dns": "a.example"]] {
            let error = try await desk.refusal("client.update", "bossy", body, as: ["oauth_admin"])
            #expect(error.reason == "user_outranks_caller")
        }
        try await desk.run(
            "client.update", "bossy", ["tls_client_certificate_bound_access_tokens": true], as: ["oauth_admin"])
    }
}

@Test("RFC 8705 §3.3, §2.1.1, §2.2.1: metadata names what is on")
func certificateMetadata() throws {
    func methods(_ certificates: ClientCertificates) -> [String] {
        let document = OAuthServer.metadata(issuer: "https://hub.example", certificates: certificates)
        #expect(document["tls_client_certificate_bound_access_tokens"] == .bool(certificates.areAskedFor))
        let endpoints = ["token", "revocation", "introspection"].map {
            (document["\($0)_endpoint_auth_methods_supported"]?.texts ?? []).filter { $0.contains("tls") }
        }
        #expect(Set(endpoints).count == 1)
        return endpoints[0]
    }
    #expect(methods(.none) == [])
    #expect(methods(.optional(nil)) == ["self_signed_tls_client_auth"])
    #expect(methods(try Rig().certificates) == ["tls_client_auth", "self_signed_tls_client_auth"])
}
