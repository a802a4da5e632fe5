import Core
import Foundation
import Keys
import Testing

@testable import Hub
@testable import Web

@Suite("Certificate files") struct CertificateFileTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let reason: String
        let spoil: @Sendable (CertificatePair) async throws -> Void
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "no certificate", reason: "certificate_unreadable") { unlink($0.certificate) },
        Row(name: "no key", reason: "certificate_unreadable") { unlink($0.key) },
        Row(name: "a folder", reason: "certificate_unreadable") {
            unlink($0.certificate)
            mkdir($0.certificate, 0o700)
        },
        Row(name: "a pipe, which would never end", reason: "certificate_unreadable") {
            unlink($0.key)
            mkfifo($0.key, 0o600)
        },
        Row(name: "a file over the bound", reason: "certificate_unreadable") {
            truncate($0.certificate, Limits.certificateBytes.value + 1)
        },
        Row(name: "a certificate that is none", reason: "certificate_malformed") {
            try Data("canary".utf8).write(to: URL(fileURLWithPath: $0.certificate))
        },
        Row(name: "the key in the certificate's place", reason: "certificate_malformed") {
            unlink($0.certificate)
            try FileManager.default.copyItem(atPath: $0.key, toPath: $0.certificate)
        },
        Row(name: "a key that is none", reason: "key_malformed") {
            try Data("canary".utf8).write(to: URL(fileURLWithPath: $0.key))
        },
        Row(name: "a key under a pass phrase", reason: "key_malformed") { pair in
            _ = try await Program.run(
                "openssl", ["ec", "-in", pair.key, "-out", pair.key, "-aes128", "-passout", "pass:canary"])
            chmod(pair.key, 0o600)
        },
        Row(name: "another pair's key", reason: "key_mismatch") { pair in
            _ = try await Program.run(
                "openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pair.key])
            chmod(pair.key, 0o600)
        },
        Row(name: "a key of another kind", reason: "key_mismatch") { pair in
            _ = try await Program.run("openssl", ["genrsa", "-out", pair.key, "2048"])
            chmod(pair.key, 0o600)
        },
        Row(name: "a key that everybody may read", reason: "key_open") { chmod($0.key, 0o644) },
        Row(name: "a key that its group may change", reason: "key_open") { chmod($0.key, 0o660) },
    ]

    @Test("What cannot be used is refused in words that name the file and hold nothing of it", arguments: rows)
    func refused(row: Row) async throws {
        try await TestHub.withFolder { folder in
            let pair = CertificatePair(folder: folder)
            try await pair.make("good")
            let files = CertificateFiles(certificate: pair.certificate, key: pair.key)
            let now = Effects.live().now()
            _ = try files.load(at: now)
            let before = files.mark
            try await row.spoil(pair)
            #expect(files.mark != before)
            let error = #expect(throws: HubError.self) { try files.load(at: now) }
            #expect(error?.reason == row.reason, "\(String(describing: error))")
            #expect(error?.message.contains(folder) == true)
            #expect(error?.message.contains("canary") == false)
        }
    }

    @Test("A group of administrators may read the key; a certificate of tomorrow does not count")
    func edges() async throws {
        try await TestHub.withFolder { folder in
            let pair = CertificatePair(folder: folder)
            try await pair.make("good")
            chmod(pair.key, 0o640)
            let files = CertificateFiles(certificate: pair.certificate, key: pair.key)
            let now = Effects.live().now()
            let end = try files.load(at: now).end
            #expect(end > now.adding(seconds: 59 * 86_400) && end < now.adding(seconds: 61 * 86_400))
            let early = #expect(throws: HubError.self) { try files.load(at: now.adding(seconds: -86_400)) }
            #expect(early?.reason == "certificate_not_yet")
            let late = #expect(throws: HubError.self) { try files.load(at: end) }
            #expect(late?.reason == "certificate_expired")
        }
    }

    @Test("A certificate near its end is said, and goes on")
    func nearEnd() async throws {
        try await TestHub.withFolder { folder in
            let pair = CertificatePair(folder: folder)
            try await pair.make("short", dates: ["-days", "10"])
            let lines = LogLines()
            let attention = Attention()
            let identity = try ServerIdentity(
                effects: MovableClock().effects, attention: attention, logger: lines.logger,
                find: { CertificateFiles(certificate: pair.certificate, key: pair.key) })
            identity.look()
            #expect(attention.all.map(\.matter) == ["certificate"])
            #expect(lines.all.filter { $0.contains("ends soon") }.count == 1)
        }
    }

    @Test("The trial's certificate is kept, renewed before its end, and made anew for another host")
    func trial() async throws {
        try await TestHub.withFolder { path in
            let folder = try DataFolder(path)
            let clock = MovableClock()
            func keep(_ host: String) throws -> Data? {
                try TrialCertificate.keep(in: folder, host: host, clock.effects)
                return FileManager.default.contents(atPath: folder.trialCertificate)
            }
            let first = try keep("127.0.0.1")
            #expect(first != nil)
            #expect(try keep("0.0.0.0") == first)
            #expect(try keep("::") == first)
            clock.advance(seconds: 59 * 86_400)
            #expect(try keep("127.0.0.1") == first)
            clock.advance(seconds: 2 * 86_400)
            let second = try keep("127.0.0.1")
            #expect(second != first)
            let named = try keep("hub.example")
            #expect(named != second)
            #expect(try keep("localhost") == named)
            #expect(try keep("192.0.2.7") != named)
            unlink(folder.trialKey)
            _ = try keep("hub.example")
            let files = CertificateFiles(certificate: folder.trialCertificate, key: folder.trialKey)
            _ = try files.load(at: clock.now)
            #expect(chmod(folder.trialKey, 0o644) == 0)
            #expect(throws: HubError.self) { try files.load(at: clock.now) }
        }
    }
}
