import Core
import Foundation
import Ports
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

    /// Something wrong with a stopped hub, the check that finds it, and its state.
    struct Illness: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: String
        let state: String
        let make: @Sendable (_ folder: String) throws -> Void

        static let all = [
            Illness(testDescription: "others may read the store", check: "data folder", state: "fail") {
                chmod($0 + "/hub.sqlite", 0o644)
            },
            Illness(testDescription: "others may read the master key", check: "master key", state: "fail") {
                chmod($0 + "/master.key", 0o640)
            },
            Illness(testDescription: "the master key is cut short", check: "master key", state: "fail") {
                try Data("abc\n".utf8).write(to: URL(fileURLWithPath: $0 + "/master.key"))
                chmod($0 + "/master.key", 0o600)
            },
            Illness(testDescription: "the store is no database", check: "store", state: "fail") {
                try Data(repeating: 7, count: 4_096).write(to: URL(fileURLWithPath: $0 + "/hub.sqlite"))
                chmod($0 + "/hub.sqlite", 0o600)
            },
            Illness(testDescription: "the store is missing", check: "store", state: "fail") {
                try FileManager.default.removeItem(atPath: $0 + "/hub.sqlite")
            },
            Illness(testDescription: "no backup was ever made", check: "backups", state: "warn") { _ in },
        ]
    }

    @Test(
        "Each illness of a stopped hub has its finding and a next step; no other check falls silent",
        arguments: Illness.all)
    func ill(_ row: Illness) async throws {
        try await TestHub.withFolder { folder in
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": folder])
            let hub = try await Hub.open(configuration, effects: .live(), logger: LogLines().logger)
            await hub.close()
            let well = try await Hub.examineOffline(configuration, effects: .live())
            #expect(well["well"] == true, "\(well)")
            try row.make(folder)
            let answer = try await Hub.examineOffline(configuration, effects: .live())
            let found = answer["items"]?.array?.first { $0["name"]?.string == row.check }
            #expect(found?["state"]?.string == row.state, "\(answer)")
            #expect(found?["next"]?.string?.isEmpty == false)
            #expect(answer["well"]?.bool == (row.state == "warn"))
        }
    }

    @Test("A clock that is behind the last event is found")
    func clock() async throws {
        try await TestHub.with { test in
            try await test.settle()
            test.clock.advance(seconds: -7_200)
            let answer = try await test.admin.call("GET", "/checks")
            let found = answer["items"]?.array?.first { $0["name"] == "clock" }
            #expect(found?["state"] == "fail", "\(answer)")
        }
    }
}
