import Core
import Foundation
import Ports
import TestSupport
import Testing

/// A hub that is killed at any call of a flow goes on after its restart; the sandbox outlives it.
@Suite(.serialized) struct FlowCrashTests {
    @Test(
        "killed at each call, with and without the call arriving: the user is offboarded, nothing is done twice",
        arguments: TestStore.allCases)
    func offboarding(_ store: TestStore) async throws {
        try await Offboarding.run(on: store) { scene in
            // Before the flow begins, then at each of its calls; then none is left to be killed at.
            for forwards in [true, false] {
                var call = 1
                while try await dies(scene, at: call, forwards) { call += 1 }
                #expect(call == scene.calls + 1)
            }
        }
    }

    /// Offboards one person with the hub killed at a call; false when the flow has no such call.
    private func dies(_ scene: Offboarding, at call: Int, _ forwards: Bool) async throws -> Bool {
        let person = try scene.nextPerson()
        let when: Comment = "killed at call \(call), \(forwards ? "arrived" : "lost")"
        let isKilled = try await scene.leave(person, killedAt: call, forwards)
        return try await RunningHub.run(scene.place) { hub in
            let execution = try await scene.ended(person, at: hub)
            #expect(execution["state"] == "done", when)
            let after = try await scene.state(of: person)
            #expect(after.status == "SUSPENDED", when)
            #expect(after.leavableGroups == 0, when)
            let journal = scene.done(execution)
            #expect(journal.count == Set(journal).count, "no step is done twice: \(when)")
            let seen = scene.proxy.seen
            let cut = isKilled ? seen[call - 1] : nil
            for line in Set(seen.map(\.line)) {
                let arrived = seen.count { $0.line == line && $0.wasForwarded }
                let isLookUp = line == seen[0].line
                let most = line == cut?.line && forwards && !line.hasSuffix("/suspend") ? 2 : 1
                #expect(isLookUp || arrived <= most, "\(line) \(when)")
            }
            #expect(seen.count { $0.line.hasSuffix("/suspend") && $0.wasForwarded } == 1, when)
            return isKilled
        }
    }

    @Test(
        "killed inside a step that only a person may repeat: in doubt, nothing more is sent, each decision holds",
        arguments: ["done", "failed", "repeat"], [true, false])
    func deletion(_ decision: String, _ arrives: Bool) async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            let person = try scene.nextPerson()
            var id = ""
            try await RunningHub.run(scene.place) { hub in
                scene.proxy.begin(.init(at: 2, forwards: arrives) { hub.program.send(SIGKILL) })
                // The hub may die before it answers.
                let started = try await hub.call(
                    "POST", "/flows/delete-user/run", ["input": ["login": .string(person.login)]])
                id = started["execution"]?.string ?? ""
                #expect(await hub.program.status() == -SIGKILL)
            }
            try await RunningHub.run(scene.place) { hub in
                let open = try await scene.settled(id, at: hub)
                #expect(open["state"] == "in_doubt")
                #expect(scene.proxy.seen.count == 2)
                #expect(try await scene.state(of: person).status == (arrives ? "DEPROVISIONED" : "ACTIVE"))
                _ = try await hub.call(
                    "POST", "/executions/\(id)/decide", ["step": "delete", "outcome": .string(decision)])
                let after = try await scene.settled(id, at: hub)
                #expect(after["state"]?.string == (decision == "failed" ? "failed" : "done"))
                let deletions = scene.proxy.seen.filter { $0.line.hasPrefix("DELETE") }.count
                #expect(deletions == (decision == "repeat" ? 2 : 1))
                let status = try await scene.state(of: person).status
                let expected =
                    switch (arrives, decision) {
                    case (true, "repeat"): "gone"
                    case (true, _), (false, "repeat"): "DEPROVISIONED"
                    default: "ACTIVE"
                    }
                #expect(status == expected)
            }
        }
    }
}
