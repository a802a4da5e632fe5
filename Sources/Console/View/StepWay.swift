import Core

/// The way of one attempt at a step, told from the journal.
struct StepWay: Sendable {
    let step: JSON

    private var state: String { step["state"]?.string ?? "" }
    private var wasSent: Bool { step["sent"]?.bool == true }
    private var isDone: Bool { state == "done" }
    private var says: String {
        let reason = step["reason"]?.string ?? ""
        return (step["says"]?.string ?? "") + (reason.isEmpty ? "" : " Reason: \(reason).")
    }

    var stations: [Station] {
        [
            Station("Planned", .passed, moment("planned_at"), "The journal held the plan before anything else."),
            gate, sent, answer,
            Station("Journal", .passed, moment("ended_at"), "What came of it is kept as: \(Words.spoken(state))."),
        ]
    }

    private var gate: Station {
        guard wasSent || isDone else { return Station("Gate", .failed, Words.spoken(state), says, isDeciding: true) }
        return Station("Gate", .passed, nil, "The call was allowed to leave.")
    }

    private var sent: Station {
        guard wasSent else { return Station("Sent", .unreached, nil, "Nothing was sent.") }
        return Station("Sent", .passed, moment("sent_at"), step["action"]?.string ?? step["title"]?.string ?? "")
    }

    private var answer: Station {
        guard wasSent else { return Station("Answer", .unreached) }
        if isDone { return Station("Answer", .passed) }
        if state == "in_doubt" {
            return Station(
                "Answer", .doubtful, nil, says, isDeciding: true,
                flip: "Look in the outside system whether it happened, then decide.")
        }
        return Station("Answer", .failed, Words.spoken(state), says, isDeciding: true)
    }

    private func moment(_ key: String) -> String { step[key]?.string.flatMap { Moment($0) }?.shown ?? "not yet" }
}
