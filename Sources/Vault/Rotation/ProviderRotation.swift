public import Core

/// Decides how a rotation goes on that the hub carries out at the provider itself. Pure: it knows ids and stages, no
/// secret, and calls nobody.
///
/// It drives the `RotationMachine` and never past it: a person may take any step by hand in between, and what it finds
/// then decides what comes next.
struct ProviderRotation: Sendable, Equatable {
    /// How far it is at the provider.
    enum Phase: String, Sendable, CaseIterable {
        /// Nothing is under way there.
        case idle
        /// A successor was or is to be asked for, and what came of it is not known here.
        case adding
        /// The successor is sealed here, and the provider's id of each of the two is known.
        case open
        /// Somebody went back to the old secret, so nothing goes on by itself.
        case back
    }

    var phase: Phase = .idle
    /// When the successor was asked for.
    var beganAt: Timestamp?
    /// What the provider knows the two by, and which version here each is.
    var oldID: String?
    var oldVersion: Int64?
    var newID: String?
    var newVersion: Int64?
    /// How long the old one stays usable after the switch.
    var overlapSeconds = Int64(Limits.rotationOverlapSeconds.value)
    /// Failures in a row, of those that nobody watched.
    var failures: Int64 = 0
    /// Before that, nothing is done by itself.
    var nextAt: Timestamp?
    /// Why the last one failed, and the next step.
    var failure: Failure?

    struct Failure: Sendable, Equatable {
        let reason: String
        let says: String
    }

    /// What comes next; `rotation` is how the secrets stand here.
    func next(_ rotation: Rotation, at now: Timestamp) -> RotationAct {
        let machine = rotation.machine
        switch (phase, machine.stage) {
        case (.idle, .idle): return .begin
        case (.adding, .idle):
            guard let beganAt, oldVersion == machine.inUse else { return .forget }
            return .settle(old: oldID ?? "", since: beganAt)
        case (.idle, _), (.adding, _): return .stop(.byHand)
        case (.open, .added), (.open, .tested), (.back, .added), (.back, .tested):
            guard machine.inUse == oldVersion, machine.other == newVersion else { return .stop(.byHand) }
            if phase == .back { return .stop(.goneBack) }
            return machine.stage == .added ? .test : .switch
        case (.open, .switched), (.back, .switched):
            guard machine.inUse == newVersion, machine.other == oldVersion, let switchedAt = rotation.switchedAt,
                let oldID
            else { return .stop(.byHand) }
            let until = switchedAt.adding(seconds: overlapSeconds)
            if now < until { return .wait(until: until) }
            return rotation.testedAt == nil ? .stop(.untested) : .takeAway(oldID)
        case (.open, .idle), (.back, .idle):
            // One of the two was deleted here by hand. What is not in use goes at the provider, too.
            if machine.inUse == newVersion, let oldID { return .takeAway(oldID) }
            if machine.inUse == oldVersion, let newID { return .takeAway(newID) }
            return .forget
        }
    }

    /// The same after one more failure that nobody watched: a little later each time.
    func failed(_ failure: Failure, at now: Timestamp) -> ProviderRotation {
        var after = self
        after.failures += 1
        after.failure = failure
        let longest = Int64(Limits.rotationRetryLongestSeconds.value)
        let pause = Int64(Limits.rotationRetrySeconds.value) << min(failures, 16)
        after.nextAt = now.adding(seconds: min(pause, longest))
        return after
    }

    /// The same after something went well.
    func recovered(next: Timestamp? = nil) -> ProviderRotation {
        var after = self
        (after.failures, after.failure, after.nextAt) = (0, nil, next)
        return after
    }
}

/// What a rotation through the provider does next.
public enum RotationAct: Sendable, Equatable {
    /// Looks what is at the provider, and begins.
    case begin
    /// Finds out whether a successor was made that was asked for then; `old` is what was there before.
    case settle(old: String, since: Timestamp)
    /// Tries the successor.
    case test
    /// Puts it to use.
    case `switch`
    /// Nothing, until the old one has been usable for long enough.
    case wait(until: Timestamp)
    /// Takes that secret away at the provider, and ends.
    case takeAway(String)
    /// Ends: what was recorded is about other secrets than those that are here now.
    case forget
    /// Nothing before a person has done something.
    case stop(RotationStop)
}

/// Why a rotation through the provider does not go on by itself.
public enum RotationStop: Sendable, Equatable {
    /// There is a successor or a predecessor that somebody sealed by hand.
    case byHand
    /// Somebody went back to the old secret.
    case goneBack
    /// Somebody put the successor to use untested, so whether the old one may go is a person's to say.
    case untested
}
