import Core
import Ports

/// The way of one attempt at a step, told from the journal.
struct StepWay: Sendable {
    private let step: JSON
    private let state: StepState

    /// Nil for a step whose state is none that this hub knows.
    init?(_ step: JSON) {
        guard let state = StepState(rawValue: step["state"]?.string ?? "") else { return nil }
        self.step = step
        self.state = state
    }

    /// Where the attempt ended or stands.
    private enum Stop { case planned, gate, answer, nowhere }

    private var stop: Stop {
        switch state {
        case .done, .skipped: .nowhere
        case .planned, .waiting, .cancelled: .planned
        case .refused: .gate
        case .sent, .inDoubt: .answer
        case .failed: wasSent ? .answer : .planned
        }
    }

    private var wasSent: Bool { step["sent"]?.bool == true }
    private var says: String {
        let reason = step["reason"]?.string ?? ""
        return (step["says"]?.string ?? "") + (reason.isEmpty ? "" : " Reason: \(reason).")
    }

    /// Only an action meets the gate and leaves; everything else has an outcome.
    var stations: [Station] {
        let journal = Station("Journal", .passed, time("ended_at"), "What came of it is kept as: \(word).")
        guard step["action"]?.string != nil else {
            return [planned(.passed), stop == .nowhere ? Station("Outcome", .passed, word) : ended("Outcome"), journal]
        }
        switch stop {
        case .planned: return [ended("Planned"), Station("Gate", .unreached), notSent, journal]
        case .gate: return [planned(.passed), ended("Gate"), notSent, journal]
        case .answer: return [planned(.passed), gate, sent, ended("Answer"), journal]
        case .nowhere: return [planned(.passed), gate, sent, Station("Answer", .passed), journal]
        }
    }

    private var word: String { Words.spoken(state.rawValue) }
    private func planned(_ state: Station.State) -> Station {
        Station("Planned", state, time("planned_at"), "The journal held the plan before anything else.")
    }
    private var gate: Station { Station("Gate", .passed, nil, "The call was allowed to leave.") }
    private var sent: Station {
        Station("Sent", .passed, time("sent_at"), step["action"]?.string ?? "")
    }
    private var notSent: Station { Station("Sent", .unreached, nil, "Nothing was sent.") }

    /// The station where it ended.
    private func ended(_ name: String) -> Station {
        let isDoubtful = state == .inDoubt
        return Station(
            name, isDoubtful ? .doubtful : .failed, isDoubtful ? nil : word, says, isDeciding: true,
            flip: isDoubtful ? "Look in the outside system whether it happened, then decide." : nil)
    }

    /// The time of day; the table of the steps has the days.
    private func time(_ key: String) -> String {
        step[key]?.string.flatMap { Moment($0) }.map { String($0.shown.suffix(8)) } ?? "not yet"
    }
}
