import Core
import Flows
import Hooks
import Identity
import Logging
import Monitoring
import OAuthServer
import Storage
import Synchronization
import Vault

extension Hub {
    /// Runs the hub's loops until the task is cancelled: chain, log, flows, hooks, clean-up.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for loop in parts.loops {
                group.addTask { [parts] in await parts.keep(loop) }
            }
        }
    }
}

/// Something that is done again and again.
struct Loop: Sendable {
    let name: String
    let everyMilliseconds: Int64
    let body: @Sendable () async throws -> Void
}

extension Parts {
    /// Every loop there is. One more is one more line.
    var loops: [Loop] {
        [
            Loop(name: "epoch feed", everyMilliseconds: 250) { [database, effects] in
                try await database.epochs.follow(database, at: effects.monotonicNanoseconds())
            },
            Loop(name: "audit chain", everyMilliseconds: 250) { [chainer] in
                // What comes while a batch is chained waits for company: each batch is a signature and a commit.
                while try await chainer.runOnce() == Limits.auditBatch.value {}
            },
            Loop(name: "transaction log", everyMilliseconds: 1_000) { [log] in try await log.flush() },
            Loop(name: "flows", everyMilliseconds: 250) { [flows] in
                while try await flows.tick() > 0 {}
            },
            Loop(name: "outside tokens", everyMilliseconds: 1_000) { [custodian] in try await custodian.tick() },
            Loop(name: "set-up sessions", everyMilliseconds: 5_000) { [identity, effects] in
                try await identity.endSetUps(at: effects.now())
            },
            Loop(name: "drift", everyMilliseconds: 60_000) { [self] in try await DriftWatch(self).tick() },
            Loop(name: "rotations", everyMilliseconds: 60_000) { [self] in try await RotationWatch(parts: self).tick()
            },
            // One at a turn: what a provider takes long for delays nothing but this.
            Loop(name: "hooks", everyMilliseconds: 15_000) { [hooks] in _ = try await hooks.compareNext() },
            Loop(name: "old events of hooks", everyMilliseconds: 3_600_000) { [hooks, effects] in
                while try await hooks.sweep(at: effects.now()) > 0 {}
            },
            Loop(name: "old executions", everyMilliseconds: 600_000) { [flows, effects] in
                while try await flows.sweep(at: effects.now()) > 0 {}
            },
            Loop(name: "old transactions", everyMilliseconds: 3_600_000) { [log] in try await log.sweep() },
            Loop(name: "old rows of the epoch feed", everyMilliseconds: 60_000) { [database, effects] in
                while try await EpochFeed.sweep(database, at: effects.now(), most: 1_000) > 0 {}
            },
            Loop(name: "expired tokens", everyMilliseconds: 60_000) { [oauth, effects] in
                while try await oauth.sweep(at: effects.now(), most: 1_000) > 0 {}
            },
            Loop(name: "sign-outs", everyMilliseconds: 1_000) { [oauth] in
                while try await oauth.endWhatEnded() > 0 {}
            },
            Loop(name: "logouts", everyMilliseconds: 1_000) { [oauth, outbound, log, address] in
                // One batch: those that answer slowly keep a turn within its bound.
                _ = try await oauth.tellOfLogouts(issuer: address.issuer, through: outbound, log: log)
            },
            Loop(name: "signing keys", everyMilliseconds: 60_000) { [oauth, effects] in
                try await oauth.signing.tend(at: effects.now())
            },
            Loop(name: "ended sessions", everyMilliseconds: 3_600_000) { [identity, effects] in
                while try await identity.sweepSessions(at: effects.now(), most: 1_000) > 0 {}
            },
        ]
    }

    /// Runs one loop; a failure is logged once, shown by `/health/ready`, and tried again at the next turn.
    func keep(_ loop: Loop) async {
        health.turns(loop.name, at: effects.monotonicNanoseconds())
        while !Task.isCancelled {
            do {
                try await loop.body()
                if health.recovered(loop.name) {
                    // As loud as needed to stand beside the failure in the same log.
                    logger.warning("a service recovered", metadata: ["service.name": "\(loop.name)"])
                }
            } catch is CancellationError {
                return
            } catch {
                if health.failed(loop.name) {
                    logger.error(
                        "a service fails", metadata: ["service.name": "\(loop.name)", "error.detail": "\(error)"])
                }
            }
            // A failed turn came to its end too; only one that never does is a loop that hangs.
            health.turns(loop.name, at: effects.monotonicNanoseconds())
            await nudge.wait(loop.name == "flows", loop.everyMilliseconds, effects)
        }
    }
}

extension Parts {
    /// The loops whose latest turn ended too long ago, in byte order: they hang, whatever they last said.
    var hanging: [String] { health.hanging(loops, at: effects.monotonicNanoseconds()) }
}

extension Loop {
    /// How long a turn may take before the loop counts as hanging.
    fileprivate var patienceNanoseconds: UInt64 {
        UInt64(max(5 * everyMilliseconds, Int64(Limits.loopTurnSeconds.value) * 1_000)) * 1_000_000
    }
}

/// Which services fail at the moment.
final class Health: Sendable {
    private let failing = Mutex<Set<String>>([])
    private let lastTurn = Mutex<[String: UInt64]>([:])

    /// Notes that a loop began, or ended a turn, on the monotonic clock.
    func turns(_ name: String, at nanoseconds: UInt64) { lastTurn.withLock { $0[name] = nanoseconds } }

    /// Those of these loops that began and whose latest turn is older than it may be.
    func hanging(_ loops: [Loop], at now: UInt64) -> [String] {
        let last = lastTurn.withLock { $0 }
        return loops.filter { loop in
            last[loop.name].map { now > $0 && now - $0 > loop.patienceNanoseconds } ?? false
        }.map(\.name).sorted()
    }

    /// The names of those that fail, in byte order.
    var failingNow: [String] { failing.withLock { $0.sorted() } }
    var isWell: Bool { failing.withLock { $0.isEmpty } }
    /// Notes a failure; true when it is new.
    func failed(_ name: String) -> Bool { failing.withLock { $0.insert(name).inserted } }
    /// Notes a success; true when it was failing before.
    func recovered(_ name: String) -> Bool { failing.withLock { $0.remove(name) != nil } }
}

/// A bell that ends a loop's pause early.
final class Nudge: Sendable {
    private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
    private let rung = Mutex(false)

    func ring() {
        let continuation = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard let found = waiting else {
                rung.withLock { $0 = true }
                return nil
            }
            waiting = nil
            return found
        }
        continuation?.resume()
    }

    /// Pauses; returns early when the task is cancelled or, for the loop that listens, when the bell rings.
    func wait(_ listens: Bool, _ milliseconds: Int64, _ effects: Effects) async {
        let timer = Task { try await effects.sleep(milliseconds) }
        await withTaskCancellationHandler {
            guard listens else {
                _ = await timer.result
                return
            }
            let alarm = Task {
                _ = await timer.result
                if !Task.isCancelled { self.ring() }
            }
            await withCheckedContinuation { continuation in
                let now = waiting.withLock { waiting -> Bool in
                    if rung.withLock({ was in
                        defer { was = false }; return was
                    }) {
                        return true
                    }
                    waiting = continuation
                    return false
                }
                if now { continuation.resume() }
            }
            alarm.cancel()
            timer.cancel()
        } onCancel: {
            timer.cancel()
            if listens { ring() }
        }
    }
}
