import Core
import Foundation
import Hub
import Ports
import TestSupport
import Testing

/// Client certificates over real TLS: curl and openssl show them, the hub judges them.
@Suite("Client certificates over TLS") struct ClientCertificateTests {
    /// A hub that asks for certificates, and the files of what clients show.
    struct Site: Sendable {
        let test: TestHub
        let authority: TestAuthority
        let folder: String

        /// Writes a certificate and its key as files; the paths of both.
        func files(_ certificate: TestCertificate, _ name: String) throws -> Shown {
            let shown = Shown(certificate: "\(folder)/\(name).crt", key: "\(folder)/\(name).key")
            try Data(certificate.pem.utf8).write(to: URL(fileURLWithPath: shown.certificate))
            try Data(certificate.key.utf8).write(to: URL(fileURLWithPath: shown.key))
            return shown
        }

        /// One that the authority vouches for.
        func issued(_ name: String, _ change: @Sendable (inout CertificateDraft) -> Void = { _ in }) throws -> Shown {
            try files(try authority.issue(CertificateDraft().with(change)), name)
        }

        func own(_ name: String) throws -> Shown { try files(try TestCertificate.selfSigned(), name) }
    }

    struct Shown: Sendable {
        let certificate: String
        let key: String
        var curl: [String] { ["--cert", certificate, "--key", key] }
        var openssl: [String] { ["-cert", certificate, "-key", key] }
        var pem: String { get throws { try String(contentsOfFile: certificate, encoding: .utf8) } }
    }

    /// What came back, and the one row in the log for it.
    struct Answer: Sendable {
        let status: String
        let body: JSON
        let challenge: String
        let row: JSON
        var reason: String { row["reason"]?.string ?? "" }
    }

    private static func with(
        _ store: TestStore = .sqlite, asking: Bool = true, _ body: (Site) async throws -> Void
    ) async throws {
        try await TestHub.withFolder { folder in
            let authority = try TestAuthority("clients")
            let file = folder + "/authorities.pem"
            try Data(authority.certificate.utf8).write(to: URL(fileURLWithPath: file))
            var variables = ["LINCHPIN_TLS_TRIAL": "true"]
            if asking {
                variables["LINCHPIN_TLS_CLIENT_CERTIFICATES"] = "optional"
                variables["LINCHPIN_TLS_CLIENT_AUTHORITIES"] = file
            }
            try await TestHub.with(store, variables: variables) { test in
                try await body(Site(test: test, authority: authority, folder: folder))
            }
        }
    }

    private static let table = "/api/now/table/incident"
    private static let named: JSONObject = ["tls_client_auth_subject_dn": "CN=robot,O=Example"]
    private static let bound: JSONObject = ["tls_client_certificate_bound_access_tokens": true]

    @Test(
        "C9: RFC 8705 §2.1, §3, proved by an authority and bound, over both versions of HTTP",
        arguments: [("1.1", TestStore.sqlite), ("2", .sqlite), ("2", .postgres)])
    func wholeWay(version: String, store: TestStore) async throws {
        try await Self.with(store) { site in
            let http = ["--http\(version)"]
            let id = try await site.client(Self.named.with(Self.bound))
            let (own, other) = (try site.issued("own"), try site.issued("other") { $0.common = "other" })
            let got = try await site.askToken(id, http + own.curl)
            let token = try #require(got.body["access_token"]?.string, "\(got)")
            let rows: [(name: String, curl: [String], reason: String)] = [
                ("the certificate", own.curl, ""), ("none", [], "certificate_missing"),
                ("another", other.curl, "certificate_other"),
            ]
            for row in rows {
                let answer = try await site.call(token, http + row.curl)
                #expect(answer.status == (row.reason.isEmpty ? "200" : "401"), "\(row.name)")
                #expect(answer.reason == row.reason, "\(row.name)")
                guard !row.reason.isEmpty else { continue }
                #expect(answer.row["decision"]?["deciding"] == "binding")
                #expect(answer.challenge.hasPrefix("Bearer realm=\"linchpin\", error=\"invalid_token\""))
            }
            let explained = try await site.test.post(
                "/decisions/explain", ["method": "GET", "path": .string(Self.table), "token": .string(token)])
            #expect(explained["allowed"] == true)
            let binding = explained["checks"]?.array?.first { $0["check"] == "binding" }
            #expect(
                binding?["evidence"] == "The token is bound to a certificate; a connection that shows it is supposed.")
        }
    }

    @Test("RFC 8705 §2: what proves no client, whatever else is sent")
    func unproved() async throws {
        try await Self.with { site in
            let id = try await site.client(Self.named)
            let own = try site.issued("own")
            // RFC 8705 §6.5: what a proxy would say in a header counts for nothing.
            let pem = PercentEncoding.encode(try own.pem)
            let spoofed =
                ["X-Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "SSL_CLIENT_CERT"]
                .flatMap { ["-H", "\($0): \(pem)"] }
                + ["-H", "X-SSL-Client-Verify: SUCCESS", "-H", "X-SSL-Client-S-DN: CN=robot,O=Example"]
                // RFC 9440 §2.2.
                + ["-H", "Client-Cert: :" + pem.filter { $0 != "%" }.prefix(200) + ":"]
            let rows: [(curl: [String], reason: String)] = [
                ([], "client_certificate_missing"), (spoofed, "client_certificate_missing"),
                (try site.issued("other") { $0.common = "other" }.curl + spoofed, "client_certificate_other_name"),
                (
                    try site.issued("ended") { $0.ends = Timestamp(epochSeconds: 1_700_000_000) }.curl,
                    "client_certificate_expired"
                ),
                (try site.own("self-made").curl, "client_certificate_untrusted"),
            ]
            for row in rows {
                let answer = try await site.askToken(id, row.curl)
                #expect(answer.status == "401" && answer.body["error"] == "invalid_client")
                #expect(answer.reason == row.reason)
            }
            let good = try await site.askToken(id, own.curl)
            #expect(good.status == "200")
        }
    }

    @Test("RFC 8705 §2.2: a certificate of the client's own")
    func ownCertificate() async throws {
        try await Self.with { site in
            let (own, other) = (try site.own("own"), try site.own("other"))
            let id = try await site.client(["tls_certificates": .string(try own.pem)])
            #expect(try await site.askToken(id, own.curl).status == "200")
            #expect(try await site.askToken(id, other.curl).reason == "client_certificate_unregistered")
        }
    }

    @Test(
        "a session that is taken up again shows no certificate: with certificates, none is",
        arguments: ["-tls1_2", "-tls1_3"])
    func resumed(version: String) async throws {
        for asking in [true, false] {
            try await Self.with(asking: asking) { site in
                let own = try site.issued("own")
                let ticket = site.folder + "/ticket"
                let first = try await site.exchange([version, "-sess_out", ticket] + own.openssl)
                #expect(first.output.contains("HTTP/1.1 200"), "\(first.everything)")
                #expect(FileManager.default.fileExists(atPath: ticket), "the hub handed out no ticket")
                let again = try await site.exchange([version, "-sess_in", ticket])
                // Without certificates sessions go on; that shows that this test would see one.
                #expect(again.output.contains("Reused, TLS") != asking, "\(again.everything)")
                #expect(again.output.contains("HTTP/1.1 200"), "\(again.everything)")
            }
        }
    }

    @Test("a ticket of a connection with a certificate does not stand for it")
    func resumedToken() async throws {
        try await Self.with { site in
            let id = try await site.client(Self.named.with(Self.bound))
            let own = try site.issued("own")
            let token = try #require(try await site.askToken(id, own.curl).body["access_token"]?.string)
            let ticket = site.folder + "/ticket"
            let head = "Authorization: Bearer \(token)\r\n"
            let first = try await site.exchange(["-sess_out", ticket] + own.openssl, Self.table, head)
            #expect(first.output.contains("HTTP/1.1 200"), "\(first.everything)")
            let again = try await site.exchange(["-sess_in", ticket], Self.table, head)
            #expect(again.output.contains("HTTP/1.1 401"), "\(again.everything)")
        }
    }

    @Test("a hub that asks for none sees none, and says so in its metadata")
    func notAsked() async throws {
        for asking in [true, false] {
            try await Self.with(asking: asking) { site in
                let id = try await site.client(Self.named)
                let answer = try await site.askToken(id, try site.issued("own").curl)
                #expect(answer.status == (asking ? "200" : "401"))
                let metadata = try await site.answer("/.well-known/oauth-authorization-server", [])
                #expect(metadata.body["tls_client_certificate_bound_access_tokens"] == .bool(asking))
                let methods = metadata.body["token_endpoint_auth_methods_supported"]?.texts ?? []
                #expect(methods.contains("tls_client_auth") == asking)
                #expect(methods.contains("self_signed_tls_client_auth") == asking)
                let doctor = try await site.test.admin.call("GET", "/checks")
                let check = doctor["items"]?.array?.first { $0["name"] == "client certificates" }
                #expect(check?["state"]?.string == (asking ? "ok" : "warn"))
            }
        }
    }

    @Test("a client without a certificate is served as ever", arguments: ["1.1", "2"])
    func without(version: String) async throws {
        try await Self.with { site in
            let answer = try await site.answer("/health/live", ["--http\(version)"])
            #expect(answer.status == "200")
        }
    }
}

extension ClientCertificateTests.Site {
    typealias Answer = ClientCertificateTests.Answer

    /// Makes a client of a user who may read incidents; its public id.
    func client(_ more: JSONObject) async throws -> String {
        try await test.post("/users", ["name": "svc.robot", "web_service_only": true])
        try await test.grant("admin", to: "svc.robot")
        try await test.make(.tables)
        let body: JSONObject = ["name": "robot", "user": "svc.robot", "scopes": [.string(TestScope.tables.name)]]
        let made = try await test.post("/clients", .object(body.with(more)))
        return try #require(made["client_id"]?.string)
    }

    func askToken(_ id: String, _ curl: [String]) async throws -> Answer {
        try await answer(
            "/oauth2/token", curl + ["-d", "grant_type=client_credentials&scope=all.tables&client_id=\(id)"])
    }

    func call(_ token: String, _ curl: [String]) async throws -> Answer {
        try await answer("/api/now/table/incident", curl + ["-H", "Authorization: Bearer \(token)"])
    }

    func answer(_ path: String, _ curl: [String]) async throws -> Answer {
        let format = "\n%{http_code}\n%header{x-correlation-id}\n%header{www-authenticate}"
        let got = try await test.curl(path, trusting: test.hub.folder.trialCertificate, curl + ["-w", format])
        let lines = got.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 4 else { throw HubError(.internal, "test", "no answer: \(got.everything)") }
        let rows = try await test.transactions(lines[lines.count - 2])
        let body = lines.dropLast(3).joined(separator: "\n")
        return Answer(
            status: lines[lines.count - 3], body: try JSON.read(Array(body.utf8)), challenge: lines[lines.count - 1],
            row: rows.first ?? .null)
    }

    /// One request by openssl, which says how the session came about and what was answered.
    func exchange(_ words: [String], _ path: String = "/health/live", _ head: String = "") async throws -> Program {
        try await test.handshake(
            words + ["-ign_eof"],
            input: "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(head)\r\n")
    }
}
