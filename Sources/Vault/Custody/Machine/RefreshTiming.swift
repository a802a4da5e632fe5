import Core

/// When a token is fetched anew. All of it is arithmetic on what was stated and what was seen.
extension GrantState {
    /// How long the access token counts, in milliseconds; nil when nothing is known.
    var life: Int64? {
        let stated = zip(statedEnd, issuedAt).map { max($0.milliseconds(since: $1), 0) }
        return [stated, observedLife].compactMap { $0 }.min()
    }

    /// From when on it is fetched anew ahead of its end: five minutes before, or a quarter of a short life, and up to
    /// half of that earlier, so that credentials made together do not refresh together.
    func dueAt(jitter: Int64) -> Timestamp? {
        guard let life, let issuedAt else { return nil }
        let lead = min(Int64(Limits.refreshLeadSeconds.value) * 1_000, life / 4)
        return issuedAt.adding(milliseconds: life - lead - lead * jitter / 2_000)
    }

    /// Until when it is presented: a little short of its end, because it still has to travel.
    var usableUntil: Timestamp? {
        guard let life, let issuedAt else { return nil }
        return issuedAt.adding(milliseconds: life - min(10_000, life / 10))
    }

    /// Takes note that a token was refused after so long, though it should have lived on.
    mutating func observe(refusedAt now: Timestamp) {
        guard let issuedAt else { return }
        observedLife = max(now.milliseconds(since: issuedAt), Int64(Limits.refusedTokenSeconds.value) * 1_000)
    }

    /// What was seen once need not stay so: each refresh ahead of time doubles it, until what was stated counts again.
    mutating func forgetSlowly(stated: Int64?) {
        guard let seen = observedLife else { return }
        observedLife = stated.map { seen * 2 < $0 } ?? true ? seen * 2 : nil
    }

    /// Waits longer after each failure: 2 s, 4 s, … and at least as long as the provider asked, within bounds.
    mutating func putOff(at now: Timestamp, atLeast seconds: Int64) {
        failures += 1
        let backoff = Int64(1) << min(failures, 8)
        let most = Int64(Limits.putOffSeconds.value)
        retryAt = now.adding(seconds: min(max(backoff, seconds), most))
    }
}

private func zip<A, B>(_ one: A?, _ other: B?) -> (A, B)? {
    guard let one, let other else { return nil }
    return (one, other)
}
