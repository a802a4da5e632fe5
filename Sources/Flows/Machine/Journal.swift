import Core
import Ports

/// One attempt at one step, as it is kept.
struct JournalEntry: Sendable, Equatable {
    /// Where it is: `leave[2].remove`.
    let path: String
    /// 1 for the first.
    let attempt: Int
    /// How far it came.
    var state: StepState
    /// What goes in.
    var input: JSON = .null
    /// What came out.
    var output: JSON = .null
    /// A stable code; empty where all is well.
    var reason = ""
    /// The same in a sentence.
    var says = ""
    /// It is not touched before; nil for at once.
    var due: Timestamp?
    /// When the step, all its attempts together, has had its time; nil for never.
    var deadline: Timestamp?
    /// The state that the kept row must be in for this one to replace it; nil when there is no row yet.
    var replaces: StepState?
    /// What begins in the transaction that keeps it. Not kept itself.
    var opens: Opening?

    /// What its input and output take as JSON, in bytes.
    var byteCount: Int { input.bytes.count + output.bytes.count }

    /// The same attempt in its next state.
    func becoming(
        _ next: StepState, output: JSON = .null, reason: String = "", says: String = "", due: Timestamp? = nil
    ) -> JournalEntry {
        JournalEntry(
            path: path, attempt: attempt, state: next, input: input, output: output, reason: reason, says: says,
            due: due, deadline: deadline, replaces: state)
    }

    /// The next attempt, with the input that was kept.
    ///
    /// - Parameter afterDoubt: whether this attempt may have happened; the next one then knows that the step may have.
    func again(due: Timestamp? = nil, afterDoubt: Bool = false) -> JournalEntry {
        JournalEntry(
            path: path, attempt: attempt + 1, state: .planned, input: input,
            output: afterDoubt || mayHaveHappened ? ["may_have_happened": true] : .null, due: due, deadline: deadline)
    }

    /// An earlier attempt left and has no outcome. Kept as the output of what has none yet.
    var mayHaveHappened: Bool { output["may_have_happened"]?.bool == true }

    /// The sentence, and that an earlier attempt may have happened where that is so.
    func withDoubt(_ says: String) -> String {
        mayHaveHappened ? says + " (an earlier attempt had no answer and may have happened)" : says
    }

    /// How often it was looked, without an answer, whether it happened. Kept as the output of what has none yet.
    var looks: Int { state == .sent ? Int(output["looks"]?.int ?? 0) : 0 }

    /// How often its spoke put it off. Kept as the output of what has none yet.
    var laters: Int { state == .sent || state == .planned ? Int(output["later"]?.int ?? 0) : 0 }

    /// It did not happen, and the outside said so: another attempt does nothing twice.
    var mayRetry: Bool { state == .failed && output["did_not_happen"]?.bool == true }

    /// Still sent; one more look had no answer.
    func looked(reason: String, says: String, due: Timestamp) -> JournalEntry {
        becoming(.sent, output: ["looks": .int(Int64(looks + 1))], reason: reason, says: says, due: due)
    }
}

/// What begins together with a waiting step.
enum Opening: Sendable, Equatable {
    case flow(String, input: JSONObject)
    case approval(ApprovalStep, show: JSONObject)
}

/// All attempts of one execution, the latest of each step at hand.
struct Journal: Sendable {
    private(set) var latest: [String: JournalEntry] = [:]
    /// What the latest attempts hold, inputs and outputs.
    private(set) var bytes = 0
    /// Of each step's latest attempt, so that none is written twice to be counted.
    private var sizes: [String: Int] = [:]

    init(_ entries: [JournalEntry] = []) { for entry in entries { apply(entry) } }

    /// Takes an entry up as it is kept. An older attempt never hides a newer one.
    mutating func apply(_ entry: JournalEntry) {
        if let known = latest[entry.path], known.attempt > entry.attempt { return }
        var kept = entry
        kept.replaces = nil
        kept.opens = nil
        let size = kept.byteCount
        bytes += size - (sizes.updateValue(size, forKey: entry.path) ?? 0)
        latest[entry.path] = kept
    }

    /// Whether an entry follows from what is kept: its row is in the state that it replaces, or there is none yet.
    func takes(_ entry: JournalEntry) -> Bool {
        guard let known = latest[entry.path] else { return entry.replaces == nil }
        if let replaced = entry.replaces { return known.attempt == entry.attempt && known.state == replaced }
        return known.attempt < entry.attempt
    }

    /// The latest attempt at a step; nil when there is none.
    subscript(path: String) -> JournalEntry? { latest[path] }

    /// How many steps have an entry.
    var count: Int { latest.count }
}
