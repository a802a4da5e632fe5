import Core
import Foundation
import Ports
import Storage
import TestSupport
import Testing
import Vault

/// Unique secrets go in everywhere they can; they come out of `resolve` and nowhere else.
struct CanaryTests {
    private let canaries = (1...6).map { "CANARY\($0)x7Qp" }

    private func leaks(_ text: String) -> Bool { leaks(Array(text.utf8)) }

    /// Whole, or encoded as stores and messages might do it.
    private func leaks(_ bytes: [UInt8]) -> Bool {
        canaries.flatMap { canary in
            [
                Array(canary.utf8), Array(Hex.encode(canary.utf8).utf8),
                Array(Data(canary.utf8).base64EncodedString().prefix(12).utf8),
            ]
        }.contains { Data(bytes).range(of: Data($0)) != nil }
    }

    @Test("no canary in tables, files, replies, errors or events", arguments: TestStore.allCases)
    func canary(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            var said: [String] = []
            try await rig.furnish()
            said += try await succeed(rig)
            said += await fail(rig)
            let resolved = try await rig.resolved()
            #expect(resolved == canaries[1])
            let shown = try await rig.vault.resolve(alias: "okta")
            said.append("\(shown)")
            said.append(String(reflecting: shown))
            for text in said { #expect(!leaks(text), "\(text.prefix(200))") }
            try await scan(rig.database)
        }
    }

    @Test("the scan itself finds a canary", arguments: ["x CANARY3x7Qp y", "434e", Hex.encode("CANARY2x7Qp".utf8)])
    func scanner(text: String) { #expect(leaks(text) == (text != "434e")) }

    private func succeed(_ rig: VaultRig) async throws -> [String] {
        var said: [String] = []
        said.append(
            try await rig.run(
                "credential.create", "", ["name": "c", "kind": "api_key", "secret": .string(canaries[0])]
            ).text())
        said.append(try await rig.run("credential.update", "c", ["secret": .string(canaries[1])]).text())
        said.append(try await rig.run("connection.update", "prod", ["credential": "c"]).text())
        try await rig.vault.seal(name: "own", secret: Secret(canaries[2]), by: rig.clock.cause())
        let canary = canaries[3]
        _ = try await rig.vault.internalKey("audit") { Secret(canary) }
        for (name, id) in [
            ("credential.list", ""), ("credential.get", "c"), ("connection.list", ""), ("connection.get", "prod"),
            ("alias.list", ""), ("alias.get", "okta"),
        ] {
            said.append(try await rig.run(name, id).text())
        }
        return said
    }

    private func fail(_ rig: VaultRig) async -> [String] {
        let secret = JSON.string(canaries[4])
        let broken = JSON.string(canaries[5] + "\r\n")
        let rows: [(String, String, JSONObject)] = [
            ("credential.create", "", ["name": "c", "kind": "api_key", "secret": secret]),
            ("credential.create", "", ["name": "d", "kind": "nope", "secret": secret]),
            ("credential.create", "", ["name": "d", "kind": "api_key", "secret": broken]),
            ("credential.create", "", ["name": "d", "kind": "api_key", "secret": [secret]]),
            ("credential.create", "", ["name": "a b", "kind": "api_key", "secret": secret]),
            ("credential.create", "", ["name": "d", "kind": "api_key", "secret": secret, "order": secret]),
            ("credential.update", "c", ["secret": broken]), ("credential.update", "nope", ["secret": secret]),
            ("credential.update", "c", ["expires_at": secret]),
            ("connection.update", "prod", ["url": .string("https://u:\(canaries[4])@a.test")]),
            ("connection.update", "prod", ["url": .string("https://a.test/?token=\(canaries[4])")]),
        ]
        var said: [String] = []
        for (name, id, sent) in rows {
            let error = await rig.refusal(name, id, sent)
            said.append(error?.description ?? "")
        }
        return said
    }

    /// Every text and blob of every table; on SQLite the raw files too, with what was deleted and what waits.
    private func scan(_ database: any Database) async throws {
        let names: SQL =
            database.dialect == .sqlite
            ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 500"
            : "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1 LIMIT 500"
        let tables = try await database.read { try $0.rows(names, []).map { try $0.text("name") } }
        #expect(tables.contains("secret") && tables.contains("config_history") && tables.contains("audit_pending"))
        for table in tables {
            // The transaction that wrote a row of the feed has a type that no reader takes.
            let columns = table == "epoch_feed" ? "subject" : "*"
            let statement = SQL(built: "SELECT \(columns) FROM \"\(table)\" LIMIT 10000")
            for row in try await database.read({ try $0.rows(statement, []) }) {
                for (column, value) in zip(row.columns, row.values) {
                    switch value {
                    case .text(let text): #expect(!leaks(text), "\(table).\(column)")
                    case .blob(let bytes): #expect(!leaks(bytes), "\(table).\(column)")
                    case .int, .null: break
                    }
                }
            }
        }
        guard database.dialect == .sqlite else { return }
        let path = try await database.read { reader in
            try reader.rows("SELECT file FROM pragma_database_list WHERE name = 'main'", [])[0].text("file")
        }
        let folder = URL(filePath: path).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.contains { $0.lastPathComponent.hasSuffix("-wal") })
        for file in files { #expect(!leaks([UInt8](try Data(contentsOf: file))), "\(file.lastPathComponent)") }
    }
}
