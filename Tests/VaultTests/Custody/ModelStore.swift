import Core

@testable import Vault

/// The store of one credential's grant in memory, with the lease as `Lease` keeps it.
struct ModelStore {
    var grant = Simulation.start
    var intent: RefreshIntent?
    /// The number of the refresh token of the present generation.
    var token = 1
    /// How often somebody was told that a grant is in doubt or ended.
    var alerts = 0
    private var holder = -1
    private var fence: Int64 = 0
    private var until = Timestamp(epochMilliseconds: .min)

    mutating func perform(_ request: Simulation.Request, _ policy: RefreshPolicy) -> Simulation.Answer {
        switch request {
        case .begin(let node, let isAhead, let refused, let now):
            guard until <= now || holder == node else { return .begun(nil, token: 0) }
            holder = node
            fence += 1
            until = now.adding(seconds: Int64(Limits.refreshLeaseSeconds.value))
            let begin = GrantMachine.begin(
                grant, intent, fence: fence, policy, refused: refused, isAhead: isAhead, at: now)
            switch begin {
            case .send(let written): intent = written
            case .doubt(let doubtful):
                grant = doubtful
                alerts += 1
                release(fence)
            case .nothing: release(fence)
            }
            return .begun(begin, token: token)
        case .renew(let node, let now):
            if holder == node, until > now { until = now.adding(seconds: Int64(Limits.refreshLeaseSeconds.value)) }
            return .renewed
        case .settle(_, let mine, let verdict, let fresh, let now):
            let settled = GrantMachine.settle(grant, intent, mine: mine, verdict, policy, at: now)
            keep(settled, fresh)
            release(mine.fence)
            return .settled(settled)
        case .look: return .seen(grant, intent, token: token)
        }
    }

    private mutating func keep(_ settled: GrantMachine.Settled, _ fresh: Int) {
        switch settled {
        case .stored(let after):
            grant = after
            token = fresh
            intent = nil
        case .kept(let after, let intentEnds):
            if after.word != grant.word, after.word == .dead || after.word == .inDoubt { alerts += 1 }
            grant = after
            if intentEnds { intent = nil }
        case .overtaken: break
        }
    }

    private mutating func release(_ fence: Int64) {
        if self.fence == fence { until = Timestamp(epochMilliseconds: .min) }
    }
}
