import Core
import Foundation
import Ports
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import Hub

@Suite("Restores") struct RestoreTests {
    /// A way to spoil a backup, and the reason of its refusal.
    struct Spoilt: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        let spoil: @Sendable (_ backup: String) throws -> Void

        init(_ description: String, _ reason: String, _ spoil: @escaping @Sendable (_ backup: String) throws -> Void) {
            testDescription = description
            self.reason = reason
            self.spoil = spoil
        }

        static func manifest(_ change: (JSON) -> JSON, _ backup: String) throws {
            let path = backup + "/manifest.json"
            let json = try JSON.read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            try write(change(json).bytes, path)
        }

        static func write(_ bytes: [UInt8], _ path: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }

        static func with(_ name: String, _ value: JSON) -> @Sendable (String) throws -> Void {
            { backup in
                try manifest(
                    { json in
                        var object = json.object ?? [:]
                        object[name] = value
                        return .object(object)
                    }, backup)
            }
        }

        static let all = [
            Spoilt("one byte of the copy is another", "backup_altered") { backup in
                let path = backup + "/hub.sqlite"
                var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                bytes[bytes.count / 2] ^= 1
                try write(bytes, path)
            },
            Spoilt("the copy is cut short", "backup_altered") { backup in
                let path = backup + "/hub.sqlite"
                try write(Array(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(8_192)), path)
            },
            Spoilt("the copy is a symbolic link", "backup_file") { backup in
                try FileManager.default.moveItem(atPath: backup + "/hub.sqlite", toPath: backup + "/real")
                try FileManager.default.createSymbolicLink(
                    atPath: backup + "/hub.sqlite", withDestinationPath: backup + "/real")
            },
            Spoilt("the copy is missing", "backup_file") { backup in
                try FileManager.default.removeItem(atPath: backup + "/hub.sqlite")
            },
            Spoilt("the manifest is missing", "backup_unreadable") { backup in
                try FileManager.default.removeItem(atPath: backup + "/manifest.json")
            },
            Spoilt("the manifest is cut short", "backup_unreadable") {
                try write(Array("{".utf8), $0 + "/manifest.json")
            },
            Spoilt("the manifest is huge", "backup_unreadable") {
                try write([UInt8](repeating: 32, count: 70_000), $0 + "/manifest.json")
            },
            Spoilt("the manifest is deep", "backup_unreadable") {
                try write([UInt8](repeating: UInt8(ascii: "["), count: 60_000), $0 + "/manifest.json")
            },
            Spoilt("the manifest is of another format", "backup_unreadable", with("format", "linchpin-backup 2")),
            Spoilt(
                "the manifest names a file elsewhere", "backup_unreadable",
                with(
                    "files",
                    [["name": "../master.key", "bytes": 65, "sha256": .string(String(repeating: "0", count: 64))]])),
            Spoilt(
                "the manifest names more bytes than there are", "backup_unreadable",
                with(
                    "files",
                    [["name": "hub.sqlite", "bytes": .int(.max), "sha256": .string(String(repeating: "0", count: 64))]])
            ),
            Spoilt(
                "the manifest names a schema that is no text", "backup_unreadable", with("schema", ["storage-001", 1])),
            Spoilt(
                "the manifest names a newer schema", "schema_newer", with("schema", ["storage-001", "storage-999"])),
            Spoilt("the manifest names less of the schema", "backup_mismatch", with("schema", ["storage-001"])),
        ]
    }

    @Test("A spoilt backup is refused with its reason, and the store stays as it is", arguments: Spoilt.all)
    func spoilt(_ row: Spoilt) async throws {
        try await withBackup { configuration, name in
            try row.spoil("\(configuration.data)/backups/\(name)")
            let before = try Data(contentsOf: URL(fileURLWithPath: configuration.data + "/hub.sqlite"))
            let error = await #expect(throws: HubError.self) { try await restore(name, configuration) }
            #expect(error?.reason == row.reason, "\(String(describing: error))")
            #expect(try Data(contentsOf: URL(fileURLWithPath: configuration.data + "/hub.sqlite")) == before)
            #expect(!FileManager.default.fileExists(atPath: configuration.data + "/restore"))
        }
    }

    @Test("A copy that was made with another master key is refused")
    func otherKey() async throws {
        try await withBackup { configuration, name in
            var other = configuration
            other.masterKey = Secret(String(repeating: "ab", count: 32))
            let error = await #expect(throws: HubError.self) { try await restore(name, other) }
            #expect(error?.reason == "wrong_master_key")
        }
    }

    @Test("A copy whose audit trail was changed is refused, though its manifest fits")
    func forged() async throws {
        try await withBackup { configuration, name in
            let backup = "\(configuration.data)/backups/\(name)"
            try await forge(backup) { path in
                let store = try SQLiteDatabase(path: path)
                try await store.write(.bookkeeping("a forger")) { writer in
                    try writer.run("UPDATE audit_chain SET event = $1 WHERE n = 1", [.text("{}")])
                }
                await store.close()
            }
            let error = await #expect(throws: HubError.self) { try await restore(name, configuration) }
            #expect(error?.reason == "backup_audit_broken", "\(String(describing: error))")
        }
    }

    /// Changes a backup's copy, and its manifest so that it fits.
    private func forge(_ backup: String, _ change: (_ path: String) async throws -> Void) async throws {
        let path = backup + "/hub.sqlite"
        try await change(path)
        try SQLiteDatabase.settle(path: path)
        let forged = try DiskFile.digest(path)
        try Spoilt.with(
            "files", [["name": "hub.sqlite", "bytes": .int(forged.bytes), "sha256": .string(forged.sha256)]])(backup)
    }

    @Test(
        "A copy whose schema would swallow evidence is refused, though all else fits",
        arguments: [
            """
            CREATE TABLE q ("seq" INTEGER PRIMARY KEY AUTOINCREMENT, "event" TEXT NOT NULL,
            x INTEGER GENERATED ALWAYS AS (1) VIRTUAL UNIQUE ON CONFLICT IGNORE);
            DROP TABLE audit_pending; ALTER TABLE q RENAME TO audit_pending
            """,
            "DROP TABLE epoch_feed", "CREATE TABLE extra (a TEXT)", "CREATE INDEX more ON audit_pending (event)",
            "CREATE TABLE rec_mine (a TEXT, b TEXT GENERATED ALWAYS AS (a) UNIQUE ON CONFLICT IGNORE)",
            "CREATE TABLE rec_mine (a TEXT CHECK (a <> 'x'))",
            #"CREATE UNIQUE INDEX "x of rec_y" ON "audit_pending" ("event")"#,
            #"""
            CREATE TABLE "rec_x" ("sys_id" TEXT NOT NULL --"
             ON CONFLICT IGNORE --"
            , "a" TEXT NOT NULL) STRICT
            """#,
            #"""
            CREATE TABLE "rec_x" ("sys_id" TEXT NOT NULL --"
             GENERATED ALWAYS AS (1) STORED --"
            , "a" TEXT NOT NULL) STRICT
            """#,
        ])
    func foreignSchema(_ statements: String) async throws {
        try await withBackup { configuration, name in
            try await forge("\(configuration.data)/backups/\(name)") { path in
                let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
                let ran = try await Program.run("python3", ["-c", script, path, statements])
                try #require(ran.status == 0, "\(ran.everything)")
            }
            let error = await #expect(throws: HubError.self) { try await restore(name, configuration) }
            #expect(error?.reason == "copy_foreign", "\(String(describing: error))")
            #expect(!FileManager.default.fileExists(atPath: configuration.data + "/restore"))
        }
    }

    @Test("What ran when the copy was made is not gone on with, and says why")
    func endsWhatRan() async throws {
        try await withBackup(running: true) { configuration, name in
            _ = try await restore(name, configuration)
            let store = try SQLiteDatabase(path: configuration.data + "/hub.sqlite")
            let (states, steps, asked, waiting, tick) = try await store.read { reader in
                (
                    try reader.rows("SELECT id, state, reason FROM execution ORDER BY id LIMIT 9", []).map {
                        "\(try $0.text("id")) \(try $0.text("state")) \(try $0.text("reason"))"
                    },
                    try reader.rows("SELECT state, reason FROM execution_step ORDER BY seq LIMIT 9", []).map {
                        "\(try $0.text("state")) \(try $0.text("reason"))"
                    },
                    try reader.rows("SELECT id, state FROM approval ORDER BY id LIMIT 9", []).map {
                        "\(try $0.text("id")) \(try $0.text("state"))"
                    }, try reader.rows("SELECT seq FROM outbox ORDER BY seq LIMIT 1", []).count,
                    try reader.row("SELECT next_at FROM flow WHERE id = 'f1'", [])?.optionalInt("next_at")
                )
            }
            await store.close()
            #expect(
                states == [
                    "e1 failed store_restored", "e2 failed store_restored", "e3 in_doubt answer_not_journaled",
                    "e4 cancelled cancelled", "e5 done ",
                ])
            #expect(steps == ["failed subflow_failed"], "the one in doubt knows that its sub-flow has ended")
            #expect(asked == ["a1 cancelled", "a3 pending"])
            #expect(waiting == 0)
            #expect(try #require(tick) > Effects.live().now().epochMilliseconds - 60_000, "no tick is taken twice")
        }
    }

    @Test("A store that a newer program has used does not open, and nothing is changed")
    func newer() async throws {
        try await withBackup { configuration, _ in
            let store = try SQLiteDatabase(path: configuration.data + "/hub.sqlite")
            try await store.migrate("storage-999", [], at: Timestamp(epochSeconds: 1))
            await store.close()
            let error = await #expect(throws: HubError.self) {
                try await Hub.open(configuration, effects: .live(), logger: LogLines().logger)
            }
            #expect(error?.reason == "schema_newer" && error?.message.contains("storage-999") == true)
        }
    }

    @Test("An older store is copied first and brought forward; the check says so before")
    func older() async throws {
        try await withBackup { configuration, _ in
            let store = try SQLiteDatabase(path: configuration.data + "/hub.sqlite")
            // A change that makes nothing can be taken back: the store looks older.
            try await store.write(.bookkeeping("an older store")) { writer in
                try writer.run("DELETE FROM schema_migration WHERE id = $1", [.text("storage-003")])
            }
            await store.close()
            let check = try await Hub.checkUpdate(configuration)
            #expect(check["state"] == "older" && check["missing"] == ["storage-003"])
            let before = try Hub.listBackups(configuration, in: nil)["items"]?.array?.count ?? 0
            // Its table is there already: the change fails, the copy was made, and the store is as it was.
            await #expect(throws: HubError.self) {
                try await Hub.update(configuration, effects: .live(), logger: LogLines().logger)
            }
            let items = try Hub.listBackups(configuration, in: nil)["items"]?.array ?? []
            #expect(items.count == before + 1)
            #expect(items.contains { $0["reason"] == "before_update" && $0["usable"] == true })
            #expect(try await Hub.checkUpdate(configuration)["state"] == "older")
        }
    }

    /// A stopped hub with one backup.
    private func withBackup(running: Bool = false, _ body: (HubConfiguration, String) async throws -> Void) async throws
    {
        try await TestHub.withFolder { folder in
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": folder, "LINCHPIN_HTTP_PORT": "0"])
            let hub = try await Hub.open(configuration, effects: .live(), logger: LogLines().logger)
            await hub.close()
            if running { try await begin(folder) }
            let made = try await Hub.backUpOffline(configuration, in: nil, effects: .live())
            try await body(configuration, try #require(made["name"]?.string))
        }
    }

    /// An execution that runs, and a record change that no flow has seen.
    private func begin(_ folder: String) async throws {
        let store = try SQLiteDatabase(path: folder + "/hub.sqlite")
        try await store.write(.bookkeeping("a test")) { writer in
            // What runs, waits, is in doubt or has ended; e2 is a sub-flow of the one in doubt.
            for (id, state, reason, parent) in [
                ("e1", "running", "", SQLValue.null), ("e2", "waiting", "", .text("e3")),
                ("e3", "in_doubt", "answer_not_journaled", .null), ("e4", "cancelled", "cancelled", .null),
                ("e5", "done", "", .null),
            ] {
                try writer.run(
                    """
                    INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
                    started_at, reason, says, claimed_by, claimed_until, fence, parent_id, parent_path)
                    VALUES ($1, 'f1', 'offboard', 1, $2, '{}', 'c-0000000000000', '[]', 'x', 1, $3, '', 'h', 0, 1, $4,
                    'sub')
                    """, [.text(id), .text(state), .text(reason), parent])
            }
            try writer.run(
                """
                INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                planned_at) VALUES ('e3', 1, 'sub', 1, 'waiting', 'null', 'null', '', '', 1)
                """, [])
            for (id, execution) in [("a1", "e1"), ("a3", "e3")] {
                try writer.run(
                    """
                    INSERT INTO approval (id, execution_id, path, flow, says, show, origins, state, requested_at,
                    expires_at)
                    VALUES ($1, $2, 'ask', 'offboard', '', '{}', '[]', 'pending', 1, 2)
                    """, [.text(id), .text(execution)])
            }
            try writer.run(
                """
                INSERT INTO flow (id, name, title, application, active, current_version, conditions, created_at,
                updated_at, schedule, next_at)
                VALUES ('f1', 'offboard', 'Offboard', 'global', 1, 1, '[]', 1, 1, $1, 60000)
                """, [.text(#"{"every":60,"missed":"once"}"#)])
            try writer.run("INSERT INTO outbox (topic, payload) VALUES ('record_change', '{}')", [])
        }
        await store.close()
    }

    @discardableResult
    private func restore(_ name: String, _ configuration: HubConfiguration) async throws -> JSON {
        try await Hub.restoreOffline(
            configuration, name, in: nil, effects: .live(), logger: LogLines().logger)
    }
}
