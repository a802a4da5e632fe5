import Core
import Ports

/// How many calls of one connection may still go out. Pure: time is an argument, and it sends nothing.
///
/// It knows two kinds of bounds. What the provider states of a bucket counts until that bucket's reset and is forgotten
/// then, so that a call goes out even if no header ever comes again. The own bound, of calls a minute, is there whole after
/// a minute without calls; a spent one lets a call out each time its share of a minute is over.
struct CallBudget: Equatable, Sendable {
    /// What a reply said of a bucket.
    struct Stated: Equatable, Sendable {
        let limit: Int64?
        var remaining: Int64
        /// Which window that is: its reset in the provider's own words, of which a later one is larger.
        let window: Int64
        /// The reset by our clock, bounded.
        let until: Timestamp

        /// Whether it still counts: until the reset, and not where our clock was put back behind the moment it was learned.
        func counts(at now: Timestamp) -> Bool {
            now < until && until <= now.adding(seconds: Int64(Limits.putOffSeconds.value) + 60)
        }

        /// What gives way to another bucket first: one that holds nothing back, and of several the one that ends first.
        func isLessUseful(than other: Stated) -> Bool {
            let (holdsBack, otherHoldsBack) = (remaining <= 0, other.remaining <= 0)
            return holdsBack == otherHoldsBack ? until < other.until : otherHoldsBack
        }
    }

    /// Nothing is to be sent before that moment.
    struct Spent: Equatable, Sendable {
        let until: Timestamp
        /// Calls a minute, where it is the own bound that is spent.
        let bound: Int64?
    }

    private var buckets: [String: Stated] = [:]
    /// What was used of the own bound, in parts of a call (`Self.call` are one), and when that was so.
    private var used: Int64 = 0
    private var usedAt = Timestamp(epochMilliseconds: 0)

    private static let minute: Int64 = 60_000
    /// With so many parts to a call, a bound of n calls a minute gives back n parts each millisecond.
    private static let call = minute

    /// Why no call of that bucket may go out now; nil when one may. Changes nothing.
    func refusal(_ bucket: String, bound: Int64?, at now: Timestamp) -> Spent? {
        var spent: [Spent] = []
        if let stated = buckets[bucket], stated.remaining <= 0, stated.counts(at: now) {
            spent.append(Spent(until: stated.until, bound: nil))
        }
        if let bound {
            let missing = inUse(bound, at: now) + Self.call - bound * Self.call
            if missing > 0 { spent.append(Spent(until: Self.later(now, missing, bound), bound: bound)) }
        }
        return spent.max { $0.until < $1.until }
    }

    /// Counts a call that goes out now, or says until when none may.
    mutating func take(_ bucket: String, bound: Int64?, at now: Timestamp) -> Spent? {
        forget(at: now)
        if let spent = refusal(bucket, bound: bound, at: now) { return spent }
        buckets[bucket]?.remaining -= 1
        if let bound { (used, usedAt) = (inUse(bound, at: now) + Self.call, now) }
        return nil
    }

    /// Takes in what a reply said. In one window what was counted here and what is stated both hold, because calls
    /// overtake each other; a reply of an earlier window says nothing any more.
    mutating func learn(_ bucket: String, _ stated: Stated, at now: Timestamp) {
        forget(at: now)
        guard stated.counts(at: now) else { return }
        var next = stated
        if let known = buckets[bucket] {
            guard stated.window >= known.window else { return }
            if stated.window == known.window { next.remaining = min(known.remaining, stated.remaining) }
        } else if buckets.count >= Limits.budgetBuckets.value {
            if let spare = buckets.min(by: { $0.value.isLessUseful(than: $1.value) }) { buckets[spare.key] = nil }
        }
        buckets[bucket] = next
    }

    /// What is left, the own bound first, then by bucket.
    func allowances(bound: Int64?, at now: Timestamp) -> [CallAllowance] {
        let own = bound.map { bound in
            let taken = inUse(bound, at: now)
            let left = max(0, (bound * Self.call - taken) / Self.call)
            // A spent one says what a refusal says.
            let missing = left > 0 ? taken : taken + Self.call - bound * Self.call
            return CallAllowance(
                bucket: "calls_per_minute", limit: bound, remaining: left, resetsAt: Self.later(now, missing, bound))
        }
        let stated = buckets.filter { $0.value.counts(at: now) }.sorted { $0.key < $1.key }.map { name, stated in
            CallAllowance(bucket: name, limit: stated.limit, remaining: stated.remaining, resetsAt: stated.until)
        }
        return (own.map { [$0] } ?? []) + stated
    }

    /// From when on it is as good as a new one.
    var end: Timestamp {
        let own = used > 0 ? usedAt.adding(milliseconds: Self.minute) : usedAt
        return buckets.values.map(\.until).reduce(own) { max($0, $1) }
    }

    private mutating func forget(at now: Timestamp) { buckets = buckets.filter { $0.value.counts(at: now) } }

    /// Calls that read the clock one after the other may be counted in another order. A clock that was put back for longer
    /// than a minute begins anew, and a bound that was lowered does not hold a call up for longer than a minute.
    private func inUse(_ bound: Int64, at now: Timestamp) -> Int64 {
        let passed = now.epochMilliseconds - usedAt.epochMilliseconds
        guard passed >= -Self.minute else { return 0 }
        return max(0, min(used, bound * Self.call) - min(max(passed, 0), Self.minute) * bound)
    }

    private static func later(_ now: Timestamp, _ parts: Int64, _ bound: Int64) -> Timestamp {
        now.adding(milliseconds: (parts + bound - 1) / bound)
    }
}
