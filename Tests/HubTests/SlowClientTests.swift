import Core
import Foundation
import Hub
import Ports
import Testing

/// The attacks of slowhttptest, as Debian ships it, on a hub that others use meanwhile.
@Suite("Slow clients") struct SlowClientTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]
        /// How it ends: where the hub closes what is slow, nothing is left before the time is over.
        let ends: String
    }

    private static let closed = "No open connections left"

    @Test(
        "Others are served as long as it lasts, and afterwards the hub is well",
        arguments: [
            Attack(
                testDescription: "slow headers",
                words: ["-H", "-i", "3", "-l", "240", "-u", "/health/live"], ends: closed),
            Attack(
                testDescription: "slow body",
                words: ["-B", "-i", "3", "-l", "240", "-s", "8192", "-u", "/oauth2/token"], ends: closed),
            Attack(
                testDescription: "slow read",
                words: [
                    "-X", "-k", "3", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-l", "45", "-u",
                    "/api/linchpin/openapi.json",
                ],
                ends: "Hit test time limit"),
        ])
    func attack(_ attack: Attack) async throws {
        try await TestHub.with { test in
            let words = attack.words.dropLast() + [test.hub.url + (attack.words.last ?? "")]
            let ended = try await withThrowingTaskGroup(of: Program?.self) { group in
                group.addTask { try await Program.run("slowhttptest", ["-c", "300", "-r", "300"] + words) }
                group.addTask {
                    try await use(test)
                    return nil
                }
                let ended = try await group.next() ?? nil
                group.cancelAll()
                return ended
            }
            let output = try #require(ended).output
            #expect(output.contains(attack.ends), "\(output.suffix(2_000))")
            #expect(try await test.send("GET", "/health/ready").status == 200)
        }
    }

    /// What others do meanwhile, until it is cancelled.
    private func use(_ test: TestHub) async throws {
        while !Task.isCancelled {
            let ready = try await test.send("GET", "/health/ready")
            #expect(ready.status == 200)
            #expect(try await test.admin.call("GET", "/users")["items"] != nil)
            do { try await Effects.live().sleep(250) } catch { return }
        }
    }
}
