import AuditTrail
import Core
import Ports

/// One hub's turn at one execution: what it knows of the journal, what it has not kept yet, what is under way.
struct Run {
    let runner: Runner
    let claim: Claim
    let machine: ExecutionMachine
    var journal: Journal
    /// What was known of others' wishes when the journal was read.
    var standing: Standing
    /// Entries that are decided and go along with the next write.
    private var unkept: [JournalEntry] = []
    /// What is audited with them.
    private var events: [AuditEvent] = []
    private var busy: Set<String> = []

    init(runner: Runner, claim: Claim, machine: ExecutionMachine, journal: Journal, standing: Standing) {
        self.runner = runner
        self.claim = claim
        self.machine = machine
        self.journal = journal
        self.standing = standing
    }

    /// One round: decides, sends what may leave, or waits for what is under way. False when the turn is over.
    mutating func advance(_ group: inout ThrowingTaskGroup<Runner.Landing, any Error>) async throws -> Bool {
        let now = runner.effects.now()
        let front = machine.next(
            journal,
            .init(now: now, busy: busy, isCancelled: standing.isCancelled, dice: dice()))
        if let ending = front.ending { return try await end(ending, at: now) }
        if !front.keep.isEmpty {
            try await take(front.keep)
            return true
        }
        let leaving = runner.pause.isOn || !front.doubts.isEmpty ? [] : front.ready
        let room = Limits.stepsAtOnce.value - busy.count
        for one in leaving.prefix(room) {
            if case .update(let table, let id, let set) = one.work {
                try await settle(one, runner.change(table, id, set, claim), at: now)
                return true
            }
            if try await flush() { return true }
            launch(one, &group)
        }
        if !busy.isEmpty {
            if try await flush() { return true }
            guard let landing = try await group.next() else { return true }
            try await land(landing)
            return true
        }
        return try await leave(front, at: now)
    }

    private mutating func launch(
        _ leaving: Leaving, _ group: inout ThrowingTaskGroup<Runner.Landing, any Error>
    ) {
        busy.insert(leaving.entry.path)
        let (runner, machine, claim, dice) = (self.runner, self.machine, self.claim, dice())
        group.addTask {
            Runner.Landing(leaving: leaving, end: await runner.perform(leaving, machine, claim, dice: dice))
        }
    }

    /// Does a step that leaves nothing: its plan, its outcome and the change are one commit, so it is done once.
    private mutating func settle(_ leaving: Leaving, _ change: LocalStep.Change?, at now: Timestamp) async throws {
        let around = ExecutionMachine.Circumstances(now: now, dice: dice())
        guard let change else {
            let untouched = ActionOutcome.done(["test_run": "the record was not changed"])
            return take(machine.landed(leaving.entry, of: leaving.step, untouched, around))
        }
        let done = machine.landed(leaving.entry, of: leaving.step, .done([:]), around)
        do {
            guard try await !keep(.goOn, doing: LocalStep(outcome: done, change: change), at: now) else { return }
            journal.apply(done)
        } catch let refused as LocalStep.Refused {
            let failure = ActionOutcome.failed(reason: refused.reason, says: refused.says)
            take(machine.landed(leaving.entry, of: leaving.step, failure, around))
        } catch is CancelAsked {
            try await read()
        }
    }

    private mutating func take(_ entry: JournalEntry) {
        unkept.append(entry)
        journal.apply(entry)
    }

    private mutating func land(_ landing: Runner.Landing) async throws {
        busy.remove(landing.leaving.entry.path)
        switch landing.end {
        case .entry(let entry, let events):
            take(entry)
            self.events += events
        case .cancelled: try await read()
        case .broken(let error): throw error
        }
    }

    /// After something broke: the outcome of what was under way is kept, if the claim still holds.
    mutating func keepAfter(_ landing: Runner.Landing) async throws {
        busy.remove(landing.leaving.entry.path)
        guard case .entry(let entry, let events) = landing.end else { return }
        unkept.append(entry)
        self.events += events
        _ = try await keep(.goOn, at: runner.effects.now())
    }

    /// Takes up what was decided; ids of what it opens are drawn here, before any transaction.
    private mutating func take(_ entries: [JournalEntry]) async throws {
        for decided in entries {
            var entry = try await runner.reach.aimed(decided, of: claim.execution)
            switch entry.opens {
            case .flow: entry.output = ["execution": .string(ExecutionID.new(runner.effects).rawValue)]
            case .approval: entry.output = ["approval": .string(Hex.encode(runner.effects.randomBytes(16)))]
            case nil: break
            }
            take(entry)
        }
    }

    /// Keeps what is not kept yet. True when others changed what is to be done, and the journal was read again.
    private mutating func flush() async throws -> Bool {
        guard !unkept.isEmpty else { return false }
        return try await keep(.goOn, at: runner.effects.now())
    }

    /// True when there is news: the journal was read again, and what was wanted afterwards has not happened.
    ///
    /// Throws what `ExecutionStore.keep` does; then everything that was not kept still is not.
    ///
    /// - Parameter otherwise: the events that remain when what was wanted does not happen.
    private mutating func keep(
        _ then: ExecutionStore.Afterwards, doing step: LocalStep? = nil, otherwise: [AuditEvent]? = nil,
        at now: Timestamp
    ) async throws -> Bool {
        let found: Standing
        let all = events + unkept.filter { $0.state == .inDoubt }.map(doubt)
        do {
            found = try await runner.store.keep(
                unkept, of: claim, doing: step, then: then, events: all, at: now)
        } catch is JournalMoved {
            if let otherwise { events = otherwise }
            try await read()
            return true
        }
        unkept = []
        events = []
        guard then == .goOn, found != standing else { return false }
        try await read()
        return true
    }

    /// Reads the journal again; what is not kept yet stays on top of it, where nobody else was first.
    private mutating func read() async throws {
        (journal, standing) = try await runner.store.load(claim)
        let entries = unkept
        unkept = []
        for entry in entries where journal.takes(entry) { take(entry) }
    }

    private func dice() -> UInt64 {
        runner.effects.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension Run {
    /// Nothing is under way any more: it rests, is in doubt, or another hub goes on. True when there is news instead.
    private mutating func leave(_ front: ExecutionMachine.Front, at now: Timestamp) async throws -> Bool {
        if runner.pause.isOn { return try await keep(.rest(until: now, seen: standing), at: now) }
        if !front.doubts.isEmpty { return try await keep(.inDoubt, at: now) }
        let longest = now.adding(seconds: Int64(Limits.restSeconds.value))
        return try await keep(.rest(until: min(front.until ?? longest, longest), seen: standing), at: now)
    }

    private mutating func end(_ ending: ExecutionMachine.Ending, at now: Timestamp) async throws -> Bool {
        var details: [AuditEvent.Key: String] = [
            .flow: claim.execution.flow, .version: String(claim.execution.version), .outcome: "done",
        ]
        if claim.execution.isTest { details[.mode] = "test" }
        switch ending {
        case .done: break
        case .cancelled: details[.outcome] = "cancelled"
        case .failed(let step, let reason, _):
            details[.outcome] = "failed"
            details[.step] = step
            details[.reason] = reason
        }
        let before = events
        events.append(event(.executionEnded, details))
        return try await keep(.end(ending), otherwise: before, at: now)
    }

    private func doubt(_ entry: JournalEntry) -> AuditEvent {
        event(.executionInDoubt, [.flow: claim.execution.flow, .step: entry.path])
    }

    private func event(_ action: AuditEvent.Action, _ details: [AuditEvent.Key: String]) -> AuditEvent {
        AuditEvent(
            action, on: .init("execution", id: claim.execution.id.rawValue, name: claim.execution.flow),
            by: claim.execution.cause(at: runner.effects.now()), details)
    }
}
