import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

private let pinA = Base64.encode([UInt8](repeating: 1, count: 32))
private let pinB = Base64.encode([UInt8](repeating: 2, count: 32))

/// What tests take from an authority, made once.
private struct Papers: Sendable {
    let root: String
    let other: String
    let ended: String
    let server: TestAuthority.Issued
    let client: TestAuthority.Issued
    let stranger: TestAuthority.Issued
    let endedClient: TestAuthority.Issued

    init() throws {
        let authority = try TestAuthority("root")
        root = authority.certificate
        other = try TestAuthority("other").certificate
        ended = try TestAuthority("ended", ends: 2024).certificate
        server = try authority.issue(.server)
        client = try authority.issue(.client)
        stranger = try authority.issue(.client)
        endedClient = try authority.issue(.client, ends: 2024)
    }
}

struct PassageTests {
    /// What is sent to `connection.update`, and the reason of the refusal.
    private static func refusals(_ papers: Papers) -> [(JSONObject, String)] {
        [
            (["trust_roots": "no PEM"], "bad_certificates"),
            (["trust_roots": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"], "bad_certificates"),
            (["trust_roots": .string(papers.root + papers.root)], "bad_certificates"),
            (["trust_roots": .string(papers.root + papers.client.key)], "bad_certificates"),
            (["trust_roots": .string(papers.server.certificate)], "not_a_root"),
            (["trust_roots": .string(papers.root + papers.server.certificate)], "not_a_root"),
            (["trust_roots": .string(papers.ended)], "trust_root_expired"),
            (["trust_roots": .string(papers.root), "system_roots": true], "bad_passage"),
            (["pins": [.string(pinA)]], "one_pin"),
            (["pins": [.string(pinA), .string("sha256//" + pinA)]], "bad_passage"),
            (["pins": [.string(pinA), "AAAA"]], "bad_passage"),
            (["pins": [.string(pinA), "no base64 at all"]], "bad_passage"),
            (["proxy": "proxy.example.com:3128"], "bad_proxy"),
            (["proxy": "https://proxy.example.com:3128"], "bad_proxy"),
            (["proxy": "http://proxy.example.com"], "bad_proxy"),
            (["proxy": "http://proxy.example.com:3128/path"], "bad_proxy"),
            (["proxy": "http://u:p@proxy.example.com:3128"], "bad_proxy"),
            (["proxy": "http://127.0.0.1:3128"], "bad_passage"),
            (["proxy_user": "hub"], "bad_passage"),
            (["proxy_password": "pr0xy-canary"], "bad_passage"),
            (["proxy": "http://proxy.example.com:3128", "proxy_password": "pr0xy-canary"], "bad_passage"),
            (["proxy": "http://proxy.example.com:3128", "proxy_user": "a:b"], "bad_passage"),
            (["proxy": "http://proxy.example.com:3128", "no_proxy": true], "bad_passage"),
            (["proxy": "http://proxy.example.com:3128", "url": "https://203.0.113.7"], "proxy_needs_name"),
            (
                ["pins": [.string(pinA), .string(pinB)], "url": "http://localhost", "allow_loopback_http": true],
                "passage_needs_tls"
            ),
        ]
    }

    @Test("what cannot be used is refused, and nothing changes", arguments: TestStore.allCases)
    func refused(store: TestStore) async throws {
        let papers = try Papers()
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let before = (try await rig.run("connection.get", "prod"), try await rig.events())
            for (sent, reason) in Self.refusals(papers) {
                let error = await rig.refusal("connection.update", "prod", sent)
                #expect(error?.reason == reason, "\(sent)")
                #expect(error?.description.contains("canary") == false)
            }
            let after = (try await rig.run("connection.get", "prod"), try await rig.events())
            #expect(after == before)
            let sealed = try await rig.database.read { try $0.rows("SELECT id FROM secret ORDER BY id LIMIT 10", []) }
            #expect(sealed.count == 1)
        }
    }

    @Test("what is set is shown, used at the next call, and can be taken away", arguments: TestStore.allCases)
    func set(store: TestStore) async throws {
        let papers = try Papers()
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let shown = try await rig.run(
                "connection.update", "prod",
                [
                    "trust_roots": .string(papers.root + papers.other),
                    "pins": [.string("sha256//" + pinB), .string(pinA)],
                    "proxy": "http://proxy.example.com:3128", "proxy_user": "hub", "proxy_password": "pr0xy-canary",
                ])
            #expect(shown["pins"] == [.string(pinA), .string(pinB)])
            #expect(shown["trusts"]?.array?.compactMap { $0["name"]?.string } == ["CN=root", "CN=other"])
            #expect(shown["proxy_password"] == "sealed" && shown["name_resolved_by"] == "proxy")
            #expect(shown["findings"] == [] && !shown.text().contains("canary"))
            let passage = try await rig.vault.resolve(alias: "okta").passage
            #expect(passage.trustRoots == papers.root + papers.other)
            #expect(passage.pins == [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)])
            let proxy = try #require(passage.proxy)
            #expect(proxy.host == "proxy.example.com" && proxy.port == 3_128 && proxy.user == "hub")
            #expect(proxy.password.matches(Secret("pr0xy-canary")))
            let events = try await rig.events()
            #expect(Array(events.suffix(2)) == ["configuration.updated", "credential.sealed"])

            // A kept password is not taken along.
            let moved: [JSONObject] = [["proxy": "http://other.example.com:3128"], ["proxy_user": "another"]]
            for sent in moved {
                let error = await rig.refusal("connection.update", "prod", sent)
                #expect(error?.reason == "proxy_password_again")
            }
            let bare = try await rig.run(
                "connection.update", "prod", ["system_roots": true, "pins": [], "no_proxy": true])
            #expect(bare["trust_roots"] == .null && bare["pins"] == [] && bare["proxy"] == .null)
            let plain = try await rig.vault.resolve(alias: "okta").passage
            #expect(plain.isPlain)
            let left = try await rig.database.read { try $0.rows("SELECT id FROM secret ORDER BY id LIMIT 10", []) }
            #expect(left.count == 1)
        }
    }

    @Test("a passage that somebody changed in the database opens nothing", arguments: TestStore.allCases)
    func tampered(store: TestStore) async throws {
        let papers = try Papers()
        let texts = ["", "no JSON", "{}", "{\"pins\":[]}", "{\"proxy\":\"http://mine.example.com:1\",\"pins\":[]}"]
        for text in texts {
            try await VaultRig.with(store) { rig in
                try await rig.furnish()
                try await rig.run("connection.update", "prod", ["trust_roots": .string(papers.root)])
                try await rig.tamper("UPDATE connection SET passage = $1", [.text(text)])
                let error = await failure { try await rig.vault.resolve(alias: "okta") }
                #expect(error?.reason == "connection_changed_outside")
                // Whoever sets the connection anew does not get it back with what somebody wrote there.
                let anew = try await rig.run(
                    "connection.update", "prod",
                    [
                        "url": "https://prod.okta.com", "credential": "key", "actions": ["suspend_user"],
                        "needs_approval": false, "system_roots": true, "pins": [], "no_proxy": true,
                    ])
                #expect(anew["proxy"] == .null && anew["pins"] == [] && anew["trust_roots"] == .null)
                let plain = try await rig.vault.resolve(alias: "okta").passage
                #expect(plain.isPlain)
            }
        }
    }

    @Test("who may not choose where a credential goes may not choose by which way", arguments: TestStore.allCases)
    func pairing(store: TestStore) async throws {
        let papers = try Papers()
        let few: Set<String> = ["connection_admin"]
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let ways: [JSONObject] = [
                ["trust_roots": .string(papers.root)], ["proxy": "http://proxy.example.com:3128"],
                ["pins": [.string(pinA), .string(pinB)]],
            ]
            for way in ways {
                let error = await rig.refusal("connection.update", "prod", way, as: few)
                #expect(error?.reason == "credential_new_host")
            }
            try await rig.run("connection.update", "prod", ways[2])
            let dropped = await rig.refusal("connection.update", "prod", ["pins": []], as: few)
            #expect(dropped?.reason == "credential_new_host")
            try await rig.run("connection.update", "prod", ["actions": []], as: few)
        }
    }

    @Test("an authority that ends soon is a finding, and another one once it has", arguments: TestStore.allCases)
    func ending(store: TestStore) async throws {
        // The tests' clock stands in September 2026.
        let root = try TestAuthority("soon", ends: 2027).certificate
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let first = try await rig.run("connection.update", "prod", ["trust_roots": .string(root)])
            #expect(first["findings"] == [])
            let rows: [(Int64, String)] = [(86, "trust_root_ends"), (40, "trust_root_expired")]
            for (days, reason) in rows {
                rig.clock.advance(seconds: days * 86_400)
                let shown = try await rig.run("connection.get", "prod")
                #expect(shown.value(at: "/findings/0/reason") == .string(reason))
            }
        }
    }
}

struct ClientCertificateTests {
    private static func sent(_ name: String, _ chain: String, _ key: String) -> JSONObject {
        [
            "name": .string(name), "kind": "client_certificate", "secret": .string(key),
            "settings": ["certificate": .string(chain)],
        ]
    }

    @Test("a pair that does not fit, has ended or is none is refused", arguments: TestStore.allCases)
    func refused(store: TestStore) async throws {
        let papers = try Papers()
        let rows: [(String, String, String)] = [
            (papers.client.certificate, papers.stranger.key, "key_mismatch"),
            (papers.client.certificate, "canary", "bad_secret"),
            (papers.client.certificate, papers.client.certificate, "bad_secret"),
            (papers.endedClient.certificate, papers.endedClient.key, "certificate_expired"),
            (papers.server.certificate, papers.server.key, "bad_setting"),
            (papers.client.certificate + papers.other, papers.client.key, "bad_setting"),
            (papers.client.certificate + papers.client.key, papers.client.key, "bad_certificates"),
            ("no PEM", papers.client.key, "bad_certificates"),
        ]
        try await VaultRig.with(store) { rig in
            for (chain, key, reason) in rows {
                let error = await rig.refusal("credential.create", "", Self.sent("pair", chain, key))
                #expect(error?.reason == reason)
                #expect(error?.description.contains("canary") == false)
            }
            let events = try await rig.events()
            #expect(!events.contains("credential.sealed"))
        }
    }

    @Test("its end is the certificate's, and goes with the next certificate", arguments: TestStore.allCases)
    func end(store: TestStore) async throws {
        let papers = try Papers()
        let next = try TestAuthority("root").issue(.client, ends: 2030)
        try await VaultRig.with(store) { rig in
            let made = try await rig.run(
                "credential.create", "",
                Self.sent("pair", papers.client.certificate + papers.root, papers.client.key))
            #expect(made["expires_at"]?.string?.hasPrefix("2048-12-31") == true)
            let alone = await rig.refusal(
                "credential.update", "pair", ["settings": ["certificate": .string(next.certificate)]])
            #expect(alone?.reason == "missing_field")
            let forever = await rig.refusal("credential.update", "pair", ["never_expires": true])
            #expect(forever?.reason == "bad_field")
            let longer = try await rig.run("credential.update", "pair", ["expires_at": "2060-01-01T00:00:00Z"])
            #expect(longer["expires_at"] == made["expires_at"])
            let keyAlone = await rig.refusal("credential.update", "pair", ["secret": .string(next.key)])
            #expect(keyAlone?.reason == "key_mismatch")
            let renewed = try await rig.run(
                "credential.update", "pair",
                ["settings": ["certificate": .string(next.certificate)], "secret": .string(next.key)])
            #expect(renewed["expires_at"]?.string?.hasPrefix("2030-") == true)
            #expect(renewed["secret"] == "sealed, version 2")
        }
    }

    @Test("it goes beside the credential of the connection, and without it nothing goes", arguments: TestStore.allCases)
    func beside(store: TestStore) async throws {
        let papers = try Papers()
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run(
                "credential.create", "", Self.sent("pair", papers.client.certificate, papers.client.key))
            let alone = await rig.refusal("connection.update", "prod", ["credential": "pair"])
            #expect(alone?.reason == "credential_kind_refused")
            try await rig.run("connection.add-credential", "prod", ["credential": "pair"])
            let last = await rig.refusal("connection.remove-credential", "prod", ["credential": "key"])
            #expect(last?.reason == "credential_kind_refused")

            let resolved = try await rig.vault.resolve(alias: "okta")
            #expect(resolved.credentials.map(\.name) == ["key"])
            let shown = try #require(resolved.passage.clientCertificate)
            #expect(shown.chain == papers.client.certificate)
            #expect(shown.key.matches(Secret(papers.client.key)))

            try await rig.run("credential.update", "pair", ["active": false])
            let off = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(off?.reason == "credential_inactive")
            try await rig.run("connection.remove-credential", "prod", ["credential": "pair"])
            let without = try await rig.vault.resolve(alias: "okta")
            #expect(without.passage.isPlain)
        }
    }

    @Test("a chain that somebody exchanged in the database is not shown", arguments: TestStore.allCases)
    func tampered(store: TestStore) async throws {
        let papers = try Papers()
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run(
                "credential.create", "", Self.sent("pair", papers.client.certificate, papers.client.key))
            try await rig.run("connection.add-credential", "prod", ["credential": "pair"])
            try await rig.tamper(
                "UPDATE credential SET settings = $1 WHERE name = 'pair'",
                [.text(JSON.object(["certificate": .string(papers.stranger.certificate)]).text(sorted: true))])
            let error = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(error?.reason == "credential_changed_outside")
        }
    }
}
