import Core
import Keys

/// When keys follow each other. Pure: it says what to do, `SigningKeys` does it.
struct KeySchedule: Sendable {
    /// One thing to do.
    enum Step: Sendable, Equatable {
        /// Make the key of that number, which signs from that moment on; its predecessor retires then.
        case publish(JWSAlgorithm, number: Int64, activeFrom: Timestamp)
        /// The key's time is over: its private half goes.
        case remove(TokenKey)
    }

    /// From being published to signing: no shorter than others keep the key set.
    let aheadSeconds: Int64
    /// How long a key signs.
    let activeSeconds: Int64
    /// From signing no more to being removed: no shorter than the longest token lives.
    let keptSeconds: Int64

    /// By the bounds of `Limits`. A key stays an hour longer than its last token, which covers a hub that learned of
    /// the successor late, or whose clock is slow.
    static let standard = KeySchedule(
        aheadSeconds: Int64(Limits.signingKeyAheadSeconds.value),
        activeSeconds: Int64(Limits.signingKeyDays.value) * 86_400,
        keptSeconds: Int64(Limits.clientTokenSeconds.value + Limits.keySetSeconds.value))

    /// What is due.
    ///
    /// - Parameter keys: the newest of each algorithm, removed ones too.
    func next(_ keys: [TokenKey], for algorithms: [JWSAlgorithm], at now: Timestamp) -> [Step] {
        let over = keys.filter { $0.isSealed && $0.state(at: now) == .removed }.map(Step.remove)
        let due = algorithms.compactMap { algorithm -> Step? in
            let newest = newest(algorithm, among: keys, at: now)
            if let newest, newest.activeFrom.adding(seconds: activeSeconds - aheadSeconds) > now { return nil }
            return successor(algorithm, among: keys, at: now)
        }
        return over + due
    }

    /// The next key of an algorithm; nil while one is published and waits.
    ///
    /// The first key signs at once: whoever fetched a key set before it has no token that needs it.
    func successor(_ algorithm: JWSAlgorithm, among keys: [TokenKey], at now: Timestamp) -> Step? {
        switch newest(algorithm, among: keys, at: now)?.state(at: now) {
        case nil, .removed: replacement(algorithm, among: keys, at: now)
        case .published: nil
        case .active, .retired:
            .publish(algorithm, number: number(algorithm, keys), activeFrom: now.adding(seconds: aheadSeconds))
        }
    }

    /// A key that signs at once.
    func replacement(_ algorithm: JWSAlgorithm, among keys: [TokenKey], at now: Timestamp) -> Step {
        .publish(algorithm, number: number(algorithm, keys), activeFrom: now)
    }

    private func newest(_ algorithm: JWSAlgorithm, among keys: [TokenKey], at now: Timestamp) -> TokenKey? {
        keys.filter { $0.algorithm == algorithm && $0.state(at: now) != .removed }.max { $0.number < $1.number }
    }

    private func number(_ algorithm: JWSAlgorithm, _ keys: [TokenKey]) -> Int64 {
        1 + (keys.filter { $0.algorithm == algorithm }.map(\.number).max() ?? 0)
    }
}
