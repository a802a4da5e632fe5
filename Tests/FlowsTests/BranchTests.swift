import Core
import Ports
import Testing

@testable import Flows

/// Branches side by side, waits, retries and ends, decided from a journal alone.
struct BranchTests {
    private static let now = Timestamp(epochSeconds: 1_790_000_000)

    private func machine(_ steps: String, repeats: Repeat = .safe, more: String = "") throws -> ExecutionMachine {
        let source = "flow: f\ntitle: F\ntrigger: manual\nuses: { okta: a }\n\(more)\nsteps:\n\(steps)"
        let flow = try FlowChecker.load(source, file: "f.yaml", FakeCatalogue())
        return ExecutionMachine(
            flow: flow, trigger: ["input": [:]], startedAt: Self.now, repeats: { _ in repeats })
    }

    private func around(
        _ seconds: Int64 = 0, busy: Set<String> = [], cancelled: Bool = false, dice: UInt64 = 0
    ) -> ExecutionMachine.Circumstances {
        .init(now: Self.now.adding(seconds: seconds), busy: busy, isCancelled: cancelled, dice: dice)
    }

    private func entry(_ path: String, _ state: StepState, due: Int64? = nil) -> JournalEntry {
        JournalEntry(
            path: path, attempt: 1, state: state, input: ["kept": true], output: [:], reason: "why",
            due: due.map { Self.now.adding(seconds: $0) })
    }

    private static func act(_ name: String, _ more: String = "") -> String {
        "- \(name): { action: okta.suspend_user, with: { user_id: u }\(more) }"
    }

    private static let both = """
          - both:
              at_once: 2
              parallel:
                a: [{ a1: { action: okta.suspend_user, with: { user_id: u } } }, { a2: { wait: 1h } }]
                b: [{ b1: { action: okta.suspend_user, with: { user_id: u } } }]
                c: [{ c1: { action: okta.suspend_user, with: { user_id: u } } }]
          - last: { action: okta.delete_user, with: { user_id: u } }
        """

    @Test("branches begin in order, as many as may be under way")
    func order() throws {
        let machine = try machine(Self.both)
        func next(_ entries: [JournalEntry], busy: Set<String> = []) -> String {
            machine.next(Journal(entries), around(busy: busy)).text
        }
        let open = [entry("both", .planned)]
        #expect(next([]) == "keep both#1 planned")
        #expect(next(open) == "keep both.a.a1#1 planned, both.b.b1#1 planned")
        let begun = open + [entry("both.a.a1", .planned), entry("both.b.b1", .planned)]
        #expect(next(begun) == "send both.a.a1#1; send both.b.b1#1")
        #expect(next(begun, busy: ["both.a.a1"]) == "send both.b.b1#1")
        #expect(next(begun, busy: ["both.a.a1", "both.b.b1"]) == "wait")
        let landed = open + [entry("both.a.a1", .sent), entry("both.b.b1", .done)]
        #expect(next(landed, busy: ["both.a.a1"]) == "keep both.c.c1#1 planned")
        let rest =
            open + [
                entry("both.a.a1", .done), entry("both.b.b1", .done), entry("both.c.c1", .done),
                entry("both.a.a2", .waiting, due: 3_600),
            ]
        let front = machine.next(Journal(rest), around())
        #expect(front.text == "wait" && front.until == Self.now.adding(seconds: 3_600))
        #expect(machine.next(Journal(rest), around(3_600)).text == "keep both.a.a2#1 done")
        let through = rest.dropLast() + [entry("both.a.a2", .done)]
        #expect(next(Array(through)) == "keep both#1 done")
    }

    @Test(
        "when a branch fails, the others finish what was sent and begin nothing",
        arguments: [
            ([("both.a.a1", StepState.sent)], ["both.a.a1"], "wait"),
            ([("both.a.a1", .sent)], [], "keep both.a.a1#2 planned"),
            ([("both.a.a1", .planned)], [], "keep both.a.a1#1 cancelled"),
            ([("both.a.a1", .done)], [], "keep both#1 failed"),
            ([("both.a.a1", .done), ("both.a.a2", .waiting)], [], "keep both.a.a2#1 cancelled"),
            ([("both.a.a1", .inDoubt)], [], "doubt both.a.a1"), ([("both.a.a1", .cancelled)], [], "keep both#1 failed"),
        ] as [([(String, StepState)], Set<String>, String)])
    func failing(_ others: [(String, StepState)], _ busy: Set<String>, _ expected: String) throws {
        let entries = [entry("both", .planned), entry("both.b.b1", .failed)] + others.map { entry($0.0, $0.1) }
        #expect(try machine(Self.both).next(Journal(entries), around(busy: busy)).text == expected)
    }

    @Test(
        "cancelled: nothing leaves any more, and what may have left is shown",
        arguments: [
            ("", StepState.done, [], "end cancelled"),
            ("both.a.a1", .planned, [], "keep both.a.a1#1 cancelled"),
            ("both.a.a1", .sent, ["both.a.a1"], "wait"), ("both.a.a1", .sent, [], "keep both.a.a1#1 inDoubt"),
            ("both.a.a1", .inDoubt, [], "keep both#1 cancelled"), ("both.a.a1", .done, [], "keep both#1 cancelled"),
            ("both.a.a1", .failed, [], "keep both#1 failed"),
        ] as [(String, StepState, Set<String>, String)])
    func cancelled(_ path: String, _ state: StepState, _ busy: Set<String>, _ expected: String) throws {
        let entries = path.isEmpty ? [] : [entry("both", .planned), entry(path, state)]
        let machine = try machine(Self.both)
        #expect(machine.next(Journal(entries), around(busy: busy, cancelled: true)).text == expected)
        let closed = entries + [entry("both", .cancelled)]
        if busy.isEmpty, ![.planned, .sent].contains(state) {
            #expect(machine.next(Journal(closed), around(cancelled: true)).text == "end cancelled")
        }
    }

    @Test("a second attempt after one without an answer is never shown as if nothing had left")
    func afterDoubt() throws {
        let machine = try machine(Self.both)
        let again = entry("both.a.a1", .sent).again(afterDoubt: true)
        let open = [entry("both", .planned), again]
        #expect(machine.next(Journal(open), around(cancelled: true)).text == "keep both.a.a1#2 inDoubt")
        let beside = open + [entry("both.b.b1", .failed)]
        #expect(machine.next(Journal(beside), around()).text == "send both.a.a1#2")
        var late = again
        late.deadline = Self.now
        #expect(machine.next(Journal([entry("both", .planned), late]), around()).keep.first?.state == .inDoubt)
    }

    @Test("a cancel that comes after the last step changes nothing")
    func tooLate() throws {
        let machine = try machine("  " + Self.act("s"))
        #expect(machine.next(Journal([entry("s", .done)]), around(cancelled: true)).text == "end done")
    }

    @Test("an execution that had its time is stopped, and its error branch runs")
    func executionTimeout() throws {
        let machine = try machine(
            "  - w: { wait: 2h }",
            more: "timeout: 1h\non_error: [{ mark: { record: update, table: t, id: x, set: { a: b } } }]")
        let waits = [entry("w", .waiting, due: 7_200)]
        #expect(machine.next(Journal(waits), around(3_599)).until == Self.now.adding(seconds: 3_600))
        #expect(machine.next(Journal(waits), around(3_600)).text == "keep @timeout#1 failed")
        let timed = waits + [entry("@timeout", .failed)]
        // The clock may go back: what was kept counts.
        #expect(machine.next(Journal(timed), around(0)).text == "keep w#1 cancelled")
        let stopped = [entry("w", .cancelled), entry("@timeout", .failed)]
        #expect(machine.next(Journal(stopped), around(0)).text == "keep on_error.mark#1 planned")
        #expect(
            machine.next(Journal(stopped + [entry("on_error.mark", .done)]), around()).text == "end failed at @timeout")
    }

    @Test("a step that failed is tried again only where the file says so, and nothing happened")
    func retries() throws {
        let machine = try machine("  " + Self.act("s", ", retry: { times: 2, first: 10s, factor: 3, most: 20s }"))
        let step = try #require(machine.flow.steps.first)
        let sent = entry("s", .sent)
        func failed(_ attempt: Int, _ outcome: ActionOutcome) -> JournalEntry {
            let entry = JournalEntry(path: "s", attempt: attempt, state: .sent, input: ["kept": true])
            return machine.landed(entry, of: step, outcome, around())
        }
        let busy = ActionOutcome.failed(reason: "rate_limited", says: "")
        for (attempt, least, most) in [(1, 5_000, 10_000), (2, 10_000, 20_000)] as [(Int, Int64, Int64)] {
            var delays: Set<Int64> = []
            for dice in 0..<50 as Range<UInt64> {
                let front = machine.next(
                    Journal([failed(attempt, busy)]), around(dice: dice &* 0x9E37_79B9_7F4A_7C15))
                #expect(front.text == "keep s#\(attempt + 1) planned")
                let due = try #require(front.keep.first?.due)
                let delay = due.milliseconds(since: Self.now)
                #expect((least...most).contains(delay))
                #expect(front.keep.first?.input == ["kept": true])
                delays.insert(delay)
            }
            #expect(delays.count > 10, "the dice decide")
        }
        #expect(machine.next(Journal([failed(3, busy)]), around()).text == "end failed at s")
        let large = ActionOutcome.done(["x": .string(String(repeating: "x", count: 300_000))])
        #expect(machine.next(Journal([failed(1, large)]), around()).text == "end failed at s", "it happened")
        let decided = sent.becoming(.failed, reason: "decided")
        #expect(machine.next(Journal([decided]), around()).text == "end failed at s", "a person said so")
        let refused = failed(1, .refused(reason: "action_not_enabled", says: ""))
        #expect(machine.next(Journal([refused]), around()).text == "end failed at s")
        let answered = failed(1, .failed(reason: "not_found", says: ""))
        #expect(machine.next(Journal([answered]), around()).text == "end failed at s", "it will be so again")
        let plain = try self.machine("  " + Self.act("s"))
        let once = plain.landed(sent, of: try #require(plain.flow.steps.first), busy, around())
        #expect(plain.next(Journal([once]), around()).text == "end failed at s")
    }

    @Test(
        "put off by its spoke: the same attempt once more from then on, within bounds",
        arguments: [-5, 30, 900_000] as [Int64])
    func later(_ seconds: Int64) throws {
        let machine = try machine("  " + Self.act("s"), repeats: .ask)
        let step = try #require(machine.flow.steps.first)
        let outcome = ActionOutcome.later(reason: "rate_limited", says: "", until: Self.now.adding(seconds: seconds))
        var kept = machine.landed(entry("s", .sent), of: step, outcome, around())
        #expect(kept.state == .planned && kept.attempt == 1 && kept.laters == 1)
        let due = try #require(kept.due)
        #expect((1...86_400).contains(due.epochSeconds - Self.now.epochSeconds))
        #expect(machine.next(Journal([kept]), around()).text == "wait")
        #expect(machine.next(Journal([kept]), around(86_400)).text == "send s#1")
        for _ in 1..<Limits.stepLaters.value {
            kept = machine.landed(kept.becoming(.sent, output: kept.output), of: step, outcome, around())
        }
        #expect(kept.state == .failed && kept.reason == "put_off_too_often")
    }

    @Test("a step that had its time: not sent again; what may have happened is shown")
    func stepTimeout() throws {
        let machine = try machine("  " + Self.act("s", ", timeout: 1m"))
        func next(_ state: StepState, _ seconds: Int64, due: Int64? = nil) -> String {
            var kept = entry("s", state, due: due)
            kept.deadline = Self.now.adding(seconds: 60)
            return machine.next(Journal([kept]), around(seconds)).text
        }
        #expect(machine.next(Journal(), around()).keep.first?.deadline == Self.now.adding(seconds: 60))
        #expect(next(.planned, 59) == "send s#1")
        #expect(next(.planned, 60) == "keep s#1 failed")
        #expect(next(.planned, 0, due: 90) == "wait")
        #expect(next(.sent, 59) == "keep s#2 planned")
        #expect(next(.sent, 60) == "keep s#1 inDoubt")
    }
}
