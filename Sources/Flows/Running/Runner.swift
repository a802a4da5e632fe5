import AuditTrail
import Core
import Ports
import Storage

/// Carries one claimed execution on until it ends, rests, is in doubt or belongs to another hub.
struct Runner: Sendable {
    let store: ExecutionStore
    let effects: Effects
    let catalogue: any ActionCatalogue
    let actions: any ActionRunning
    let records: any RecordWriting
    let pause: Pause

    /// Goes on from what the journal says.
    ///
    /// Throws what the store or a port throws; then nothing more is written, and the journal says where to go on.
    func run(_ claim: Claim, of flow: FlowDefinition) async throws {
        let machine = ExecutionMachine(
            flow: flow, trigger: claim.execution.trigger,
            repeats: { catalogue.describe($0)?.repeat ?? .ask })
        var journal = try await store.journal(of: claim.execution.id)
        var unkept: [JournalEntry] = []
        var wasUnknown = false
        while true {
            if pause.isOn { return try await release(claim, keeping: unkept) }
            var move = machine.next(journal)
            if case .look(let entry, let work) = move {
                // What had no answer just now may still be on its way: look a little later.
                if wasUnknown { return try await rest(claim, keeping: unkept) }
                move = machine.settle(entry, try await look(work, entry, claim))
                if case .keep(let kept) = move { wasUnknown = kept.last?.state == .sent }
            }
            switch move {
            case .keep(let entries):
                unkept += entries
                for entry in entries { journal.apply(Self.kept(entry)) }
                if wasUnknown { return try await rest(claim, keeping: unkept) }
            case .send(let planned, let work):
                let performed = try await perform(work, planned, claim, keeping: unkept)
                unkept = performed.entries
                for entry in unkept { journal.apply(Self.kept(entry)) }
                if let due = performed.due { return try await rest(claim, keeping: unkept, until: due) }
                wasUnknown = unkept.last?.state == .sent
                if !performed.events.isEmpty {
                    try await store.keep(unkept, of: claim, events: performed.events, at: effects.now())
                    unkept = []
                }
            case .look(let entry, _), .doubt(let entry):
                return try await doubt(entry, claim, keeping: unkept)
            case .end(let ending):
                return try await end(ending, claim, keeping: unkept)
            }
        }
    }

    private static func kept(_ entry: JournalEntry) -> JournalEntry {
        var entry = entry
        entry.replaces = nil
        return entry
    }

    /// What became of a step.
    private struct Performed {
        var entries: [JournalEntry]
        var events: [AuditEvent] = []
        /// When its next attempt is due, if it was put off.
        var due: Timestamp?
    }

    /// The plan is durable, then the gate is asked, then `sent` is durable, and only then anything leaves.
    private func perform(
        _ work: Work, _ planned: JournalEntry, _ claim: Claim, keeping unkept: [JournalEntry]
    ) async throws -> Performed {
        if !unkept.isEmpty { try await store.keep(unkept, of: claim, at: effects.now()) }
        let cause = claim.execution.cause(at: effects.now())
        let call = Self.call(work, planned, claim, cause)
        if let call, case .refused(let reason, let says) = try await actions.gate(call) {
            let event = AuditEvent(
                .actionRefused, on: .init("execution", id: claim.execution.id.rawValue, name: claim.execution.flow),
                by: cause,
                [
                    .action: call.action.description, .alias: call.alias, .step: planned.path, .reason: reason,
                    .flow: claim.execution.flow,
                ])
            return Performed(entries: [planned.becoming(.refused, reason: reason, says: says)], events: [event])
        }
        var sent = planned.becoming(.sent)
        try await store.keep([sent], of: claim, at: effects.now())
        sent.replaces = nil
        let outcome = try await send(work, call, claim)
        if case .later(let reason, let says, let due) = outcome, sent.attempt < Limits.stepTurns.value {
            let next = JournalEntry(path: sent.path, attempt: sent.attempt + 1, state: .planned, input: sent.input)
            return Performed(entries: [sent.becoming(.failed, reason: reason, says: says), next], due: due)
        }
        return Performed(entries: [self.outcome(outcome, of: sent)])
    }

    private static func call(_ work: Work, _ planned: JournalEntry, _ claim: Claim, _ cause: Cause) -> ActionCall? {
        guard case .action(let step, let input) = work else { return nil }
        return ActionCall(
            action: step.action, alias: step.alias, input: input, most: step.most,
            execution: "\(claim.execution.id)/\(planned.path)", cause: cause, turn: planned.attempt)
    }

    private func look(_ work: Work, _ sent: JournalEntry, _ claim: Claim) async throws -> ActionOutcome? {
        guard let call = Self.call(work, sent, claim, claim.execution.cause(at: effects.now())) else { return nil }
        return try await actions.lookUp(call)
    }

    private func send(_ work: Work, _ call: ActionCall?, _ claim: Claim) async throws -> ActionOutcome {
        if let call { return try await actions.run(call) }
        guard case .update(let table, let id, let set) = work else {
            throw HubError(.internal, "journal_mismatch", "Internal error.", detail: "a plan of a step without work")
        }
        do {
            try await records.update(table: table, sysID: id, set: set, by: claim.execution.cause(at: effects.now()))
            return .done([:])
        } catch let error as HubError where ![.unavailable, .timeout, .internal].contains(error.kind) {
            return .failed(reason: error.reason, says: error.message)
        }
    }

    private func outcome(_ outcome: ActionOutcome, of sent: JournalEntry) -> JournalEntry {
        switch outcome {
        case .done(let output):
            let size = output.bytes.count
            guard size <= Limits.journalValueBytes.value else {
                return sent.becoming(
                    .failed, reason: "result_too_large",
                    says: "it happened, but its answer has \(size) bytes and the journal keeps "
                        + "\(Limits.journalValueBytes.value). Lower most.")
            }
            return sent.becoming(.done, output: output)
        case .refused(let reason, let says): return sent.becoming(.refused, reason: reason, says: says)
        case .failed(let reason, let says), .later(let reason, let says, _):
            return sent.becoming(.failed, reason: reason, says: says)
        case .unknown(let reason, let says): return sent.becoming(.sent, reason: reason, says: says)
        }
    }
}

extension Runner {
    /// A safe step without an answer is sent again later, each time a little later.
    private func rest(_ claim: Claim, keeping entries: [JournalEntry]) async throws {
        let attempt = entries.map { max($0.attempt, $0.looks) }.max() ?? 1
        let now = effects.now()
        let due = now.adding(seconds: Int64(1) << Int64(min(attempt, 6)))
        try await store.keep(entries, of: claim, then: .rest(until: due), at: now)
    }

    /// A step that was put off is taken up again when it is due; until then nobody holds the execution.
    private func rest(_ claim: Claim, keeping entries: [JournalEntry], until due: Timestamp) async throws {
        try await store.keep(entries, of: claim, then: .rest(until: due), at: effects.now())
    }

    /// The hub stops: whoever is next goes on at once.
    private func release(_ claim: Claim, keeping entries: [JournalEntry]) async throws {
        let now = effects.now()
        try await store.keep(entries, of: claim, then: .rest(until: now), at: now)
    }

    private func doubt(_ entry: JournalEntry, _ claim: Claim, keeping unkept: [JournalEntry]) async throws {
        let now = effects.now()
        var entries = unkept
        if entry.state != .inDoubt {
            let reason = entry.reason.isEmpty ? "answer_not_journaled" : entry.reason
            let says = entry.says.isEmpty ? "sent, and its answer was not kept; it may have happened" : entry.says
            entries.append(entry.becoming(.inDoubt, reason: reason, says: says))
        }
        let event = AuditEvent(
            .executionInDoubt,
            on: .init("execution", id: claim.execution.id.rawValue, name: claim.execution.flow),
            by: claim.execution.cause(at: now), [.flow: claim.execution.flow, .step: entry.path])
        try await store.keep(entries, of: claim, then: .inDoubt, events: [event], at: now)
    }

    private func end(
        _ ending: ExecutionMachine.Ending, _ claim: Claim, keeping entries: [JournalEntry]
    ) async throws {
        let now = effects.now()
        var details: [AuditEvent.Key: String] = [
            .flow: claim.execution.flow, .version: String(claim.execution.version), .outcome: "done",
        ]
        if case .failed(let step, let reason, _) = ending {
            details[.outcome] = "failed"
            details[.step] = step
            details[.reason] = reason
        }
        let event = AuditEvent(
            .executionEnded, on: .init("execution", id: claim.execution.id.rawValue, name: claim.execution.flow),
            by: claim.execution.cause(at: now), details)
        try await store.keep(entries, of: claim, then: .end(ending), events: [event], at: now)
    }
}
