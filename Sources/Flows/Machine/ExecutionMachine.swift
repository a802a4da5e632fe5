import Core
import Ports

/// Decides what an execution does next from its flow, its trigger, its journal and the moment. No I/O, no clock, no
/// dice of its own: every interleaving of crashes and branches is a row of a test.
struct ExecutionMachine: Sendable {
    let flow: FlowDefinition
    /// `{"record": {…}}`, `{"input": {…}}` or `{"tick": {…}}`.
    let trigger: JSON
    /// When the execution started.
    let startedAt: Timestamp
    /// A test run does not wait, for moments or for people.
    var isTest = false
    /// How an action may be repeated; `ask` for one that nobody knows.
    let repeats: @Sendable (ActionName) -> Repeat

    /// What is so around the journal when it is looked at.
    struct Circumstances: Sendable {
        let now: Timestamp
        /// Paths of the steps that this hub has under way at this moment.
        var busy: Set<String> = []
        /// Somebody wants the execution to end.
        var isCancelled = false
        /// Any number; decides nothing but delays.
        var dice: UInt64 = 0
    }

    /// How an execution ends.
    enum Ending: Sendable, Equatable {
        case done
        case failed(step: String, reason: String, says: String)
        case cancelled
    }

    /// What there is to do. Nothing at all, and no ending: wait for what is under way, or until `until`.
    struct Front: Sendable, Equatable {
        /// Keep these; nothing leaves. Look again when they are taken up.
        var keep: [JournalEntry] = []
        /// May be sent or looked up, all at the same time, in the order of the file.
        var ready: [Leaving] = []
        /// Steps that wait for a person to say what became of them; nothing new may leave.
        var doubts: [JournalEntry] = []
        /// The earliest moment at which there is something to do again.
        var until: Timestamp?
        /// Nothing is left to do.
        var ending: Ending?

        mutating func wait(until moment: Timestamp?) {
            guard let moment else { return }
            until = min(until ?? moment, moment)
        }
    }

    /// What stands before the paths of the error branch.
    static let errorBranch = "on_error."
    /// The entry that says that the execution has had its time. No step's name begins so.
    static let timeUp = "@timeout"

    /// What there is to do next.
    func next(_ journal: Journal, _ around: Circumstances) -> Front {
        if around.isCancelled { return halted(journal, around) }
        let timeUp = journal[Self.timeUp]
        var walker = Walker(machine: self, journal: journal, around: around)
        let course = walker.walk(flow.steps, at: "", timeUp == nil ? .go : .halt("execution_timeout"))
        switch course {
        case .through: return Front(ending: .done)
        case .open: return timeUp == nil ? inTime(walker.front, around) : walker.front
        case .stopped:
            let cause = timeUp ?? marker()
            return failing(.failed(step: cause.path, reason: cause.reason, says: cause.says), journal, around)
        case .failed(let entry):
            let cause = timeUp ?? entry
            return failing(.failed(step: cause.path, reason: cause.reason, says: cause.says), journal, around)
        }
    }

    /// The error branch, once; a failure inside it ends it.
    private func failing(_ ending: Ending, _ journal: Journal, _ around: Circumstances) -> Front {
        var walker = Walker(machine: self, journal: journal, around: around)
        guard case .open = walker.walk(flow.onError, at: Self.errorBranch, .go) else { return Front(ending: ending) }
        return walker.front
    }

    /// Nothing more leaves; what is under way is waited for.
    private func halted(_ journal: Journal, _ around: Circumstances) -> Front {
        var walker = Walker(machine: self, journal: journal, around: around)
        let main = walker.walk(flow.steps, at: "", .halt("cancelled"))
        if case .through = main { return Front(ending: .done) }
        let branch = walker.walk(flow.onError, at: Self.errorBranch, .halt("cancelled"))
        if main.isOpen || branch.isOpen { return walker.front }
        return Front(ending: .cancelled)
    }

    private func inTime(_ front: Front, _ around: Circumstances) -> Front {
        let deadline = startedAt.adding(seconds: flow.timeout ?? Int64(Limits.waitSeconds.value))
        guard around.now < deadline else { return Front(keep: [marker()]) }
        var front = front
        front.wait(until: deadline)
        return front
    }

    private func marker() -> JournalEntry {
        let allowed = Seconds.text(flow.timeout ?? Int64(Limits.waitSeconds.value))
        return JournalEntry(
            path: Self.timeUp, attempt: 1, state: .failed, reason: "execution_timeout",
            says: "the execution took longer than \(allowed)")
    }

    /// Setting the same columns to the same values twice is the same as once.
    func repetition(of kind: Step.Kind) -> Repeat {
        switch kind {
        case .action(let action): repeats(action.action)
        case .update: .safe
        case .wait, .approval, .flow, .forEach, .parallel: .ask
        }
    }
}
