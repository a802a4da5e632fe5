import Core
import Foundation
import Ports
import Storage
import TestSupport
import Testing

@testable import Hub

@Suite("Doctor") struct DoctorTests {
    @Test("A hub that is well: every check has a word, nothing fails, exit 0", arguments: TestStore.allCases)
    func well(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            try await test.settle()
            let answer = try await test.admin.call("GET", "/checks")
            #expect(answer["well"] == true, "\(answer)")
            let names = (answer["items"]?.array ?? []).compactMap { $0["name"]?.string }
            for name in ["data folder", "master key", "store", "schema", "audit trail", "clock", "loops"] {
                #expect(names.contains(name), "\(name)")
            }
            let ran = try await Program.linchpin(["doctor", "--data", test.folder])
            #expect(ran.status == 0 && ran.output.contains("ok    store"), "\(ran.everything)")
        }
    }

    /// Something wrong, the check that finds it, and its state.
    struct Illness: Sendable, CustomTestStringConvertible {
        enum Make: Sendable {
            /// On the files, or in the configuration, of a hub that is stopped.
            case stopped(@Sendable (_ configuration: inout HubConfiguration) throws -> Void)
            case running(@Sendable (_ test: TestHub) async throws -> Void)
            /// On a disk that has so much left.
            case disk(DiskRoom)
        }

        let testDescription: String
        let check: String
        let state: String
        /// The checks that cannot look any more.
        var silences: Set<String> = []
        let make: Make

        private static let ofStore: Set = [
            "schema", "audit trail", "clock", "executions in doubt", "credentials", "rotation",
            "outside tokens", "hooks", "flows", "plain connections", "keys beside OAuth", "HTTP Basic", "proof keys",
            "client certificates", "legacy grants", "whole accounts",
        ]

        static let all = [
            Illness(
                testDescription: "others may read the store", check: "data folder", state: "fail",
                make: .stopped { chmod($0.data + "/hub.sqlite", 0o644) }),
            Illness(
                testDescription: "others may read the master key", check: "master key", state: "fail",
                make: .stopped { chmod($0.data + "/master.key", 0o640) }),
            Illness(
                testDescription: "the master key is cut short", check: "master key", state: "fail",
                make: .stopped {
                    try Data("abc\n".utf8).write(to: URL(fileURLWithPath: $0.data + "/master.key"))
                    chmod($0.data + "/master.key", 0o600)
                }),
            Illness(
                testDescription: "the store is no database", check: "store", state: "fail", silences: ofStore,
                make: .stopped {
                    try Data(repeating: 7, count: 4_096).write(to: URL(fileURLWithPath: $0.data + "/hub.sqlite"))
                    chmod($0.data + "/hub.sqlite", 0o600)
                }),
            Illness(
                testDescription: "the store is missing", check: "store", state: "fail", silences: ofStore,
                make: .stopped { try FileManager.default.removeItem(atPath: $0.data + "/hub.sqlite") }),
            Illness(
                testDescription: "no backup was ever made", check: "backups", state: "warn", make: .stopped { _ in }),
            Illness(
                testDescription: "a day of the log leads nowhere", check: "transaction log", state: "fail",
                make: .stopped {
                    try FileManager.default.createSymbolicLink(
                        atPath: $0.data + "/log-2026-01-01.sqlite", withDestinationPath: "/nowhere/at/all")
                }),
            Illness(
                testDescription: "a certificate that nobody vouches for", check: "listener", state: "warn",
                make: .stopped { $0.tls = .trial }),
            Illness(
                testDescription: "a full disk", check: "disk space", state: "fail",
                make: .disk(DiskRoom(bytes: 1, files: 1_000_000))),
            Illness(
                testDescription: "a disk that is full soon", check: "disk space", state: "warn",
                make: .disk(DiskRoom(bytes: Int64(Limits.diskWarningBytes.value), files: 1_000_000))),
            Illness(
                testDescription: "no room for files", check: "free inodes", state: "fail",
                make: .disk(DiskRoom(bytes: .max, files: 19))),
            Illness(
                testDescription: "little room for files", check: "free inodes", state: "warn",
                make: .disk(DiskRoom(bytes: .max, files: 999))),
            Illness(
                testDescription: "an older schema", check: "schema", state: "warn",
                silences: ofStore.subtracting(["schema"]),
                make: .running { try await $0.sql("DELETE FROM schema_migration WHERE id = 'storage-003'") }),
            Illness(
                testDescription: "an event was changed", check: "audit trail", state: "fail",
                make: .running { try await $0.sql("UPDATE audit_chain SET event = '{}' WHERE n = 1") }),
            Illness(
                testDescription: "a clock behind the last event", check: "clock", state: "fail",
                make: .running { $0.clock.advance(seconds: -7_200) }),
            Illness(
                testDescription: "a loop fails", check: "loops", state: "fail",
                make: .running { _ = $0.hub.parts.health.failed("a test") }),
            Illness(
                testDescription: "an execution in doubt", check: "executions in doubt", state: "warn",
                make: .running {
                    try await $0.sql(
                        """
                        INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
                        started_at, reason, says, claimed_by, claimed_until, fence)
                        VALUES ('e', 'f', 'f', 1, 'in_doubt', '{}', 'c', '[]', 'x', 1, '', '', '', 0, 1)
                        """)
                }),
            Illness(
                testDescription: "a credential ends soon", check: "credentials", state: "warn",
                make: .running { test in
                    let soon = test.clock.now.adding(seconds: 86_400).rfc3339
                    try await test.post(
                        "/credentials",
                        ["name": "key", "kind": "api_key", "secret": "s3cret", "expires_at": .string(soon)])
                }),
            Illness(
                testDescription: "a secret is older than it may become", check: "rotation", state: "warn",
                make: .running { test in
                    try await test.post(
                        "/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret", "max_age_days": 1])
                    try await test.sql("UPDATE secret SET created_at = 1")
                }),
            Illness(
                testDescription: "a provider takes an outside token back", check: "outside tokens", state: "warn",
                make: .running { test in
                    try await test.post("/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret"])
                    try await test.sql(
                        """
                        INSERT INTO outside_grant (credential_id, state, generation, has_refresh_token, rotates, failures,
                        owner_proof, secret_id, updated_at)
                        SELECT id, 'dead', 1, 0, 0, 0, '', '', 1 FROM credential WHERE name = 'key'
                        """)
                }),
            Illness(
                testDescription: "a hook refuses everything", check: "hooks", state: "warn",
                make: .running { try await $0.post("/hooks", ["name": "events", "spoke": "okta"]) }),
            Illness(
                testDescription: "an active flow lost its alias", check: "flows", state: "warn",
                make: .running { test in
                    try await test.post("/spokes/okta/activate", [:])
                    try await test.post("/aliases", ["name": "a", "spoke": "okta"])
                    let flow = """
                        flow: f
                        title: F
                        trigger: manual
                        uses: { okta: a }
                        steps: [{ find: { action: okta.lookup_user, with: { login: x } } }]
                        """
                    try await test.post("/flows", ["source": .string(flow)])
                    try await test.post("/flows/f/activate", [:])
                    try await test.sql("DELETE FROM alias")
                }),
            Illness(
                testDescription: "a connection speaks plain HTTP", check: "plain connections", state: "warn",
                make: .running { test in
                    try await test.post("/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret"])
                    try await test.post(
                        "/connections",
                        [
                            "name": "sandbox", "spoke": "okta", "url": "http://127.0.0.1:1", "credential": "key",
                            "allow_loopback_http": true,
                        ])
                }),
            Illness(
                testDescription: "a key stands beside OAuth", check: "keys beside OAuth", state: "warn",
                make: .running { test in
                    try await test.post("/spokes/okta/activate", [:])
                    try await test.post("/credentials", ["name": "key", "kind": "api_key", "secret": "s3cret"])
                    try await test.post(
                        "/credentials",
                        [
                            "name": "narrow", "kind": "oauth", "secret": "s3cret",
                            "settings": ["client_id": "c", "spoke": "okta", "url": "https://a.okta.com"],
                        ])
                    try await test.post(
                        "/connections",
                        [
                            "name": "both", "spoke": "okta", "url": "https://a.okta.com",
                            "credentials": ["key", "narrow"],
                        ])
                }),
            Illness(
                testDescription: "a user may call with name and password", check: "HTTP Basic", state: "warn",
                make: .running { test in
                    try await test.post("/users", ["name": "old.client"])
                    _ = try await test.admin.call("PATCH", "/users/old.client", ["basic_allowed": true])
                }),
            Illness(
                testDescription: "a client may leave the proof key out", check: "proof keys", state: "warn",
                make: .running { test in
                    try await test.post("/users", ["name": "old.client"])
                    try await test.post(
                        "/clients",
                        [
                            "name": "old", "user": "old.client", "scopes": [], "without_pkce": true,
                            "grants": ["authorization_code"], "redirect_uris": ["https://old.example/cb"],
                        ])
                }),
            Illness(
                testDescription: "a client needs its certificate and no connection is asked for one",
                check: "client certificates", state: "warn",
                make: .running { test in
                    try await test.post("/users", ["name": "robot"])
                    try await test.post(
                        "/clients",
                        ["name": "robot", "user": "robot", "scopes": [], "tls_client_auth_san_dns": "robot.example"])
                }),
            Illness(
                testDescription: "a client may take passwords", check: "legacy grants", state: "warn",
                make: .running { test in
                    try await test.post("/users", ["name": "old.client"])
                    try await test.post(
                        "/clients",
                        ["name": "old", "user": "old.client", "scopes": [], "grants": ["password"]])
                }),
            Illness(
                testDescription: "a client may do whatever its user may", check: "whole accounts", state: "warn",
                make: .running { test in
                    try await test.post("/users", ["name": "old.client"])
                    try await test.post(
                        "/clients", ["name": "old", "user": "old.client", "scopes": ["useraccount"]])
                }),
        ]
    }

    @Test("There is an illness for each check")
    func everyCheck() {
        #expect(Set(Illness.all.map(\.check)) == Set(DoctorCheck.all.map(\.name)))
    }

    @Test("Each illness has its finding and a next step; no other check falls silent", arguments: Illness.all)
    func ill(_ row: Illness) async throws {
        let answers: (before: JSON, after: JSON)
        switch row.make {
        case .stopped(let make): answers = try await stopped { try make(&$0) }
        case .disk(let room):
            answers = try await running { test in
                let examined = Examined(
                    test.hub.configuration, test.hub.folder, test.hub.parts.database, test.clock.effects,
                    running: test.hub.parts, attention: test.hub.attention, room: { _ in room })
                return await DoctorCheck.examine(examined)
            }
        case .running(let make):
            answers = try await running { test in
                try await make(test)
                return try await test.admin.call("GET", "/checks")
            }
        }
        let (before, after) = answers
        #expect(before["well"] == true, "\(before)")
        let found = after["items"]?.array?.first { $0["name"]?.string == row.check }
        #expect(found?["state"]?.string == row.state, "\(after)")
        #expect(found?["next"]?.string?.isEmpty == false)
        #expect(after["well"]?.bool == (row.state == "warn"), "\(after)")
        let silent = names(before).subtracting(row.silences).subtracting(names(after))
        #expect(silent.isEmpty, "\(silent.sorted())")
    }

    @Test(
        "A data folder that somebody else's link leads to, as systemd makes it, is looked at itself",
        .enabled(if: geteuid() == 0))
    func linked() async throws {
        try await TestHub.withFolder { folder in
            let (place, link) = (folder + "/place", folder + "/link")
            try #require(mkdir(place, 0o700) == 0 && symlink(place, link) == 0 && lchown(link, 12_345, 12_345) == 0)
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": link])
            let finding = try await DoctorCheck.dataFolder.look(
                Examined(configuration, try DataFolder(link), nil, .live()))
            #expect(finding == .ok("closed to others"))
        }
    }

    private func names(_ answer: JSON) -> Set<String> {
        Set((answer["items"]?.array ?? []).compactMap { $0["name"]?.string })
    }

    /// The answers before and after, of a hub that is stopped.
    private func stopped(_ make: (inout HubConfiguration) throws -> Void) async throws -> (JSON, JSON) {
        try await TestHub.withFolder { folder in
            var configuration = try await TestHub.configuration(["LINCHPIN_DATA": folder])
            let hub = try await Hub.open(configuration, effects: .live(), logger: LogLines().logger)
            await hub.close()
            let well = try await Hub.examineOffline(configuration, effects: .live())
            try make(&configuration)
            return (well, try await Hub.examineOffline(configuration, effects: .live()))
        }
    }

    /// The same of one that runs.
    private func running(_ make: (TestHub) async throws -> JSON) async throws -> (JSON, JSON) {
        try await TestHub.with { test in
            try await test.settle()
            let well = try await test.admin.call("GET", "/checks")
            return (well, try await make(test))
        }
    }
}

extension TestHub {
    fileprivate func sql(_ statement: SQL) async throws {
        try await hub.parts.database.write(.bookkeeping("a test")) { writer in try writer.run(statement, []) }
    }
}
