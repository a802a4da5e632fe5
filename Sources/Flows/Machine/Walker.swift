import Core
import Ports

/// One walk along a flow and its journal. It gathers in `front` what there is to do.
struct Walker {
    let machine: ExecutionMachine
    let journal: Journal
    let around: ExecutionMachine.Circumstances
    var front = ExecutionMachine.Front()

    /// How far things may go.
    enum Mode: Equatable {
        case go
        /// A branch beside it failed: what was sent gets its outcome, nothing new begins.
        case finish
        /// The execution ends, for this reason: nothing leaves any more, not even once more.
        case halt(String)
    }

    /// What came of a walk.
    enum Course {
        case through(JSON)
        case failed(JournalEntry)
        /// Something is under way, waits, or stands in `front`.
        case open
        /// Not begun, or stopped; only where the mode says so.
        case stopped

        var isOpen: Bool { if case .open = self { true } else { false } }
        var isThrough: Bool { if case .through = self { true } else { false } }
        var failure: JournalEntry? { if case .failed(let entry) = self { entry } else { nil } }
    }

    init(machine: ExecutionMachine, journal: Journal, around: ExecutionMachine.Circumstances) {
        self.machine = machine
        self.journal = journal
        self.around = around
    }

    /// Steps one after the other, from the trigger alone.
    mutating func walk(_ steps: [Step], at prefix: String, _ mode: Mode) -> Course {
        var scope = Scope(trigger: machine.trigger)
        return walk(steps, at: prefix, &scope, mode)
    }

    /// Steps one after the other; their outputs come into the scope.
    mutating func walk(_ steps: [Step], at prefix: String, _ scope: inout Scope, _ mode: Mode) -> Course {
        for step in steps {
            let path = prefix + step.name
            let course: Course =
                switch step.kind {
                case .forEach(let loop): walk(loop, at: path, scope, mode)
                case .parallel(let parallel): walk(parallel, at: path, &scope, mode)
                case .action, .update, .wait, .approval, .flow: leaf(step, at: path, scope, mode)
                }
            guard case .through(let output) = course else { return course }
            scope.values[step.name] = output
        }
        return .through([:])
    }

    private mutating func leaf(_ step: Step, at path: String, _ scope: Scope, _ mode: Mode) -> Course {
        guard let entry = journal[path] else {
            return mode == .go ? begin(step, at: path, scope) : .stopped
        }
        // This hub has it under way: its outcome comes.
        if around.busy.contains(path) { return .open }
        switch entry.state {
        case .done, .skipped: return .through(entry.output)
        case .planned: return planned(entry, step, mode)
        case .sent: return sent(entry, step, mode)
        case .waiting: return waiting(entry, step, mode)
        case .failed: return retried(entry, step, mode)
        case .refused: return .failed(entry)
        case .cancelled: return mode == .go ? .failed(entry) : .stopped
        case .inDoubt:
            if case .halt = mode { return .stopped }
            front.doubts.append(entry)
            return .open
        }
    }

    /// Keeps an entry; the walk comes back when it is taken up.
    mutating func keep(_ entry: JournalEntry) -> Course {
        front.keep.append(entry)
        return .open
    }

    /// The entry of a step that is stopped before anything left.
    func stopped(_ entry: JournalEntry, _ mode: Mode) -> JournalEntry {
        if case .halt(let reason) = mode {
            return entry.becoming(.cancelled, reason: reason, says: "stopped before anything left")
        }
        return entry.becoming(.cancelled, reason: "branch_failed", says: "stopped: another branch failed")
    }

    /// The moment before which a step is not touched again. None is put off for longer than `Limits.retrySeconds`: a
    /// moment beyond that is one of a clock that was ahead.
    private func stillToCome(_ due: Timestamp?) -> Timestamp? {
        guard let due, due > around.now, due <= around.now.adding(seconds: Int64(Limits.retrySeconds.value)) else {
            return nil
        }
        return due
    }

    private func hasHadItsTime(_ entry: JournalEntry) -> Bool { entry.deadline.map { $0 <= around.now } ?? false }
}

extension Walker {
    private mutating func planned(_ entry: JournalEntry, _ step: Step, _ mode: Mode) -> Course {
        switch mode {
        case .halt: return keep(entry.mayHaveHappened ? machine.doubt(entry) : stopped(entry, mode))
        case .finish where !entry.mayHaveHappened: return keep(stopped(entry, mode))
        case .go, .finish: break
        }
        if hasHadItsTime(entry) {
            return keep(entry.mayHaveHappened ? machine.doubt(entry) : timedOut(entry, step))
        }
        if let due = stillToCome(entry.due) {
            front.wait(until: due)
            front.wait(until: entry.deadline)
            return .open
        }
        front.ready.append(Leaving(entry: entry, step: step, isLook: false))
        return .open
    }

    private mutating func sent(_ entry: JournalEntry, _ step: Step, _ mode: Mode) -> Course {
        if case .halt = mode { return keep(machine.doubt(entry)) }
        if let due = stillToCome(entry.due) {
            front.wait(until: due)
            return .open
        }
        switch machine.repetition(of: step.kind) {
        case .safe:
            let isLast = !machine.mayRepeat(entry, step) || hasHadItsTime(entry)
            return keep(isLast ? machine.doubt(entry) : entry.again(afterDoubt: true))
        case .lookUp:
            front.ready.append(Leaving(entry: entry, step: step, isLook: true))
            return .open
        case .ask: return keep(machine.doubt(entry))
        }
    }

    private mutating func waiting(_ entry: JournalEntry, _ step: Step, _ mode: Mode) -> Course {
        guard mode == .go else { return keep(stopped(entry, mode)) }
        guard let due = entry.due, due <= around.now else {
            front.wait(until: entry.due)
            return .open
        }
        switch step.kind {
        case .wait: return keep(entry.becoming(.done, output: ["at": .string(around.now.rfc3339)]))
        case .approval:
            return keep(
                entry.becoming(
                    .refused, output: entry.output, reason: "approval_expired", says: "nobody decided in time"))
        case .action, .update, .flow, .forEach, .parallel: return keep(timedOut(entry, step))
        }
    }

    /// A failed step: once more where the file says so, nothing was done, and there is time.
    private mutating func retried(_ entry: JournalEntry, _ step: Step, _ mode: Mode) -> Course {
        guard mode == .go, entry.mayRetry, let retry = step.retry, entry.attempt <= retry.times,
            !hasHadItsTime(entry)
        else { return .failed(entry) }
        let delay = retry.milliseconds(after: entry.attempt, dice: machine.dice(entry, around))
        return keep(entry.again(due: around.now.adding(milliseconds: delay)))
    }

    private func timedOut(_ entry: JournalEntry, _ step: Step) -> JournalEntry {
        entry.becoming(
            .failed, output: entry.output["execution"] == nil ? .null : entry.output, reason: "step_timeout",
            says: "not done within \(Seconds.text(step.timeout ?? 0))")
    }
}

extension Walker {
    private mutating func begin(_ step: Step, at path: String, _ scope: Scope) -> Course {
        if !path.hasPrefix(ExecutionMachine.errorBranch), let problem = noRoom() { return fail(path, problem) }
        do {
            var entry = JournalEntry(
                path: path, attempt: 1, state: .planned, input: try Work.input(of: step.kind, scope))
            entry.deadline = step.timeout.map { around.now.adding(seconds: $0) }
            switch step.kind {
            case .action, .update, .forEach, .parallel: break
            case .wait(let wait): entry = try waits(entry, wait, scope)
            case .approval(let approval): entry = try asks(entry, approval, of: step, scope)
            case .flow(let flow):
                entry.state = .waiting
                entry.due = entry.deadline
                entry.opens = .flow(flow.flow, input: entry.input["input"]?.object ?? [:])
            }
            return keep(entry)
        } catch { return fail(path, error) }
    }

    private func noRoom() -> ValueProblem? {
        if journal.count + front.keep.count >= Limits.executionSteps.value {
            return ValueProblem("too_many_steps", "the execution has \(Limits.executionSteps.value) steps already")
        }
        if journal.bytes >= Limits.journalBytes.value {
            return ValueProblem("journal_full", "the execution journaled \(journal.bytes) bytes already")
        }
        return nil
    }

    private func waits(_ planned: JournalEntry, _ wait: Wait, _ scope: Scope) throws(ValueProblem) -> JournalEntry {
        let moment: Timestamp
        switch wait {
        case .seconds(let seconds): moment = around.now.adding(seconds: seconds)
        case .until(let operand):
            guard let found = Moment.read(try scope.text(operand)) else {
                throw ValueProblem(
                    "not_a_moment",
                    "the moment to wait for is not of the form 2026-11-21T09:00:00Z, "
                        + "2026-11-21 09:00:00 or 2026-11-21")
            }
            moment = found
        }
        guard moment <= around.now.adding(seconds: Int64(Limits.waitSeconds.value)) else {
            throw ValueProblem(
                "wait_too_long", "the moment to wait for is over \(Seconds.text(Int64(Limits.waitSeconds.value))) away")
        }
        var entry = planned
        entry.input = ["until": .string(moment.rfc3339)]
        if machine.isTest || moment <= around.now {
            entry.state = .done
            entry.output = ["at": .string(around.now.rfc3339)]
            entry.says = machine.isTest ? "test run: not waited" : ""
        } else {
            entry.state = .waiting
            entry.due = moment
        }
        return entry
    }

    /// What an approval is about goes into its input: the person sees it, and nothing else counts as approved.
    private func asks(
        _ planned: JournalEntry, _ approval: ApprovalStep, of step: Step, _ scope: Scope
    ) throws(ValueProblem) -> JournalEntry {
        var entry = planned
        if !approval.approves.isEmpty, case .object(var input) = entry.input {
            input["approves"] = .array(try calls(named: approval.approves, behind: step.name, scope))
            entry.input = .object(input)
            if let problem = JournalValue.problem(entry.input) {
                throw ValueProblem("input_too_large", "what is to be approved \(problem)")
            }
        }
        if machine.isTest {
            entry.state = .done
            entry.output = ["decided_by": "test run"]
            entry.says = "test run: nobody is asked, it counts as approved"
        } else {
            entry.state = .waiting
            entry.due = entry.deadline
            entry.opens = .approval(approval, show: entry.input["show"]?.object ?? [:])
        }
        return entry
    }

    mutating func fail(_ path: String, _ problem: ValueProblem) -> Course {
        keep(JournalEntry(path: path, attempt: 1, state: .failed, reason: problem.reason, says: problem.says))
    }
}
