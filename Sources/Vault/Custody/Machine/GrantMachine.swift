import Core

/// Decides what happens to the outside grant of one credential. Does no I/O: each function takes what the store holds
/// and what has happened, and says what the store shall hold and what is done next. `Custodian` does it, in one database
/// transaction for each decision; the tests run the same functions through a hundred thousand interleavings.
///
/// 1. `need` says whether the token is good, or a request for a new one must leave.
/// 2. `begin`, in the transaction that took the credential's lease, writes the intent before anything leaves.
/// 3. The request is sent. Killed from here on, the intent tells whoever comes next that the answer may be lost.
/// 4. `settle`, in one transaction, stores what came back and takes the intent away. Only then is a token used.
///
/// What is promised: a refresh token whose successor is stored is never presented, and none is presented while the
/// answer to an earlier presentation is missing, except where the provider says that this does no harm. A grant is
/// lost only when its hub dies, or is cut off, between the provider's answer and its own commit; it is then in doubt and
/// somebody is told.
enum GrantMachine {
    /// What a caller gets.
    enum Need: Sendable, Equatable {
        /// The token as it is. `isDue`: a new one may be fetched meanwhile.
        case use(isDue: Bool)
        /// A new one, first.
        case renew(RefreshIntent.Cause)
        /// Nothing before that moment.
        case later(Timestamp)
        /// Nothing at all.
        case stop(Stop)
    }

    /// Why there is no token, and a person has to do something.
    enum Stop: String, Sendable, CaseIterable {
        case notAuthorized = "grant_missing"
        case ended = "token_ended"
        case inDoubt = "grant_in_doubt"
        case dead = "grant_dead"
        /// A token that was only just got was refused: another one would be as well.
        case refusedFresh = "token_refused"
    }

    /// What a caller with such a grant gets now.
    ///
    /// - Parameter refused: the generation whose token the outside system refused; nil for none.
    static func need(
        _ grant: GrantState, _ policy: RefreshPolicy, refused: Int64? = nil, at now: Timestamp
    ) -> Need {
        let isRefused = refused == grant.generation && grant.generation > 0
        if isRefused, let issuedAt = grant.issuedAt {
            let age = now.milliseconds(since: issuedAt)
            let isFresh = age >= 0 && age < Int64(Limits.refusedTokenSeconds.value) * 1_000
            if isFresh { return .stop(.refusedFresh) }
        }
        if grant.generation > 0, grant.word != .none, !isRefused, grant.usableUntil.map({ now < $0 }) ?? true {
            return .use(isDue: isDue(grant, policy, at: now))
        }
        switch grant.word {
        case .dead: return .stop(.dead)
        case .inDoubt: return .stop(.inDoubt)
        case .none where policy.way == .refreshToken: return .stop(.notAuthorized)
        case .held where !policy.canRenew(grant): return .stop(isRefused ? .refusedFresh : .ended)
        case .none, .held:
            if let retryAt = grant.retryAt, now < retryAt { return .later(retryAt) }
            return .renew(isRefused ? .refused : grant.generation == 0 ? .first : .due)
        }
    }

    /// Whether a new token may be fetched though the present one still counts.
    static func isDue(_ grant: GrantState, _ policy: RefreshPolicy, at now: Timestamp) -> Bool {
        guard grant.word == .held, policy.canRenew(grant), let due = grant.dueAt(jitter: policy.jitter), due <= now
        else { return false }
        return grant.retryAt.map { $0 <= now } ?? true
    }

    /// What the holder of the lease does.
    enum Begin: Sendable, Equatable {
        /// Write this intent (it may stand there with a lower fence), commit, then send.
        case send(RefreshIntent)
        /// Keep the grant so, commit, tell somebody.
        case doubt(GrantState)
        /// Give the lease back: there is nothing to do, or nothing that may be done.
        case nothing
    }

    /// Decides in the transaction that took the lease.
    ///
    /// - Parameters:
    ///   - intent: the one that stands there; whoever wrote it has lost the lease, or it would not be ours.
    ///   - fence: of the lease just taken; greater than every earlier one.
    ///   - isAhead: whether the present token still counts and a new one is fetched ahead of time.
    static func begin(
        _ grant: GrantState, _ intent: RefreshIntent?, fence: Int64, _ policy: RefreshPolicy, refused: Int64? = nil,
        isAhead: Bool, at now: Timestamp
    ) -> Begin {
        if var intent {
            guard grant.word != .inDoubt, grant.word != .dead else { return .nothing }
            guard policy.mayRepeat(intent, grant, at: now) else {
                var doubtful = grant
                doubtful.word = .inDoubt
                return .doubt(doubtful)
            }
            if let retryAt = grant.retryAt, now < retryAt { return .nothing }
            intent.fence = fence
            intent.attempts += 1
            return .send(intent)
        }
        let because: RefreshIntent.Cause
        switch need(grant, policy, refused: refused, at: now) {
        case .renew(let cause): because = cause
        case .use(isDue: true) where isAhead: because = .due
        case .use, .later, .stop: return .nothing
        }
        return .send(RefreshIntent(generation: grant.generation, fence: fence, because: because, begunAt: now))
    }

    /// What came of a request for tokens.
    enum Verdict: Sendable, Equatable {
        /// A token set came back. `endsIn`: seconds, as stated; `refreshToken`: whether one came, and whether it is new.
        case tokens(endsIn: Int64?, refreshToken: RefreshTokenReply)
        /// A definite no: what was presented is not used up. Tried again, at the earliest in so many seconds.
        case refused(retryIn: Int64)
        /// A definite no that ends the grant.
        case ended
        /// It may have arrived, and what became of it is not known.
        case lost
    }

    enum RefreshTokenReply: Sendable, Equatable {
        /// None came: the one that was presented goes on, if there was one.
        case kept
        /// One came where none was presented, or the same again.
        case same
        /// Another one came: the one that was presented is replaced.
        case replaced
    }

    /// What is kept of it.
    enum Settled: Sendable, Equatable {
        /// Keep the grant so, with the token set that came, and take the intent away.
        case stored(GrantState)
        /// Keep the grant so. `intentEnds`: take the intent away; otherwise it stays, for whoever repeats or decides.
        case kept(GrantState, intentEnds: Bool)
        /// Somebody with a higher fence took over, or a new consent came between: what came back counts no more.
        case overtaken
    }

    /// Decides in the transaction after the answer.
    ///
    /// A lease that ran out meanwhile does not matter: the intent names the one fence that may settle it. So an answer
    /// that comes late, when somebody else already took the grant for doubtful, mends it.
    ///
    /// - Parameters:
    ///   - intent: the one that stands there now.
    ///   - mine: the one that was sent.
    static func settle(
        _ grant: GrantState, _ intent: RefreshIntent?, mine: RefreshIntent, _ verdict: Verdict,
        _ policy: RefreshPolicy, at now: Timestamp
    ) -> Settled {
        guard let intent, intent.fence == mine.fence, intent.generation == mine.generation,
            grant.generation == mine.generation
        else { return .overtaken }
        var after = grant
        switch verdict {
        case .tokens(let endsIn, let refreshToken):
            after.store(endsIn: endsIn, refreshToken, because: mine.because, at: now)
            return .stored(after)
        case .refused(let retryIn):
            after.word = grant.generation == 0 ? .none : .held
            if mine.because == .refused { after.observe(refusedAt: now) }
            after.putOff(at: now, atLeast: retryIn)
            return .kept(after, intentEnds: true)
        case .ended:
            after.word = .dead
            after.retryAt = nil
            return .kept(after, intentEnds: true)
        case .lost where policy.mayRepeat(intent, grant, at: now):
            after.putOff(at: now, atLeast: 0)
            return .kept(after, intentEnds: false)
        case .lost:
            after.word = .inDoubt
            return .kept(after, intentEnds: false)
        }
    }
}

extension GrantState {
    /// A token set came: the next generation.
    mutating func store(
        endsIn: Int64?, _ refreshToken: GrantMachine.RefreshTokenReply, because: RefreshIntent.Cause,
        at now: Timestamp
    ) {
        if because == .refused { observe(refusedAt: now) } else { forgetSlowly(stated: endsIn.map { $0 * 1_000 }) }
        if refreshToken == .replaced { rotates = true }
        if refreshToken != .kept { hasRefreshToken = true }
        word = .held
        generation += 1
        issuedAt = now
        statedEnd = endsIn.map { now.adding(seconds: $0) }
        failures = 0
        retryAt = nil
    }
}
