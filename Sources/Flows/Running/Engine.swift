import Core
import Storage

/// Keeps count of what runs in this hub.
actor Engine {
    private let store: ExecutionStore
    private let starter: Starter
    private let clockwork: Clockwork
    private let runner: Runner
    private var running: [ExecutionID: (claim: Claim, task: Task<Void, Never>)] = [:]
    private var reserved = 0
    private var opening: Task<Void, any Error>?
    /// The latest moment of the clock that this hub has seen.
    private var latest: Timestamp?
    private var trouble: (any Error)?

    init(store: ExecutionStore, starter: Starter, clockwork: Clockwork, runner: Runner) {
        self.store = store
        self.starter = starter
        self.clockwork = clockwork
        self.runner = runner
    }

    func tick() async throws -> Int {
        try await open()
        try await setRight()
        try await renew()
        guard !runner.pause.isOn else { return 0 }
        var count = try await starter.takeMessages() + clockwork.takeTicks()
        while reserve() {
            guard let claim = try await claimed() else { break }
            launch(claim)
            count += 1
        }
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

    private func renew() async throws {
        for claim in running.values.map(\.claim) {
            // A claim that is lost ends by itself: the next write of its execution finds out.
            _ = try await store.renew(claim, at: runner.effects.now())
        }
    }

    private func reserve() -> Bool {
        guard !runner.pause.isOn, running.count + reserved < Limits.executionsAtOnce.value else { return false }
        reserved += 1
        return true
    }

    private func claimed() async throws -> Claim? {
        do {
            guard let claim = try await store.claim(at: runner.effects.now()) else {
                reserved -= 1
                return nil
            }
            return claim
        } catch {
            reserved -= 1
            throw error
        }
    }

    private func launch(_ claim: Claim) {
        reserved -= 1
        let task = Task { [store, runner] in
            var failure: (any Error)?
            do {
                let flow = try await store.definition(of: claim.execution)
                try await runner.run(claim, of: flow)
            } catch is ClaimLost {
                // Another hub goes on with it.
            } catch { failure = error }
            ended(claim, failure)
        }
        running[claim.execution.id] = (claim, task)
    }

    private func ended(_ claim: Claim, _ failure: (any Error)?) {
        if let failure { trouble = failure }
        if running[claim.execution.id]?.claim == claim { running[claim.execution.id] = nil }
    }
}
