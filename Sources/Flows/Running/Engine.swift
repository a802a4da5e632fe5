import Core
import Storage

/// Keeps count of what runs in this hub.
actor Engine {
    private let store: ExecutionStore
    private let starter: Starter
    private let clockwork: Clockwork
    private let runner: Runner
    /// Rung when an execution has ended while there was no room for a further one.
    private let hasRoom: @Sendable () -> Void
    private var running: [ExecutionID: (claim: Claim, renewed: Timestamp, task: Task<Void, Never>)] = [:]
    private var reserved = 0
    private var opening: Task<Void, any Error>?
    /// The latest moment of the clock that this hub has seen.
    private var latest: Timestamp?
    private var trouble: (any Error)?
    private let tell: @Sendable (Break) -> Void

    init(
        store: ExecutionStore, starter: Starter, clockwork: Clockwork, runner: Runner,
        hasRoom: @escaping @Sendable () -> Void, tell: @escaping @Sendable (Break) -> Void
    ) {
        self.tell = tell
        self.store = store
        self.starter = starter
        self.clockwork = clockwork
        self.runner = runner
        self.hasRoom = hasRoom
    }

    func tick() async throws -> Int {
        try await open()
        try await setRight()
        try await renew()
        guard !runner.pause.isOn else { return 0 }
        var count = try await starter.takeMessages() + clockwork.takeTicks()
        count += try await takeUp()
        if let error = trouble {
            trouble = nil
            throw error
        }
        return count
    }

    func drain() async {
        while let next = running.first { await next.value.task.value }
    }

    /// Once in a life; ticks that come meanwhile wait for it.
    private func open() async throws {
        let task = opening ?? Task { [store] in try await store.freeOwn() }
        opening = task
        do {
            try await task.value
        } catch {
            opening = nil
            throw error
        }
    }

    /// Once at the start, and whenever the clock went back: what rests until a moment that only a wrong clock could name
    /// is due again.
    private func setRight() async throws {
        let now = runner.effects.now()
        if let latest, now.adding(seconds: 1) >= latest {
            self.latest = max(now, latest)
            return
        }
        try await clockwork.setRight(at: now)
        try await store.wakeFarSleepers(at: now)
        latest = now
    }

    /// Long before a claim runs out; most executions have ended by then, and each write of one renews its claim too.
    private func renew() async throws {
        let now = runner.effects.now()
        let age = Int64(Limits.executionClaimSeconds.value) * 1_000 / 4
        // A clock that went back may have gone far.
        for (id, one) in running where !(0..<age).contains(now.milliseconds(since: one.renewed)) {
            // A claim that is lost ends by itself: the next write of its execution finds out.
            _ = try await store.renew(one.claim, at: now)
            if running[id]?.claim == one.claim { running[id]?.renewed = now }
        }
    }

    private var room: Int { Limits.executionsAtOnce.value - running.count - reserved }

    /// As many as there is room for, in one transaction; returns how many there were.
    private func takeUp() async throws -> Int {
        let wanted = room
        guard !runner.pause.isOn, wanted > 0 else { return 0 }
        reserved += wanted
        defer { reserved -= wanted }
        let claims = try await store.claim(wanted, at: runner.effects.now(), tell: tell)
        claims.forEach(launch)
        return claims.count
    }

    private func launch(_ claim: Claim) {
        let task = Task { [store, runner] in
            var failure: (any Error)?
            do {
                let flow = try await store.definition(of: claim.execution)
                try await runner.run(claim, of: flow)
            } catch is ClaimLost {
                // Another hub goes on with it.
            } catch { failure = await broke(claim, error) }
            ended(claim, failure)
        }
        running[claim.execution.id] = (claim, runner.effects.now(), task)
    }

    /// Counts what broke and tells it: the first time, and when it was the last. Answers what is wrong with the store
    /// itself, which is no fault of the execution.
    private func broke(_ claim: Claim, _ error: any Error) async -> (any Error)? {
        if let error = error as? HubError, [.unavailable, .timeout].contains(error.kind) { return error }
        do {
            let times = try await store.broke(claim, at: runner.effects.now())
            let isLast = times >= Limits.executionBreaks.value
            if times == 1 || isLast {
                tell(
                    Break(
                        execution: claim.execution.id.rawValue, flow: claim.execution.flow, error: error,
                        isLast: isLast))
            }
            return nil
        } catch is ClaimLost {
            return nil
        } catch { return error }
    }

    private func ended(_ claim: Claim, _ failure: (any Error)?) {
        if let failure { trouble = failure }
        if room <= 0 { hasRoom() }
        if running[claim.execution.id]?.claim == claim { running[claim.execution.id] = nil }
    }
}
