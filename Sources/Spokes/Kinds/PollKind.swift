import Core
import Documents
import Ports

/// One read, over and over until the reply is as it should be. A turn that finds it otherwise ends with `later`: the
/// caller keeps the time, so a hub that stops in between loses nothing.
struct PollKind: ActionKind {
    static let word = "poll"
    static let isStream = false
    static let onlyReads = true
    let until: Equality
    /// Seconds between two turns.
    let every: Int64
    /// How often it asks at most.
    let turns: Int64
    let output: OutputMapping

    init(_ map: inout MapReader) throws(DocumentProblem) {
        until = try Equality("until", &map)
        every = try map.int("every", 1...Int64(Limits.pollSeconds.value))
        turns = try map.int("turns", 2...Int64(Limits.pollTurns.value))
        output = try OutputMapping(&map)
    }

    var fields: [OutputMapping.Field] { output.fields }

    func run(_ run: ActionRun) async -> ActionOutcome {
        let answer = await run.answer(nil) { reply -> (isSo: Bool, picked: JSON)? in
            output.pick(from: reply).map { (until.holds(for: reply) ?? false, $0) }
        }
        switch answer {
        case .ended(let outcome): return outcome
        case .reply(let found, _) where found.isSo: return .done(found.picked)
        case .reply where run.call.turn < turns:
            return .later(
                reason: "not_yet", says: "\"\(run.action.name)\" asks again in \(every) seconds.",
                until: run.effects.now().adding(seconds: every))
        case .reply:
            return .failed(
                reason: "poll_gave_up",
                says: "\"\(run.action.name)\" asked \(turns) times, and \(until.pointer) was never what it waits for. "
                    + "Look in \(run.spoke.title).")
        }
    }
}
