import Core
import Foundation
import Hub
import Logging
import Ports
import TestSupport
import Testing

@Suite("Configuration") struct ConfigurationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let variable: String
        let value: String
        var testDescription: String { "\(variable)=\(value)" }
    }

    static let bad: [Row] = [
        Row(variable: "LINCHPIN_HTTP_PORT", value: "canary"), Row(variable: "LINCHPIN_HTTP_PORT", value: "65536777"),
        Row(variable: "LINCHPIN_HTTP_PORT", value: "-17171"), Row(variable: "LINCHPIN_HTTP_HOST", value: "0.0.0.0"),
        Row(variable: "LINCHPIN_HTTP_HOST", value: "canary.example"), Row(variable: "LINCHPIN_DATA", value: ""),
        Row(variable: "LINCHPIN_ISSUER", value: "http://canary.example"),
        Row(variable: "LINCHPIN_ISSUER", value: "https://canary.example/?x=1"),
        Row(variable: "LINCHPIN_ISSUER", value: "https://canary.example/#x"),
        Row(variable: "LINCHPIN_ISSUER", value: "http://127.0.0.1.canary.example"),
        Row(variable: "LINCHPIN_ISSUER", value: "https://canary.example/"),
        Row(variable: "LINCHPIN_LOG_DAYS", value: "canary"), Row(variable: "LINCHPIN_LOG_DAYS", value: "36517"),
        Row(variable: "LINCHPIN_MASTER_KEY", value: "canary-too-short"),
        Row(variable: "LINCHPIN_SECOND_FACTOR", value: "canary"), Row(variable: "LINCHPIN_SECOND_FACTOR", value: ""),
        Row(variable: "LINCHPIN_REGISTRATION", value: "canary"), Row(variable: "LINCHPIN_REGISTRATION", value: ""),
        Row(variable: "LINCHPIN_CLIENT_DOCUMENT_SCOPES", value: "canary  two"),
        Row(variable: "LINCHPIN_CLIENT_DOCUMENT_SCOPES", value: ""),
        Row(variable: "LINCHPIN_CLIENT_DOCUMENT_SCOPES", value: "canary useraccount"),
        Row(variable: "LINCHPIN_TLS_TRIAL", value: "canary"), Row(variable: "LINCHPIN_TLS_TRIAL", value: ""),
        Row(variable: "LINCHPIN_TLS_CERTIFICATE", value: "canary.pem"),
        Row(variable: "LINCHPIN_TLS_KEY", value: "canary.pem"),
        Row(variable: "LINCHPIN_TLS_CLIENT_CERTIFICATES", value: "canary"),
        Row(variable: "LINCHPIN_TLS_CLIENT_CERTIFICATES", value: ""),
        // Without TLS nobody can show one; without being asked nobody does.
        Row(variable: "LINCHPIN_TLS_CLIENT_CERTIFICATES", value: "optional"),
        Row(variable: "LINCHPIN_TLS_CLIENT_AUTHORITIES", value: "canary.pem"),
    ]

    @Test("A bad value stops the start and is named by its variable, never by itself", arguments: bad)
    func refused(row: Row) async throws {
        try await TestHub.withFolder { folder in
            let variables = ["LINCHPIN_DATA": folder].merging([row.variable: row.value]) { $1 }
            let message = try await failure(variables)
            #expect(message?.contains(row.variable) == true, "\(message ?? "it started")")
            #expect(row.value.isEmpty || message?.contains(row.value) == false)
        }
    }

    @Test("TLS opens every address, but not half said, nor said twice; everywhere is no issuer")
    func tls() async throws {
        let pair = ["LINCHPIN_TLS_CERTIFICATE": "/x/c.pem", "LINCHPIN_TLS_KEY": "/x/k.pem"]
        let trial = ["LINCHPIN_TLS_TRIAL": "true"]
        let everywhere = ["LINCHPIN_HTTP_HOST": "0.0.0.0"]
        let issuer = ["LINCHPIN_ISSUER": "https://hub.example"]
        #expect(try await TestHub.configuration(pair).tls == .files(certificate: "/x/c.pem", key: "/x/k.pem"))
        #expect(try await TestHub.configuration(trial).tls == .trial)
        #expect(try await TestHub.configuration(["LINCHPIN_TLS_TRIAL": "false"]).tls == nil)
        #expect(
            try await TestHub.configuration(["LINCHPIN_HTTP_HOST": "192.0.2.7"].merging(trial) { $1 }).tls == .trial)
        let open = try await TestHub.configuration(everywhere.merging(pair) { $1 }.merging(issuer) { $1 })
        #expect(open.host == "0.0.0.0" && open.issuer == "https://hub.example")
        for (variables, word) in [
            (pair.merging(trial) { $1 }, "LINCHPIN_TLS_TRIAL"), (everywhere, "plain HTTP is for loopback only"),
            (everywhere.merging(trial) { $1 }, "LINCHPIN_ISSUER"),
            (["LINCHPIN_HTTP_HOST": "a b"].merging(trial) { $1 }, "LINCHPIN_HTTP_HOST"),
            (["LINCHPIN_HTTP_HOST": "x/y"].merging(trial) { $1 }, "LINCHPIN_HTTP_HOST"),
            (["LINCHPIN_HTTP_HOST": ""].merging(trial) { $1 }, "LINCHPIN_HTTP_HOST"),
        ] {
            let error = await #expect(throws: HubError.self) { _ = try await TestHub.configuration(variables) }
            #expect(error?.message.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test("Authorities of clients: a file that is missing, that holds something else, that is good")
    func clientAuthorities() async throws {
        try await TestHub.withFolder { folder in
            let file = folder + "/authorities"
            var variables = [
                "LINCHPIN_DATA": folder, "LINCHPIN_TLS_TRIAL": "true", "LINCHPIN_TLS_CLIENT_CERTIFICATES": "optional",
            ]
            #expect(try await failure(variables) == nil)
            variables["LINCHPIN_TLS_CLIENT_AUTHORITIES"] = file
            #expect(try await failure(variables)?.contains("\(file) cannot be read") == true)
            let leaf = try TestCertificate.selfSigned()
            for (text, isGood) in [("canary", false), (leaf.pem, false), (try TestAuthority("a").certificate, true)] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: file))
                let message = try await failure(variables)
                #expect((message == nil) == isGood)
                #expect(isGood || message?.contains("LINCHPIN_TLS_CLIENT_AUTHORITIES") == true)
                #expect(message?.contains("canary") != true)
            }
        }
    }

    @Test("A folder that others may look into, and a key file that others may read")
    func open() async throws {
        try await TestHub.withFolder { folder in
            #expect(chmod(folder, 0o755) == 0)
            let message = try await failure(["LINCHPIN_DATA": folder])
            #expect(message == "Others on this machine may look into \(folder). Close it: chmod 700 \(folder)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            #expect(chmod(folder, 0o700) == 0)
            #expect(try await failure(["LINCHPIN_DATA": folder]) == nil)
            #expect(chmod(folder + "/master.key", 0o644) == 0)
            #expect(try await failure(["LINCHPIN_DATA": folder])?.contains("chmod 600") == true)
        }
    }

    @Test("A missing, a wrong and the right master key")
    func masterKey() async throws {
        try await TestHub.withFolder { folder in
            #expect(try await failure(["LINCHPIN_DATA": folder]) == nil)
            let key = folder + "/master.key"
            let text = try String(contentsOfFile: key, encoding: .utf8).trimmingCharacters(in: .newlines)
            #expect(text.count == 64)
            try FileManager.default.moveItem(atPath: key, toPath: folder + "/kept")
            let missing = try await failure(["LINCHPIN_DATA": folder])
            #expect(missing?.contains("is missing. Bring the file back") == true)
            #expect(!FileManager.default.fileExists(atPath: key), "no new key is made for old secrets")
            let other = Hex.encode(TestHub.fresh(32))
            let wrong = try await failure(["LINCHPIN_DATA": folder, "LINCHPIN_MASTER_KEY": other])
            #expect(wrong != nil && wrong?.contains(other) == false)
            #expect(try await failure(["LINCHPIN_DATA": folder, "LINCHPIN_MASTER_KEY": text]) == nil)
        }
    }

    @Test("A second hub on the same folder")
    func second() async throws {
        try await TestHub.with { test in
            let message = try await failure(["LINCHPIN_DATA": test.folder])
            #expect(message?.hasPrefix("A hub is running on this data folder.") == true)
            #expect(try await test.send("GET", "/health/ready").status == 200)
        }
    }

    /// What it says when it refuses to start; nil when it starts.
    private func failure(_ variables: [String: String]) async throws -> String? {
        do {
            let hub = try await Hub.open(
                try await TestHub.configuration(variables), effects: .live(), logger: LogLines().logger)
            await hub.close()
            return nil
        } catch let error as HubError { return error.message }
    }
}
