import Access
import Core
import Records
import Storage
import Synchronization

/// What a decision rests on beside the request: read from one snapshot, remembered apart.
struct Facts: Sendable {
    /// Something as it was read, and how long it may be believed if nothing changes.
    struct Fact<Value: Sendable>: Sendable {
        let value: Value
        /// What it rests on; nil for something that was not there.
        let restsOn: [EpochSubject]?
        /// Until when it cannot change by itself; nil for ever.
        var until: Timestamp?
    }

    /// Nil when no token was presented.
    var token: Fact<TokenFacts>?
    /// Nil when the route is about no table.
    var rights: Fact<TableRights?>?
    var rules: Fact<[ScopeRule]>
}

/// Facts of earlier requests, so that a request that meets them again needs no statement. Bounded, in memory only,
/// tokens by their hash.
///
/// A fact counts only as far as the `EpochFeed` vouches for it and until it could change by itself.
final class Remembered: Sendable {
    /// Which facts a request needs.
    struct Keys: Sendable {
        /// SHA-256 of the presented token.
        let token: [UInt8]?
        let table: String?
    }

    private struct Kept<Value: Sendable>: Sendable {
        let fact: Facts.Fact<Value>
        let mark: EpochFeed.Mark
        let from: Timestamp
    }

    private struct State {
        var tokens = Remembering<[UInt8], TokenFacts>(most: Limits.rememberedTokens.value)
        var rights = Remembering<String, TableRights?>(most: Limits.rememberedTables.value)
        var rules: Kept<[ScopeRule]>?
    }

    /// What is there and what is not, apart: a flood of made-up keys pushes out no fact.
    private struct Remembering<Key: Hashable & Sendable, Value: Sendable> {
        var found: BoundedCache<Key, Kept<Value>>
        var missing: BoundedCache<Key, Kept<Value>>

        init(most: Int) {
            found = BoundedCache(most: most)
            missing = BoundedCache(most: most)
        }

        mutating func find(_ key: Key) -> Kept<Value>? { found.find(key) ?? missing.find(key) }

        mutating func put(_ kept: Kept<Value>, for key: Key) {
            if kept.fact.restsOn == nil { missing.put(kept, for: key) } else { found.put(kept, for: key) }
        }
    }

    private let state = Mutex(State())
    private let epochs: EpochFeed

    init(_ epochs: EpochFeed) { self.epochs = epochs }

    /// All the facts of a request; nil when one is missing or may be out of date.
    func facts(_ keys: Keys, at now: Timestamp, monotonic: UInt64) -> Facts? {
        state.withLock { state in
            guard let judge = epochs.judge(at: monotonic), let rules = Self.fact(state.rules, judge, now) else {
                return nil
            }
            var facts = Facts(rules: rules)
            if let key = keys.token {
                guard let token = Self.fact(state.tokens.find(key), judge, now) else { return nil }
                facts.token = token
            }
            if let key = keys.table {
                guard let rights = Self.fact(state.rights.find(key), judge, now) else { return nil }
                facts.rights = rights
            }
            return facts
        }
    }

    /// Keeps facts for later.
    ///
    /// - Parameter mark: taken before the snapshot that they were read from. A change that this hub learned of since
    ///   makes them count for nothing, whenever they arrive here.
    func keep(_ facts: Facts, _ keys: Keys, _ mark: EpochFeed.Mark, at now: Timestamp) {
        state.withLock { state in
            state.rules = Kept(fact: facts.rules, mark: mark, from: now)
            if let key = keys.token, let token = facts.token {
                state.tokens.put(Kept(fact: token, mark: mark, from: now), for: key)
            }
            if let key = keys.table, let rights = facts.rights {
                state.rights.put(Kept(fact: rights, mark: mark, from: now), for: key)
            }
        }
    }

    private static func fact<Value>(
        _ kept: Kept<Value>?, _ judge: EpochFeed.Judge, _ now: Timestamp
    ) -> Facts.Fact<Value>? {
        guard let kept, judge.holds(kept.mark, kept.fact.restsOn) else { return nil }
        // A clock that was set back: what had ended at the reading may not have ended now.
        let age = now.milliseconds(since: kept.from)
        guard age >= 0, age < Int64(Limits.rememberedSeconds.value) * 1_000 else { return nil }
        return kept.fact.until.map { now < $0 } ?? true ? kept.fact : nil
    }
}
