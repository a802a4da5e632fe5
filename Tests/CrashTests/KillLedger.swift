import Core
import Foundation
import Hub
import Synchronization

/// What was asked of the hubs, and what they acknowledged. What lies between may have happened or not.
final class KillLedger: Sendable {
    enum Deed: Sendable, CaseIterable { case post, patch, delete, group, ungroup, token, revoke, leaver, removal }

    private struct State {
        var tried: [Deed: Set<String>] = [:]
        var done: [Deed: Set<String>] = [:]
        var surprises: [String] = []
    }

    private let state = Mutex(State())

    func tried(_ deed: Deed) -> Set<String> { state.withLock { $0.tried[deed] ?? [] } }
    func done(_ deed: Deed) -> Set<String> { state.withLock { $0.done[deed] ?? [] } }
    func tries(_ deed: Deed, _ what: String) { state.withLock { _ = $0.tried[deed, default: []].insert(what) } }
    func did(_ deed: Deed, _ what: String) { state.withLock { _ = $0.done[deed, default: []].insert(what) } }

    /// Answers that a hub that is up may not give.
    var surprises: [String] { state.withLock { $0.surprises } }
    func surprised(_ by: String) { state.withLock { $0.surprises.append(by) } }
}

/// The hub that the load is for: one after the other, with pauses in which there is none.
final class KillTarget: Sendable {
    private struct State {
        var url: String?
        var busy = 0
        var answers = 0
        var isOver = false
        var atAnswer: (count: Int, then: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Opens it to the load; `then` is called when that many answers were read.
    func open(_ url: String, at count: Int? = nil, then: @escaping @Sendable () -> Void = {}) {
        state.withLock { state in
            state.url = url
            let read = state.answers
            state.atAnswer = count.map { (read + $0, then) }
        }
    }

    /// Closes it; returns when no call is under way.
    func close() async throws {
        state.withLock { $0.url = nil }
        _ = try await eventually("no call is under way") { state.withLock { $0.busy == 0 } ? true : nil }
    }

    /// The load ends.
    func end() { state.withLock { $0.isOver = true } }

    /// Does something with each hub in turn, again and again, until the load ends.
    func work(_ body: (String) async throws -> Void) async throws {
        let clock = Effects.live()
        while true {
            let (url, isOver) = state.withLock { state in
                if state.url != nil, !state.isOver { state.busy += 1 }
                return (state.url, state.isOver)
            }
            if isOver { return }
            guard let url else {
                try await clock.sleep(5)
                continue
            }
            // A call that failed may have happened or not: the ledger has it as tried.
            do { try await body(url) } catch { try await clock.sleep(5) }
            state.withLock { $0.busy -= 1 }
        }
    }

    /// Counts an answer.
    func answered() {
        let then = state.withLock { state -> (@Sendable () -> Void)? in
            state.answers += 1
            return state.answers == state.atAnswer?.count ? state.atAnswer?.then : nil
        }
        then?()
    }
}
