import Core
import Foundation
import Ports
import TestSupport
import Testing

/// The sandbox fails at one call of a flow and is well afterwards; the hub is not touched.
struct SandboxFaultTests {
    /// What comes instead of an answer.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String
    }

    static let faults = [
        Fault(testDescription: "the line is cut", answer: ""),
        Fault(testDescription: "what comes is not HTTP", answer: "\u{16}\u{3}\u{1} nonsense\r\n\r\n"),
        Fault(
            testDescription: "the answer ends in the middle",
            answer: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\":"),
        Fault(
            testDescription: "a gateway says that it is out of order",
            answer:
                "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 13\r\n\r\n<html></html>"
        ),
    ]

    @Test(
        "at whichever call, arrived or not: the flow goes on by itself, and nothing is done twice", arguments: faults,
        [true, false])
    func once(_ fault: Fault, _ arrives: Bool) async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            try await RunningHub.run(scene.place) { hub in
                for call in 1...scene.calls {
                    let person = try scene.nextPerson()
                    scene.proxy.begin(.init(at: call, forwards: arrives, answer: fault.answer))
                    try await scene.post(person, to: hub)
                    let execution = try await scene.ended(person, at: hub)
                    try await expectOffboarded(person, execution, scene, "call \(call)")
                }
                try await hub.ready(scene.caller)
            }
        }
    }

    @Test("a call that nobody may repeat is in doubt, and says so", arguments: faults)
    func doubt(_ fault: Fault) async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            try await RunningHub.run(scene.place) { hub in
                let person = try scene.nextPerson()
                scene.proxy.begin(.init(at: 2, forwards: true, answer: fault.answer))
                let execution = try await scene.settled(try await delete(person, at: hub), at: hub)
                #expect(execution["state"] == "in_doubt", "\(execution)")
                #expect(scene.proxy.begin(nil).count == 2, "nothing more is sent")
            }
        }
    }

    @Test("it hangs: a read is made again, a change is looked up, made again or in doubt, and the hub serves meanwhile")
    func hangs() async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            try await RunningHub.run(scene.place) { hub in
                let (reading, arrived, lost, doubtful) = (
                    try scene.nextPerson(), try scene.nextPerson(), try scene.nextPerson(), try scene.nextPerson()
                )
                let cuts: [CuttingProxy.Cut] = [
                    .init(
                        line: "GET /api/v1/users/\(PercentEncoding.encode(reading.login))", forwards: false, hangs: true
                    ),
                    .init(line: try await scene.suspension(of: arrived), forwards: true, hangs: true),
                    .init(line: try await scene.suspension(of: lost), forwards: false, hangs: true),
                    .init(
                        line: "DELETE /api/v1/users/\(try await scene.id(of: doubtful))", forwards: true, hangs: true),
                ]
                scene.proxy.begin(cuts)
                for person in [reading, arrived, lost] { try await scene.post(person, to: hub) }
                let deletion = try await delete(doubtful, at: hub)
                _ = try await eventually("all four hang") { () -> Bool? in
                    let seen = Set(scene.proxy.seen.map(\.line))
                    return cuts.allSatisfy { seen.contains($0.line) } ? true : nil
                }
                try await hub.ready(scene.caller)
                let free = try scene.nextPerson()
                try await scene.post(free, to: hub)
                let beside = try await scene.ended(free, at: hub)
                #expect(beside["state"] == "done", "what does not hang goes on: \(beside)")

                for person in [reading, arrived, lost] {
                    let id = try await scene.execution(of: person, at: hub)
                    let execution = try await scene.settled(id, at: hub, every: 200)
                    #expect(execution["state"] == "done", "\(execution)")
                    #expect(try await scene.state(of: person).status == "SUSPENDED")
                }
                let execution = try await scene.settled(deletion, at: hub, every: 200)
                #expect(execution["state"] == "in_doubt", "\(execution)")
                let step = execution["steps"]?.array?.first { $0["path"] == "delete" }
                #expect(step?["reason"] == "timed_out")
                #expect(
                    step?["says"] == """
                        the answer did not come in time. Whether "Delete User" happened is unknown. \
                        Look in Okta, then decide.
                        """)
                let seen = scene.proxy.begin(nil)
                let times = cuts.map { cut in seen.count { $0.line == cut.line } }
                #expect(times == [2, 1, 2, 1], "once more what did not arrive, and no more")
                try await hub.ready(scene.caller)
            }
        }
    }

    @Test("it is slow: its answers are waited for, and nothing is sent twice")
    func slow() async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            try await RunningHub.run(scene.place) { hub in
                let person = try scene.nextPerson()
                scene.proxy.begin([], isSlow: true)
                try await scene.post(person, to: hub)
                let id = try await scene.execution(of: person, at: hub)
                let execution = try await scene.settled(id, at: hub, every: 100)
                #expect(scene.proxy.seen.count == scene.calls)
                try await expectOffboarded(person, execution, scene, "slow")
            }
        }
    }

    @Test(
        "it dies at a call, arrived or not, and comes back: the journal says so, then the flow goes on by itself",
        arguments: [true, false])
    func dead(_ arrives: Bool) async throws {
        try await Offboarding.run(on: .sqlite) { scene in
            try await RunningHub.run(scene.place) { hub in
                // A read, a change that is safe to repeat, and one that is looked up.
                for call in [1, 2, scene.calls] {
                    let person = try scene.nextPerson()
                    scene.proxy.begin(.init(at: call, forwards: arrives) { scene.proxy.goAway() })
                    try await scene.post(person, to: hub)
                    let id = try await scene.execution(of: person, at: hub)
                    let noticed = try await eventually("call \(call) finds nobody") { () -> JSON? in
                        let steps = try await hub.call("GET", "/executions/\(id)")["steps"]?.array ?? []
                        return steps.last { $0["reason"] == "unreachable" }
                    }
                    #expect(
                        noticed["says"]?.string?.hasPrefix(
                            "the host of the URL can't be reached. Check the URL and the network.") == true,
                        "\(noticed)")
                    try await hub.ready(scene.caller)
                    try scene.proxy.comeBack()
                    let execution = try await scene.settled(id, at: hub, every: 100)
                    try await expectOffboarded(person, execution, scene, "call \(call)")
                }
            }
        }
    }

    /// Starts the deletion of somebody; returns the execution's id.
    private func delete(_ person: Leaver, at hub: RunningHub) async throws -> String {
        let run = try await hub.call("POST", "/flows/delete-user/run", ["input": ["login": .string(person.login)]])
        return run["execution"]?.string ?? "-"
    }

    private func expectOffboarded(
        _ person: Leaver, _ execution: JSON, _ scene: Offboarding, _ when: String
    ) async throws {
        let after = try await scene.state(of: person)
        let suspensions = scene.proxy.begin(nil).count { $0.line.hasSuffix("/suspend") && $0.wasForwarded }
        #expect(execution["state"] == "done", "\(when): \(execution)")
        #expect(after.status == "SUSPENDED" && after.leavableGroups == 0 && suspensions == 1, "\(when)")
    }
}
