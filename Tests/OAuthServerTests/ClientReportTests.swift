import Core
import TestSupport
import Testing

@testable import OAuthServer

@Suite("The report of a client") struct ClientReportTests {
    private static let now = Timestamp(epochMilliseconds: 1_800_000_000_000)

    /// A client that people let in by code, with a secret; changed by the case.
    private static func client(_ change: (inout Client) -> Void) -> Client {
        var client = Client(
            id: ClientID("c"), publicID: "p", name: "app", application: "global", isActive: true, user: UserID("u"),
            tokenSeconds: 600, epoch: 0, createdAt: now, updatedAt: now, scopes: ["hr.read"],
            secrets: [ClientSecret(id: "s", hash: [], createdAt: now, until: nil, lastUsedAt: nil)])
        client.settings.grants = ["authorization_code", "refresh_token"]
        client.settings.redirectURIs = ["https://app.example/cb"]
        change(&client)
        return client
    }

    /// One rule, named by a part of what it says, with the client that it judges so.
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String
        let source: String
        let grade: ClientReport.Grade
        let change: @Sendable (inout Client) -> Void
        var testDescription: String { "\(rule), \(source): \(grade)" }

        init(
            _ rule: String, _ source: String, _ grade: ClientReport.Grade,
            _ change: @escaping @Sendable (inout Client) -> Void = { _ in }
        ) {
            (self.rule, self.source, self.grade, self.change) = (rule, source, grade, change)
        }
    }

    private static let keys: JSON = ["keys": [["kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "k"]]]

    static let cases = [
        Case("proof key", "RFC 9700 §2.1.1", .good),
        Case("proof key", "RFC 9700 §2.1.1", .bad) { $0.settings.withoutPKCE = true },
        Case("proof key", "RFC 9700 §2.1.1", .notApplicable) { $0.settings.grants = ["client_credentials"] },
        Case("address", "RFC 9700 §2.1.2", .good),
        Case("address", "RFC 9700 §2.1.2", .bad) { $0.settings.grants.insert("implicit") },
        Case("password", "RFC 9700 §2.4", .good),
        Case("password", "RFC 9700 §2.4", .bad) { $0.settings.grants.insert("password") },
        Case("reach it alone", "RFC 9700 §2.1,", .good),
        Case("reach it alone", "RFC 9700 §2.1,", .weak) { $0.settings.redirectURIs.append("com.example.app:/cb") },
        Case("reach it alone", "RFC 9700 §2.1,", .weak) { $0.settings.redirectURIs = ["http://127.0.0.1/cb"] },
        Case("reach it alone", "RFC 9700 §2.1,", .notApplicable) { $0.settings.redirectURIs = [] },
        Case("stolen access token", "RFC 9700 §2.2.1", .weak),
        Case("stolen access token", "RFC 9700 §2.2.1", .good) { $0.settings.requiresDPoP = true },
        Case("stolen refresh token", "RFC 9700 §2.2.2", .good),
        Case("stolen refresh token", "RFC 9700 §2.2.2", .notApplicable) { $0.settings.grants = ["authorization_code"] },
        Case("lies unused", "RFC 9700 §4.14.2", .weak),
        Case("lies unused", "RFC 9700 §4.14.2", .good) { $0.settings.refreshIdleSeconds = 86_400 },
        Case("lies unused", "RFC 9700 §4.14.2", .good) { $0.settings.isPublic = true },
        Case("no more", "RFC 9700 §2.3", .good),
        Case("no more", "RFC 9700 §2.3", .weak) { $0.settings.actsForUsers = true },
        Case("no more", "RFC 9700 §2.3", .bad) { $0.scopes = ["hr.read", "useraccount"] },
        Case("no more", "RFC 9700 §2.3", .notApplicable) { $0.scopes = [] },
        Case("by a key", "RFC 9700 §2.5", .weak),
        Case("by a key", "RFC 9700 §2.5", .weak) { $0.settings.jwks = keys },
        Case("by a key", "RFC 9700 §2.5", .good) { ($0.settings.jwks, $0.secrets) = (keys, []) },
        Case("by a key", "RFC 9700 §2.5", .notApplicable) { $0.secrets = [] },
        Case("by a key", "RFC 9700 §2.5", .notApplicable) { $0.settings.isPublic = true },
        Case("keep a key", "FAPI 2.0 Security Profile §5.3.2.1", .good),
        Case("keep a key", "FAPI 2.0 Security Profile §5.3.2.1", .bad) { $0.settings.isPublic = true },
        Case("No shared secret", "FAPI 2.0 Security Profile §5.3.2.1", .bad),
        Case("No shared secret", "FAPI 2.0 Security Profile §5.3.2.1", .bad) { $0.settings.jwks = keys },
        Case("No shared secret", "FAPI 2.0 Security Profile §5.3.2.1", .good) {
            $0.settings.jwks = keys
            $0.secrets = [ClientSecret(id: "s", hash: [], createdAt: now, until: now, lastUsedAt: nil)]
        },
        Case("is bound to a key", "FAPI 2.0 Security Profile §5.3.2.1", .bad),
        Case("is bound to a key", "FAPI 2.0 Security Profile §5.3.2.1", .good) { $0.settings.requiresDPoP = true },
        Case("60 seconds", "FAPI 2.0 Security Profile §5.3.2.1", .good),
        Case("60 seconds", "FAPI 2.0 Security Profile §5.3.2.1", .bad) { $0.settings.codeSeconds = 61 },
        Case("PS256", "FAPI 2.0 Security Profile §5.4.1", .notApplicable),
        Case("PS256", "FAPI 2.0 Security Profile §5.4.1", .good) { $0.settings.jwks = keys },
        Case("PS256", "FAPI 2.0 Security Profile §5.4.1", .weak) {
            $0.settings.jwks = ["keys": [["kty": "RSA", "kid": "r"]]]
        },
        Case("PS256", "FAPI 2.0 Security Profile §5.4.1", .good) {
            $0.settings.jwks = ["keys": [["kty": "RSA", "kid": "r", "alg": "PS256"]]]
        },
    ]

    @Test("each rule grades what it is about", arguments: cases)
    func grades(_ row: Case) throws {
        let rows = ClientReport.rows(Self.client(row.change), .init(now: Self.now))
        let found = try #require(rows.first { $0.rule.contains(row.rule) && $0.source.hasPrefix(row.source) })
        #expect(found.judgement.grade == row.grade)
    }

    @Test("bearer tokens of before weaken what binds the new ones", arguments: ["of no use", "is bound to a key"])
    func older(_ rule: String) throws {
        let client = Self.client { $0.settings.requiresDPoP = true }
        let rows = ClientReport.rows(client, .init(now: Self.now, hasBearerTokens: true))
        #expect(try #require(rows.first { $0.rule.contains(rule) }).judgement.grade == .weak)
    }

    @Test("what is weak or bad says what to change, and nothing else does", arguments: cases)
    func changes(_ row: Case) {
        let rows = ClientReport.rows(Self.client(row.change), .init(now: Self.now))
        #expect(Set(rows.map(\.rule)).count == rows.count)
        for found in rows {
            #expect([.weak, .bad].contains(found.judgement.grade) == (found.judgement.change != nil), "\(found.rule)")
        }
    }

    @Test("no template is bad by RFC 9700 §2", arguments: ClientTemplates.all)
    func templates(_ template: ClientTemplate) {
        let client = Self.client { client in
            client.settings = template.settings
            client.tokenSeconds = template.tokenSeconds
        }
        let bad = ClientReport.rows(client, .init(now: Self.now)).filter {
            $0.source.hasPrefix("RFC 9700 §") && $0.judgement.grade == .bad
        }
        #expect(bad.map(\.rule) == [])
    }

    /// FAPI 2.0 Security Profile §5.3.2.
    @Test("the templates of who has a key or a certificate lead to no bad row of the profile")
    func strictTemplates() throws {
        for name in ["web-by-key", "service-by-certificate"] {
            let template = try #require(ClientTemplates.named(name))
            let client = Self.client { client in
                (client.settings, client.secrets) = (template.settings, [])
                if template.fields.contains("jwks") { client.settings.jwks = Self.keys }
            }
            let bad = ClientReport.rows(client, .init(now: Self.now)).filter { $0.judgement.grade == .bad }
            #expect(bad.map(\.rule) == [], "\(name)")
            #expect(client.settings.bindsTokens, "\(name)")
        }
    }

    @Test(
        "the operation answers the rows and how many there are of each grade, and changes nothing",
        arguments: TestStore.allCases)
    func operation(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.client()
            let before = try await desk.actions()
            let answer = try await desk.run("client.report", "hr-system", as: ["auditor"])
            let rows = answer["rows"]?.array ?? []
            #expect(rows.count == ClientRules.all.count)
            for grade in ClientReport.Grade.allCases {
                let count = rows.count { $0["grade"]?.string == grade.rawValue }
                #expect(answer["grades"]?[grade.rawValue]?.int == Int64(count))
            }
            let after = try await desk.actions()
            #expect(after == before)
            let nobody = try await desk.refusal("client.report", "nobody")
            #expect(nobody.reason == "unknown_client")
        }
    }
}
