import Core
import Foundation
import Storage
import StorageSQLite

extension Figure {
    /// Executions that wait when the hub starts, until the last has ended.
    static let executions = Figure(
        name: "executions", says: "executions of five local steps (each updates a record), journaled and synced"
    ) { site in
        let count = 2_000
        try await site.withHub { hub in
            let application = try await site.register(at: hub)
            _ = try await hub.call("POST", "/flows", ["source": .string(fiveSteps)])
            _ = try await hub.call("POST", "/flows/five-steps/activate", [:])
            for number in 0..<count {
                let made = try await site.send(
                    "POST", hub.url + "/api/now/table/incident",
                    headers: application.headers.merging(["Content-Type": "application/json"]) { $1 },
                    body: #"{"short_description":"number \#(number)"}"#)
                guard made.status == 201 else { throw BenchProblem("\(made)") }
            }
            try await ended(count, in: site.data)
        }
        var readings: [Reading] = []
        // -D: the hub itself is our child. The delay is added behind each sync of the disk.
        let slow = [
            "strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
            "inject=fdatasync:delay_exit=1000",
        ]
        for (name, before, wanted) in [
            ("as this disk syncs", [], 2_000), ("with 1 ms behind each sync (strace)", slow, nil as Double?),
        ] {
            var rates: [Double] = []
            for _ in 0..<3 {
                try await again(in: site.data)
                try await site.withHub(before: before) { _ in
                    let passed = try await seconds { try await ended(count, in: site.data) }
                    rates.append(Double(count) / passed)
                }
            }
            let rate = rates.sorted()[1]
            readings.append(
                wanted.map { Reading(name, rate, "executions/s", most: $0, atLeast: true) }
                    ?? Reading(name, "\(Reading.number(rate)) executions/s"))
        }
        return readings
    }

    private static let fiveSteps = """
        flow: five-steps
        title: Five local steps
        trigger: { record: incident, when: inserted }
        steps:
        """
        + (1...5).map { number in
            """

              - step-\(number):
                  record: update
                  table: incident
                  id: { from: trigger.record.sys_id }
                  set: { short_description: after step \(number) }
            """
        }.joined() + "\n"

    /// Waits until that many executions are done.
    private static func ended(_ count: Int, in data: String) async throws {
        let database = try SQLiteDatabase(path: data + "/hub.sqlite")
        for _ in 0..<12_000 {
            let done = try await database.read { reader in
                try reader.row("SELECT COUNT(*) AS n FROM execution WHERE state = 'done'", [])?.int("n") ?? 0
            }
            if done == count { return await database.close() }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw BenchProblem("executions did not end in two minutes")
    }

    /// Lets all of them wait once more.
    private static func again(in data: String) async throws {
        let database = try SQLiteDatabase(path: data + "/hub.sqlite")
        try await database.write(.bookkeeping("a bench starts over")) { writer in
            try writer.run("DELETE FROM execution_step", [])
            try writer.run("UPDATE execution SET state = 'waiting', claimed_by = '', claimed_until = 0", [])
        }
        await database.close()
    }
}
