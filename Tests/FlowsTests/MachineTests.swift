import Core
import Ports
import Testing

@testable import Flows

/// Each way a journal can look when a hub takes it up, and what comes next.
struct MachineTests {
    private let trigger: JSON = ["record": ["email": "mara@example.com", "sys_id": "1", "status": "leaving"]]

    private static let now = Timestamp(epochSeconds: 1_790_000_000)
    private let around = ExecutionMachine.Circumstances(now: MachineTests.now)

    private func machine(_ repeats: Repeat) throws -> ExecutionMachine {
        let flow = try FlowReader.read(try example("offboard-leaver", retries: false), file: "offboard-leaver.yaml")
        return ExecutionMachine(flow: flow, trigger: trigger, startedAt: Self.now, repeats: { _ in repeats })
    }

    private func next(_ entries: [JournalEntry], repeats: Repeat = .ask) throws -> String {
        try machine(repeats).next(Journal(entries), around).text
    }

    private func entry(_ path: String, _ state: StepState, attempt: Int = 1, output: JSON = [:])
        -> JournalEntry
    {
        JournalEntry(path: path, attempt: attempt, state: state, input: ["kept": "input"], output: output)
    }

    private var found: [JournalEntry] {
        [
            entry("find", .done, output: ["id": "00u1"]), entry("sessions", .done),
            entry(
                "groups", .done,
                output: ["items": [["id": "g0", "type": "BUILT_IN"], ["id": "g1", "type": "OKTA_GROUP"]]]),
        ]
    }

    private var expanded: [JournalEntry] { found + [entry("leave", .planned), entry("leave[0]", .skipped)] }

    @Test func nothingYet() throws { #expect(try next([]) == "keep find#1 planned") }

    @Test(
        "the first step in each state",
        arguments: [
            (StepState.planned, Repeat.ask, "send find#1"), (.sent, .safe, "keep find#2 planned"),
            (.sent, .ask, "keep find#1 inDoubt"), (.sent, .lookUp, "look find#1"), (.inDoubt, .safe, "doubt find"),
            (.done, .ask, "keep sessions#1 failed"), (.failed, .safe, "keep on_error.mark#1 planned"),
            (.refused, .safe, "keep on_error.mark#1 planned"),
        ])
    func first(_ state: StepState, _ repeats: Repeat, _ expected: String) throws {
        #expect(try next([entry("find", state)], repeats: repeats) == expected)
    }

    @Test func aRepetitionSendsTheInputThatWasKept() throws {
        let front = try machine(.safe).next(Journal([entry("find", .sent)]), around)
        #expect(front.keep.map(\.input) == [["kept": "input"]])
    }

    @Test(
        "what a look settles",
        arguments: [
            (ActionOutcome.done(["seen": 1]), 1, 0, "done {}"),
            (.failed(reason: "did_not_happen", says: ""), 1, 0, "planned #2"),
            (.failed(reason: "did_not_happen", says: ""), Limits.stepAttempts.value, 0, "doubt"),
            (.failed(reason: "other", says: ""), 1, 0, "doubt"),
            (.refused(reason: "action_not_enabled", says: ""), 1, 0, "doubt"), (nil, 1, 0, "doubt"),
            (.unknown(reason: "no_answer", says: ""), 1, 0, #"sent {"looks":1}"#),
            (.unknown(reason: "no_answer", says: ""), 1, 3, #"sent {"looks":4}"#),
            (.unknown(reason: "no_answer", says: ""), 1, 4, "doubt"),
        ])
    func looks(_ found: ActionOutcome?, _ attempt: Int, _ looks: Int, _ expected: String) throws {
        let machine = try machine(.lookUp)
        let sent = entry("find", .sent, attempt: attempt, output: ["looks": .int(Int64(looks))])
        let settled = machine.looked(sent, of: try #require(machine.flow.steps.first), found, around)
        let text =
            switch settled.state {
            case .planned: "planned #\(settled.attempt)" + (settled.input == ["kept": "input"] ? "" : " of other input")
            case .inDoubt: "doubt"
            default: "\(settled.state) \(settled.output.text())"
            }
        #expect(text == expected)
    }

    @Test func aRefusedLookIsSaidInTheDoubt() throws {
        let machine = try machine(.lookUp)
        let refused = ActionOutcome.refused(reason: "action_not_enabled", says: "okta-prod does not enable it")
        let settled = machine.looked(
            entry("find", .sent), of: try #require(machine.flow.steps.first), refused, around)
        #expect(settled.state == .inDoubt && settled.says.contains("to look was refused: action_not_enabled"))
    }

    @Test(
        "what a retry does not say shortens nothing that it does",
        arguments: [("first: 2h", 7_200, 7_200), ("first: 10s", 10, 3_600), ("first: 2h, most: 1h", 3_600, 3_600)])
    func retry(_ words: String, _ first: Int64, _ last: Int64) throws {
        let flow = try FlowReader.read(
            """
            flow: f
            title: F
            trigger: manual
            uses: { okta: a }
            steps: [{ a: { action: okta.lookup_user, with: { login: a }, retry: { times: 10, \(words) } } }]
            """, file: "f.yaml")
        let retry = try #require(flow.steps.first?.retry)
        #expect(retry.seconds(after: 1) == first && retry.seconds(after: 11) == last)
    }

    @Test func theLatestAttemptCounts() throws {
        let entries = [entry("find", .sent), entry("find", .planned, attempt: 2)]
        #expect(try next(entries) == "send find#2")
        #expect(try next(entries.reversed()) == "send find#2")
        #expect(
            try next([entry("find", .sent, attempt: Limits.stepAttempts.value)], repeats: .safe)
                == "keep find#5 inDoubt")
    }

    @Test func loops() throws {
        #expect(try next(found) == "keep leave#1 planned, leave[0]#1 skipped")
        #expect(try next(expanded) == "keep leave[1].remove#1 planned")
        #expect(try next(expanded + [entry("leave[1].remove", .planned)]) == "send leave[1].remove#1")
        #expect(try next(expanded + [entry("leave[1].remove", .sent)]) == "keep leave[1].remove#1 inDoubt")
        #expect(try next(expanded + [entry("leave[1].remove", .done)]) == "keep leave#1 done")
        #expect(try next(expanded + [entry("leave[1].remove", .failed)]) == "keep leave#1 failed")
    }

    @Test func ends() throws {
        let all = found + [entry("leave", .done), entry("suspend", .done)]
        #expect(try next(all) == "end done")
        let failed = found + [entry("leave", .done), entry("suspend", .failed)]
        #expect(try next(failed) == "keep on_error.mark#1 planned")
        #expect(try next(failed + [entry("on_error.mark", .sent)]) == "keep on_error.mark#2 planned")
        #expect(try next(failed + [entry("on_error.mark", .done)]) == "end failed at suspend")
        #expect(try next(failed + [entry("on_error.mark", .failed)]) == "end failed at suspend")
    }
}

extension ExecutionMachine.Front {
    /// What there is to do, in a line.
    var text: String {
        var parts: [String] = []
        if !keep.isEmpty {
            parts.append("keep " + keep.map { "\($0.path)#\($0.attempt) \($0.state)" }.joined(separator: ", "))
        }
        parts += ready.map { "\($0.isLook ? "look" : "send") \($0.entry.path)#\($0.entry.attempt)" }
        parts += doubts.map { "doubt \($0.path)" }
        switch ending {
        case nil: break
        case .done: parts.append("end done")
        case .cancelled: parts.append("end cancelled")
        case .failed(let step, _, _): parts.append("end failed at \(step)")
        }
        return parts.isEmpty ? "wait" : parts.joined(separator: "; ")
    }
}
