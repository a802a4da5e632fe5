import Core

/// One attempt at one step, as it is kept.
struct JournalEntry: Sendable, Equatable {
    /// How far it came.
    enum State: String, Sendable, CaseIterable {
        /// Decided, nothing has left.
        case planned
        /// About to leave or gone; no answer is kept.
        case sent
        case done
        case failed
        /// The gate refused it; nothing was sent.
        case refused
        /// Left alone by a condition.
        case skipped
        /// Sent, and nobody knows whether it happened.
        case inDoubt = "in_doubt"
    }

    /// Where it is: `leave[2].remove`.
    let path: String
    /// 1 for the first.
    let attempt: Int
    /// How far it came.
    var state: State
    /// What goes in.
    var input: JSON = .null
    /// What came out.
    var output: JSON = .null
    /// A stable code; empty where all is well.
    var reason = ""
    /// The same in a sentence.
    var says = ""
    /// The state that the kept row must be in for this one to replace it; nil when there is no row yet.
    var replaces: State?

    /// The same attempt in its next state.
    func becoming(_ next: State, output: JSON = .null, reason: String = "", says: String = "") -> JournalEntry {
        JournalEntry(
            path: path, attempt: attempt, state: next, input: input, output: output, reason: reason, says: says,
            replaces: state)
    }

    /// How often it was looked, without an answer, whether it happened. Kept as the output of what has none yet.
    var looks: Int { state == .sent ? Int(output["looks"]?.int ?? 0) : 0 }

    /// Still sent; one more look had no answer.
    func looked(reason: String, says: String) -> JournalEntry {
        becoming(.sent, output: ["looks": .int(Int64(looks + 1))], reason: reason, says: says)
    }
}

/// All attempts of one execution, the latest of each step at hand.
struct Journal: Sendable {
    private(set) var latest: [String: JournalEntry] = [:]

    init(_ entries: [JournalEntry] = []) { for entry in entries { apply(entry) } }

    /// Takes an entry up. An older attempt never hides a newer one.
    mutating func apply(_ entry: JournalEntry) {
        if let known = latest[entry.path], known.attempt > entry.attempt { return }
        latest[entry.path] = entry
    }

    /// The latest attempt at a step; nil when there is none.
    subscript(path: String) -> JournalEntry? { latest[path] }

    /// How many steps have an entry.
    var count: Int { latest.count }
}
