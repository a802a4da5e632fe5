import Core
import Ports

/// Decides what an execution does next from its flow, its trigger and its journal. No I/O, no clock: every
/// interleaving of a crash is a row of a test.
struct ExecutionMachine: Sendable {
    /// What to do next.
    enum Move: Sendable, Equatable {
        /// Keep these entries; nothing leaves. Plans a step, expands or closes a loop, fails a step.
        case keep([JournalEntry])
        /// Ask the gate, keep `sent`, then send.
        case send(JournalEntry, Work)
        /// The step was sent and its outcome is unknown: look whether it happened, then `settle`.
        case look(JournalEntry, Work)
        /// The step was sent, its outcome is unknown and it must not be repeated: stop until a person decides.
        case doubt(JournalEntry)
        /// Nothing is left to do.
        case end(Ending)
    }

    /// How an execution ends.
    enum Ending: Sendable, Equatable {
        case done
        case failed(step: String, reason: String, says: String)
    }

    let flow: FlowDefinition
    /// `{"record": {…}}` or `{"input": {…}}`.
    let trigger: JSON
    /// How an action may be repeated; `ask` for one that nobody knows.
    let repeats: @Sendable (ActionName) -> Repeat

    /// The next thing to do.
    func next(_ journal: Journal) -> Move {
        let scope = Scope(trigger: trigger)
        switch walk(flow.steps, at: "", scope, journal) {
        case .move(let move): return move
        case .through: return .end(.done)
        case .failed(let entry):
            let ending = Ending.failed(step: entry.path, reason: entry.reason, says: entry.says)
            // A failure inside the error branch ends it: it runs once.
            guard case .move(let move) = walk(flow.onError, at: Self.errorBranch, scope, journal) else {
                return .end(ending)
            }
            return move
        }
    }

    /// What stands before the paths of the error branch.
    static let errorBranch = "on_error."

    private enum Walk {
        case through
        case move(Move)
        case failed(JournalEntry)
    }

    private enum Leaf {
        case done(JSON)
        case stop(Walk)
    }

    private func walk(_ steps: [Step], at prefix: String, _ outer: Scope, _ journal: Journal) -> Walk {
        var scope = outer
        for step in steps {
            let path = prefix + step.name
            let leaf =
                switch step.kind {
                case .forEach(let loop): walk(loop, at: path, scope, journal)
                case .action, .update: self.leaf(step, at: path, scope, journal)
                }
            switch leaf {
            case .done(let output): scope.values[step.name] = output
            case .stop(let walk): return walk
            }
        }
        return .through
    }

    private func leaf(_ step: Step, at path: String, _ scope: Scope, _ journal: Journal) -> Leaf {
        guard let entry = journal[path] else { return .stop(first(step, at: path, scope, journal)) }
        switch entry.state {
        case .done, .skipped: return .done(entry.output)
        case .failed, .refused: return .stop(.failed(entry))
        case .inDoubt: return .stop(.move(.doubt(entry)))
        case .planned: return .stop(.move(.send(entry, Work(step.kind, input: entry.input))))
        case .sent:
            switch repetition(of: step.kind) {
            case .safe: return .stop(.move(again(entry)))
            case .lookUp: return .stop(.move(.look(entry, Work(step.kind, input: entry.input))))
            case .ask: return .stop(.move(.doubt(entry)))
            }
        }
    }

    /// What comes next when it was looked whether a step had happened.
    ///
    /// - Parameter found: `done`; `failed` with `did_not_happen`; `unknown` when the look had no answer and may be
    ///   tried again later; all else leaves it to a person.
    func settle(_ entry: JournalEntry, _ found: ActionOutcome?) -> Move {
        switch found {
        case .done: return .keep([entry.becoming(.done, output: [:])])
        case .failed("did_not_happen", _): return again(entry)
        case .unknown(let reason, let says) where entry.looks + 1 < Limits.stepAttempts.value:
            return .keep([entry.looked(reason: reason, says: says)])
        case .unknown, .failed, .refused, .later, nil: return .doubt(entry)
        }
    }

    /// A new attempt with the input that was kept; in doubt when there were enough.
    private func again(_ entry: JournalEntry) -> Move {
        guard entry.attempt < Limits.stepAttempts.value else { return .doubt(entry) }
        return .keep([
            JournalEntry(path: entry.path, attempt: entry.attempt + 1, state: .planned, input: entry.input)
        ])
    }

    private func first(_ step: Step, at path: String, _ scope: Scope, _ journal: Journal) -> Walk {
        guard journal.count < Limits.executionSteps.value || path.hasPrefix(Self.errorBranch) else {
            return fail(path, .init("too_many_steps", "the execution has \(Limits.executionSteps.value) steps already"))
        }
        do {
            let input = try Work.input(of: step.kind, scope)
            return .move(.keep([JournalEntry(path: path, attempt: 1, state: .planned, input: input)]))
        } catch { return fail(path, error) }
    }

    private func fail(_ path: String, _ problem: ValueProblem) -> Walk {
        .move(
            .keep([
                JournalEntry(path: path, attempt: 1, state: .failed, reason: problem.reason, says: problem.says)
            ]))
    }

    /// Setting the same columns to the same values twice is the same as once.
    private func repetition(of kind: Step.Kind) -> Repeat {
        switch kind {
        case .action(let action): repeats(action.action)
        case .update: .safe
        case .forEach: .ask
        }
    }
}

extension ExecutionMachine {
    private func walk(_ loop: ForEach, at path: String, _ scope: Scope, _ journal: Journal) -> Leaf {
        if let entry = journal[path] {
            switch entry.state {
            case .done: return .done(entry.output)
            case .failed, .refused: return .stop(.failed(entry))
            case .planned, .sent, .skipped, .inDoubt: break
            }
        }
        do {
            let items = try items(of: loop, scope)
            guard let entry = journal[path] else { return .stop(.move(expand(loop, items, at: path))) }
            for (index, item) in items.enumerated() where journal["\(path)[\(index)]"]?.state != .skipped {
                var inner = scope
                inner.values[loop.item] = item
                switch walk(loop.steps, at: "\(path)[\(index)].", inner, journal) {
                case .through: continue
                case .failed(let failed): return .stop(.move(.keep([closed(entry, by: failed)])))
                case .move(let move): return .stop(.move(move))
                }
            }
            return .stop(.move(.keep([entry.becoming(.done, output: entry.input)])))
        } catch {
            return .stop(fail(path, error))
        }
    }

    private func items(of loop: ForEach, _ scope: Scope) throws(ValueProblem) -> [JSON] {
        guard let items = try scope.value(loop.list).array else {
            throw ValueProblem("not_a_list", "\(loop.list) is not a list")
        }
        guard items.count <= loop.most else {
            throw ValueProblem(
                "too_many_items", "\(loop.list) has \(items.count) items; at most \(loop.most) are taken. Raise most.")
        }
        return items
    }

    /// The loop's own entry says how many; each item that a condition leaves alone gets an entry that says why.
    private func expand(_ loop: ForEach, _ items: [JSON], at path: String) -> Move {
        var left: [JournalEntry] = []
        for (index, item) in items.enumerated() {
            guard let unmet = loop.conditions.first(where: { !$0.holds(for: item) }) else { continue }
            left.append(
                JournalEntry(
                    path: "\(path)[\(index)]", attempt: 1, state: .skipped, reason: "condition", says: unmet.unmet))
        }
        let numbers: JSON = ["count": .int(Int64(items.count - left.count)), "left_alone": .int(Int64(left.count))]
        return .keep([JournalEntry(path: path, attempt: 1, state: .planned, input: numbers)] + left)
    }

    /// The loop fails where its item's step did, so that the path of the cause is not lost.
    private func closed(_ entry: JournalEntry, by failed: JournalEntry) -> JournalEntry {
        entry.becoming(.failed, reason: failed.reason, says: "\(failed.path): \(failed.says)")
    }
}
