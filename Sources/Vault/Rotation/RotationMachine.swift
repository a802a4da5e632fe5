import Core

/// Decides how a credential's secret gives way to its successor. Pure: it knows versions and stages, no secret.
///
/// The successor is sealed beside the secret in use and tried; then the two change places; the other one stays sealed,
/// and can be gone back to, until somebody retires it.
struct RotationMachine: Sendable, Equatable {
    /// How far it is.
    enum Stage: String, Sendable, CaseIterable {
        /// There is one secret.
        case idle
        /// A successor is sealed and nobody knows whether it works.
        case added
        /// The successor worked.
        case tested
        /// The successor is in use, and its predecessor still usable.
        case switched
    }

    /// What somebody does.
    enum Step: String, Sendable, CaseIterable {
        case add, test, `switch`, back, retire, drop
    }

    /// What a step changes beside the stage.
    enum Effect: Sendable, Equatable {
        /// A secret of that version is sealed.
        case seal(Int64)
        /// Nothing: the outcome of a test is kept.
        case note
        /// From now on that version leaves.
        case use(Int64)
        /// The secret of that version is deleted.
        case delete(Int64)
    }

    var stage: Stage
    /// The version that leaves in calls.
    var inUse: Int64
    /// The other one; nil while there is one secret.
    var other: Int64?
    /// The highest version that there ever was: a number that was dropped does not come again for another secret.
    private(set) var newest: Int64

    init(stage: Stage = .idle, inUse: Int64, other: Int64? = nil, newest: Int64 = 0) {
        self.stage = stage
        self.inUse = inUse
        self.other = other
        self.newest = max(newest, inUse, other ?? 0)
    }

    /// Takes a step, or says why it can't be taken now.
    ///
    /// - Parameters:
    ///   - passed: of a test, whether the successor worked.
    ///   - untested: of a switch, whether it may be made without a test.
    mutating func take(_ step: Step, passed: Bool = true, untested: Bool = false) throws(Refusal) -> Effect {
        switch (step, stage, other) {
        case (.add, .idle, nil):
            newest += 1
            (stage, other) = (.added, newest)
            return .seal(newest)
        case (.test, .added, _?), (.test, .tested, _?):
            stage = passed ? .tested : .added
            return .note
        case (.switch, .tested, let successor?),
            (.switch, .added, let successor?) where untested:
            (stage, inUse, other) = (.switched, successor, inUse)
            return .use(successor)
        case (.back, .switched, let before?):
            // What was gone back from has to show again that it works.
            (stage, inUse, other) = (.added, before, inUse)
            return .use(before)
        case (.retire, .switched, let before?):
            (stage, other) = (.idle, nil)
            return .delete(before)
        case (.drop, .added, let successor?), (.drop, .tested, let successor?):
            (stage, other) = (.idle, nil)
            return .delete(successor)
        default: throw Refusal(step: step, stage: stage)
        }
    }

    /// The steps that can be taken now, in the order in which they usually come.
    var next: [Step] {
        switch stage {
        case .idle: [.add]
        case .added: [.test, .drop]
        case .tested: [.switch, .test, .drop]
        case .switched: [.retire, .back]
        }
    }

    /// A step that does not fit the stage.
    struct Refusal: Error, Equatable {
        let step: Step
        let stage: Stage
    }
}

extension RotationMachine.Step {
    /// The operation of a credential that takes it.
    var act: String {
        switch self {
        case .add: "add-successor"
        case .test: "test-successor"
        case .switch: "switch"
        case .back: "go-back"
        case .retire: "retire"
        case .drop: "drop-successor"
        }
    }
}
