import Core
import Ports

/// What an outcome makes of a step. Pure, like all of the machine.
extension ExecutionMachine {
    /// The entry of a step that was sent and has an outcome.
    ///
    /// - Parameter sent: the step's entry, as it is kept.
    func landed(_ sent: JournalEntry, of step: Step, _ outcome: ActionOutcome, _ around: Circumstances) -> JournalEntry
    {
        switch outcome {
        case .done(let output):
            guard let problem = JournalValue.problem(output) else { return sent.becoming(.done, output: output) }
            return sent.becoming(
                .failed, reason: "result_too_large", says: "it happened, but its answer \(problem). Lower most.")
        case .refused(let reason, let says):
            return sent.becoming(.refused, reason: reason, says: sent.withDoubt(says))
        case .failed(let reason, let says):
            var output = JSONObject()
            if step.retry != nil, ActionOutcome.passing.contains(reason) { output["did_not_happen"] = true }
            if sent.mayHaveHappened { output["may_have_happened"] = true }
            return sent.becoming(.failed, output: .object(output), reason: reason, says: sent.withDoubt(says))
        case .unknown(let reason, let says):
            return sent.becoming(.sent, reason: reason, says: says, due: pause(after: sent, of: step, around))
        case .later(let reason, let says, let moment):
            return later(sent, at: moment, reason: reason, says: says, around)
        }
    }

    /// What comes next when it was looked whether a step had happened; nil leaves it to a person.
    ///
    /// - Parameter found: `done`; `failed` with `did_not_happen`; `unknown` when the look had no answer and may be
    ///   tried again later; all else leaves it to a person.
    func looked(
        _ sent: JournalEntry, of step: Step, _ found: ActionOutcome?, _ around: Circumstances
    ) -> JournalEntry {
        switch found {
        case .done: return sent.becoming(.done, output: [:])
        case .failed("did_not_happen", _): return mayRepeat(sent, step) ? sent.again() : doubt(sent)
        case .unknown(let reason, let says) where sent.looks + 1 < Limits.stepAttempts.value:
            return sent.looked(reason: reason, says: says, due: pause(after: sent, of: step, around))
        case .later(let reason, let says, let moment) where sent.looks + 1 < Limits.stepAttempts.value:
            return sent.looked(reason: reason, says: says, due: bounded(moment, around))
        case .refused(let reason, let says):
            var seen = sent
            seen.says = "sent, and it may have happened; to look was refused: \(reason): \(says)"
            return doubt(seen)
        case .unknown, .failed, .later, nil: return doubt(sent)
        }
    }

    /// Shown as in doubt, with what is known.
    func doubt(_ sent: JournalEntry) -> JournalEntry {
        sent.becoming(
            .inDoubt, reason: sent.reason.isEmpty ? "answer_not_journaled" : sent.reason,
            says: sent.says.isEmpty ? "sent, and its answer was not kept; it may have happened" : sent.says)
    }

    /// Whether a step whose outcome is unknown may be sent once more.
    func mayRepeat(_ entry: JournalEntry, _ step: Step) -> Bool {
        entry.attempt < (step.retry.map { $0.times + 1 } ?? Limits.stepAttempts.value)
    }

    /// The dice of one attempt at one step: different for each, from one number.
    func dice(_ entry: JournalEntry, _ around: Circumstances) -> UInt64 {
        // FNV-1a over the path, so that branches that failed together come back apart.
        entry.path.utf8.reduce(around.dice ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
            &+ UInt64(entry.attempt)
    }

    /// What had no answer just now may still be on its way: each time a little later.
    private func pause(after sent: JournalEntry, of step: Step, _ around: Circumstances) -> Timestamp {
        let tries = max(sent.attempt, sent.looks + 1)
        guard let retry = step.retry else { return around.now.adding(seconds: Retry.standard.seconds(after: tries)) }
        return around.now.adding(milliseconds: retry.milliseconds(after: tries, dice: dice(sent, around)))
    }

    /// The attempt goes back to planned: its outcome is known, nothing happened.
    private func later(
        _ sent: JournalEntry, at moment: Timestamp, reason: String, says: String, _ around: Circumstances
    ) -> JournalEntry {
        guard sent.laters + 1 < Limits.stepLaters.value else {
            return sent.becoming(
                .failed, reason: "put_off_too_often",
                says: sent.withDoubt("put off \(Limits.stepLaters.value) times: \(says)"))
        }
        var output: JSONObject = ["later": .int(Int64(sent.laters + 1))]
        if sent.mayHaveHappened { output["may_have_happened"] = true }
        return sent.becoming(
            .planned, output: .object(output), reason: reason, says: says, due: bounded(moment, around))
    }

    /// Not sooner than in a second, not later than in a day, whatever the outside says.
    private func bounded(_ moment: Timestamp, _ around: Circumstances) -> Timestamp {
        let soonest = around.now.adding(seconds: 1)
        return min(max(moment, soonest), around.now.adding(seconds: Int64(Limits.retrySeconds.value)))
    }
}
