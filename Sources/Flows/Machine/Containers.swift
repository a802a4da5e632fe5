import Core
import Ports

/// Loops and parallel branches: several courses side by side, at most so many open at once.
extension Walker {
    /// One of the courses inside a step.
    private struct Lane {
        let steps: [Step]
        let prefix: String
        let scope: Scope
    }

    mutating func walk(_ loop: ForEach, at path: String, _ scope: Scope, _ mode: Mode) -> Course {
        if let ended = ended(path, mode) { return ended }
        do {
            let items = try items(of: loop, scope)
            guard let entry = journal[path] else {
                if mode == .go { expand(loop, items, at: path) }
                return mode == .go ? .open : .stopped
            }
            let lanes = items.indices.filter { journal["\(path)[\($0)]"]?.state != .skipped }.map { index in
                var inner = scope
                inner.values[loop.item] = items[index]
                return Lane(steps: loop.steps, prefix: "\(path)[\(index)].", scope: inner)
            }
            return close(entry, walk(lanes, atOnce: loop.atOnce, mode).courses, mode)
        } catch {
            return mode == .go ? fail(path, error) : .stopped
        }
    }

    mutating func walk(_ parallel: Parallel, at path: String, _ scope: inout Scope, _ mode: Mode) -> Course {
        // What is done in the branches is seen after them, so they are walked even when the step is done.
        let ended = ended(path, mode)
        if let ended, !ended.isThrough { return ended }
        guard let entry = journal[path] else {
            guard mode == .go else { return .stopped }
            let numbers: JSON = ["branches": .int(Int64(parallel.branches.count))]
            return keep(JournalEntry(path: path, attempt: 1, state: .planned, input: numbers))
        }
        let lanes = parallel.branches.map { Lane(steps: $0.steps, prefix: "\(path).\($0.name).", scope: scope) }
        let walked = walk(lanes, atOnce: parallel.atOnce, mode)
        for values in walked.values { scope.values.merge(values) { known, _ in known } }
        return ended ?? close(entry, walked.courses, mode)
    }

    private func ended(_ path: String, _ mode: Mode) -> Course? {
        guard let entry = journal[path] else { return nil }
        return switch entry.state {
        case .done: .through(entry.output)
        case .failed, .refused: .failed(entry)
        case .cancelled: mode == .go ? .failed(entry) : .stopped
        case .planned, .sent, .waiting, .skipped, .inDoubt: nil
        }
    }

    /// Walks the lanes in order. Once one failed, the others only finish what they have sent.
    private mutating func walk(
        _ lanes: [Lane], atOnce: Int, _ mode: Mode
    ) -> (courses: [Course], values: [[String: JSON]]) {
        var trial = self
        let tried = trial.lanes(lanes, atOnce: atOnce, mode)
        guard mode == .go, tried.courses.contains(where: { $0.failure != nil }) else {
            self = trial
            return tried
        }
        return self.lanes(lanes, atOnce: lanes.count, .finish)
    }

    /// Lanes begin in their order, so those that are open are always the first ones that are not through.
    private mutating func lanes(
        _ lanes: [Lane], atOnce: Int, _ mode: Mode
    ) -> (courses: [Course], values: [[String: JSON]]) {
        var courses: [Course] = []
        var values: [[String: JSON]] = []
        var open = 0
        for lane in lanes {
            guard open < atOnce else {
                courses.append(.open)
                break
            }
            var scope = lane.scope
            let course = walk(lane.steps, at: lane.prefix, &scope, mode)
            if course.isOpen { open += 1 }
            courses.append(course)
            values.append(scope.values)
        }
        return (courses, values)
    }

    /// What the courses inside make of the step around them.
    private mutating func close(_ entry: JournalEntry, _ courses: [Course], _ mode: Mode) -> Course {
        if courses.contains(where: \.isOpen) { return .open }
        // The step fails where the first of its courses did, so that the path of the cause is not lost.
        if let failed = courses.lazy.compactMap(\.failure).first {
            return keep(entry.becoming(.failed, reason: failed.reason, says: "\(failed.path): \(failed.says)"))
        }
        if courses.allSatisfy(\.isThrough) { return keep(entry.becoming(.done, output: entry.input)) }
        return keep(stopped(entry, mode))
    }

    func items(of loop: ForEach, _ scope: Scope) throws(ValueProblem) -> [JSON] {
        guard let items = try scope.value(loop.list).array else {
            throw ValueProblem("not_a_list", "\(loop.list) is not a list")
        }
        guard items.count <= loop.most else {
            throw ValueProblem(
                "too_many_items", "\(loop.list) has \(items.count) items; at most \(loop.most) are taken. Raise most.")
        }
        return items
    }

    /// The loop's own entry says how many; each item that a condition leaves alone gets an entry that says why.
    private mutating func expand(_ loop: ForEach, _ items: [JSON], at path: String) {
        var left: [JournalEntry] = []
        for (index, item) in items.enumerated() {
            guard let unmet = loop.conditions.first(where: { !$0.holds(for: item) }) else { continue }
            left.append(
                JournalEntry(
                    path: "\(path)[\(index)]", attempt: 1, state: .skipped, reason: "condition", says: unmet.unmet))
        }
        let numbers: JSON = ["count": .int(Int64(items.count - left.count)), "left_alone": .int(Int64(left.count))]
        front.keep += [JournalEntry(path: path, attempt: 1, state: .planned, input: numbers)] + left
    }
}
