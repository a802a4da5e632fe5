import Core
import Ports

/// One turn of a reader: from the place that is kept to a place behind whole pages.
///
/// The place moves in two steps, so that a crash, a cancelled execution or two at once neither lose an item nor give one
/// twice. This turn writes down where it began, where the next one would begin, and for which step of which execution.
/// The next turn asks the journal of executions what became of that step: only if its outcome with the items is kept is
/// the place moved; otherwise the next turn begins where this one did.
struct PlacedReading: Sendable {
    let stream: StreamKind
    let places: StreamPlaces
    let reader: String
    let run: ActionRun

    func outcome() async -> ActionOutcome {
        let key = StreamPlace.Key(connection: run.connection.id.rawValue, action: run.call.action.key, reader: reader)
        do {
            let kept = try await places.find(key)
            if let kept, kept.query != query { return otherQuery() }
            let start: String
            switch try await from(kept) {
            case .at(let place): start = place
            case .ended(let outcome): return outcome
            }
            return try await read(from: start, kept, key)
        } catch {
            return .failed(
                reason: "place_not_kept",
                says: "The place of reader \(Shown.name(reader)) could not be read or kept. "
                    + "Try again when the store is well.")
        }
    }

    private enum Start {
        case at(String)
        case ended(ActionOutcome)
    }

    /// Where to begin; empty for the action's own request.
    private func from(_ kept: StreamPlace?) async throws -> Start {
        guard let kept else { return .at("") }
        guard let pending = kept.pending, pending.step != run.call.execution else { return .at(kept.place) }
        switch try await places.journal.standing(of: pending.step) {
        case .taken: return .at(pending.next)
        case .lost: return .at(kept.place)
        case .open: return .ended(inUse())
        }
    }

    private func read(
        from start: String, _ kept: StreamPlace?, _ key: StreamPlace.Key
    ) async throws -> ActionOutcome {
        // Pages stay whole: between two items of a page is no place that could be kept.
        let most = min(max(run.call.most ?? Limits.streamItems.value, 1), Limits.streamItems.value)
        var gathered = Gathered()
        var next = start
        var isCut = false
        var largest = 0
        let ended = await stream.pages.walk(run, from: start.isEmpty ? nil : start, read: stream.read) { page in
            let before = gathered.bytes
            gathered.add(gathered.unseen(page.items))
            largest = max(largest, gathered.bytes - before)
            next = page.next ?? next
            guard !page.items.isEmpty else { return nil }
            isCut = gathered.items.count >= most || gathered.bytes + 2 * largest > Limits.journalValueBytes.value
            return isCut ? gathered.outcome(isCut: true) : nil
        }
        if let ended, !isCut { return ended }
        // What nobody keeps moves no place: a read by hand only looks.
        if !run.call.execution.isEmpty {
            let moved = StreamPlace(
                key: key, query: query, place: start, pending: .init(step: run.call.execution, next: next),
                turn: (kept?.turn ?? 0) + 1)
            guard try await places.keep(moved, at: run.effects.now()) else { return inUse() }
        }
        return gathered.outcome(isCut: isCut)
    }

    /// Tells one query from another: its place is worth nothing to another one.
    private var query: String {
        var input = run.call.input
        input[stream.place?.reader ?? ""] = nil
        let members = input.members.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value.text())" }
        return members.joined(separator: "\n")
    }

    private func inUse() -> ActionOutcome {
        .later(
            reason: "place_in_use",
            says: "Another execution reads as \(Shown.name(reader)) just now. Give this one a reader of its own.",
            until: run.effects.now().adding(seconds: 10))
    }

    private func otherQuery() -> ActionOutcome {
        .failed(
            reason: "place_of_another_query",
            says: "Reader \(Shown.name(reader)) has its place in a list with other inputs. "
                + "Name another reader in the step.")
    }
}
