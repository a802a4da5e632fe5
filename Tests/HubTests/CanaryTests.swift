import Core
import Foundation
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Canaries of the whole hub") struct CanaryTests {
    static let password = "canary-pass-Zr7uW2qLk9Xb4T"
    static let newPassword = "canary-next-Hw3nV8sPd5Yc6M"
    static let sent = "canary-sent-Qe1rT6yUi0Op2A"

    @Test("Secrets are found nowhere: files, tables, replies, logs, journals", arguments: TestStore.allCases)
    func nowhere(store: TestStore) async throws {
        let masterKey = Hex.encode(TestHub.fresh(32))
        try await TestHub.with(store, sandbox: true, masterKey: masterKey) { test in
            let play = SecretPlay(test: test)
            try await play.mainJob()
            try await play.failures()
            let canaries = Canaries(
                named: play.secrets + [
                    ("API key", TestHub.sandboxToken), ("password", Self.password), ("new password", Self.newPassword),
                    ("master key", masterKey), ("what failing requests sent", Self.sent),
                ])
            try await test.settle()
            // Reading one transaction writes what waits in the log.
            _ = try await test.admin.call("GET", "/transactions?most=200&with_console=true")
            try await expectNone(of: canaries, test)
            #expect(!FileManager.default.fileExists(atPath: test.folder + "/master.key"))
        }
    }

    private func expectNone(of canaries: Canaries, _ test: TestHub) async throws {
        var places = try FolderScan.files(test.folder)
        #expect(places.contains { $0.name.hasPrefix("hub.sqlite") } == (test.conninfo == nil))
        if let conninfo = test.conninfo {
            let dump = try await Program.run("pg_dump", ["--inserts", "-d", conninfo])
            #expect(dump.status == 0 && dump.output.contains("transaction_log"))
            places.append(("pg_dump", Data(dump.output.utf8)))
        }
        places.append(("replies", Data(test.seen.all)))
        places.append(("logger", Data(test.logged.all.joined(separator: "\n").utf8)))
        for flow in ["offboard-leaver", "purge-user"] {
            let execution = try await test.execution(of: flow)
            #expect(execution["steps"]?.array?.isEmpty == false)
            places.append(("journal of \(flow)", Data(execution.bytes)))
        }
        for path in ["/credentials", "/connections", "/clients", "/users", "/transactions", "/audit-events"] {
            places.append((path, Data(try await test.admin.call("GET", path).bytes)))
        }
        for (name, data) in places {
            #expect(canaries.found(in: data) == [], "in \(name)")
        }
        #expect(places.reduce(0) { $0 + $1.data.count } > 50_000, "there was something to search")
    }

    @Test("The search finds what is there", arguments: ["clear", "hex", "base64", "shifted"])
    func searchWorks(spelling: String) {
        let text = Self.password
        let hidden =
            switch spelling {
            case "hex": Hex.encode(text.utf8)
            case "base64": Base64.encode(text)
            case "shifted": Base64.encode("x:" + text + "!")
            default: text
            }
        let canaries = Canaries(named: [("it", text)])
        #expect(canaries.found(in: Data("before \(hidden) after".utf8)) == ["it"])
        #expect(canaries.found(in: Data("before after".utf8)) == [])
    }
}

/// The main job and its failing variants, with a canary wherever a secret may be put.
private final class SecretPlay {
    private let test: TestHub
    private(set) var secrets: [(name: String, text: String)] = []

    init(test: TestHub) { self.test = test }

    func mainJob() async throws {
        try await test.hub.createAdmin(name: "root", password: Secret(CanaryTests.password))
        try await test.post("/users/root/set-password", ["password": .string(CanaryTests.newPassword)])
        let wentWell = try await test.demo { _ in }.play()
        #expect(wentWell)
        let caller = try await test.caller("watched", roles: ["hr_leaver_writer"], scopes: [.tables])
        secrets = [("client secret", caller.secret), ("access token", caller.token)]
        try await test.send(
            "POST", "/api/now/table/hr_leaver", token: caller.token,
            json: ["name": "Nobody Known", "email": "nobody@acme.example", "status": "leaving"])
    }

    /// Secrets in the wrong places: each is refused, and nothing of it stays.
    func failures() async throws {
        guard let secret = secrets.first?.text, let token = secrets.last?.text else { return }
        for text in [secret, token, CanaryTests.sent, TestHub.sandboxToken, CanaryTests.password] {
            try await test.askToken("grant_type=\(text)&client_id=\(text)&client_secret=\(text)&scope=\(text)")
            try await test.askToken("grant_type=client_credentials", basic: "\(text):\(text)")
            try await test.send("GET", "/api/now/table/incident?sysparm_query=\(text)", token: token)
            try await test.send("GET", "/api/now/table/hr_leaver?access_token=\(text)", token: text)
            try await test.send("GET", "/api/now/table/hr_leaver?sysparm_query=name%3D\(text)%5Enope", token: token)
            try await test.send("POST", "/api/now/table/hr_leaver", token: token, body: "{\"name\": \(text)}")
            try await test.send(
                "POST", "/api/now/table/hr_leaver", token: token,
                json: ["name": "a", "email": "b", "status": .string(text)])
            try await test.send("GET", "/api/linchpin/v1/users?after=\(text)", headers: [("X-Api-Key", text)])
            for (path, body) in Self.wrong(text) {
                do { try await test.post(path, body) } catch let error as HubError {
                    #expect(!error.message.contains(text), "\(path)")
                }
            }
        }
    }

    private static func wrong(_ text: String) -> [(String, JSON)] {
        let key = JSON.string(text)
        return [
            ("/credentials", ["name": "okta-key", "kind": "api_key", "secret": key]),
            ("/credentials", ["name": "second", "kind": "no-kind", "secret": key]),
            ("/credentials", ["name": "third", "kind": "api_key", "secret": key, "url": "x"]),
            ("/tokens/revoke", ["token": key, "more": 1]),
            ("/users/nobody/set-password", ["password": key]),
            ("/decisions/explain", ["method": "GET", "path": "/api/now/table/incident", "token": .string(text + "x")]),
        ]
    }
}
