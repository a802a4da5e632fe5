import Core
import Documents

extension FlowReader {
    /// `schedule: { every: 15m }` or `schedule: { at: [02:30], days: [mon] }`
    func schedule(_ trigger: inout MapReader) throws(DocumentProblem) -> Schedule {
        var map = try trigger.map("schedule")
        let every = try duration(&map, "every", 60...Int64(Limits.scheduleSeconds.value))
        let at = map.optionalNode("at")
        let missed = try map.optionalWord("missed", as: Schedule.Missed.self) ?? .once
        let days = try days(&map)
        try map.end()
        switch (every, at) {
        case (let seconds?, nil):
            guard days == .all else { throw map.problem(at: map.line, "\"days\" and \"dates\" go with \"at\"") }
            return Schedule(ticks: .every(seconds: seconds), missed: missed)
        case (nil, let node?):
            let schedule = Schedule(ticks: .at(minutes: try minutes(node), days), missed: missed)
            guard schedule.next(after: Timestamp(epochSeconds: 0)) != nil else {
                throw map.mustBe("dates", "days that some month has")
            }
            return schedule
        default:
            throw map.problem(at: map.line, "a schedule must have exactly one of: every, at")
        }
    }

    private func minutes(_ node: Node) throws(DocumentProblem) -> [Int] {
        let nodes = if case .list(let items) = node.content { items } else { [node] }
        guard (1...Limits.scheduleTimes.value).contains(nodes.count) else {
            throw problem(node.line, "\"at\" must hold 1 to \(Limits.scheduleTimes.value) times")
        }
        var found: Set<Int> = []
        for node in nodes {
            guard case .scalar(let text, _) = node.content, let minutes = Schedule.minutes(text) else {
                throw problem(node.line, "\"at\" must be a time of day in UTC such as 02:30, or a list of them")
            }
            found.insert(minutes)
        }
        return found.sorted()
    }

    private func days(_ map: inout MapReader) throws(DocumentProblem) -> Schedule.Days {
        let names = try map.optionalTexts("days")
        let dates = map.optionalNode("dates")
        switch (names, dates) {
        case (nil, nil): return .all
        case (let names?, nil):
            let found = names.compactMap(Schedule.Weekday.init)
            guard !names.isEmpty, found.count == names.count, Set(found).count == found.count else {
                throw map.mustBe("days", "a list of different days: mon, tue, wed, thu, fri, sat, sun")
            }
            return .weekdays(found)
        case (nil, let node?):
            let numbers = (node.json.array ?? []).compactMap(\.int)
            guard !numbers.isEmpty, numbers.count == node.json.array?.count, Set(numbers).count == numbers.count,
                numbers.allSatisfy({ (1...31).contains($0) })
            else { throw map.mustBe("dates", "a list of different days of the month, from 1 to 31") }
            return .dates(numbers.map(Int.init))
        default: throw map.problem(at: map.line, "a schedule has \"days\" or \"dates\", not both")
        }
    }
}

extension FlowReader {
    /// How long a time-out may be.
    static let timeouts: ClosedRange<Int64> = 1...Int64(Limits.waitSeconds.value)

    /// The seconds of a length of time such as `15m`; nil when it is missing.
    func duration(
        _ map: inout MapReader, _ name: String, _ range: ClosedRange<Int64>
    ) throws(DocumentProblem) -> Int64? {
        guard let node = map.optionalNode(name) else { return nil }
        guard case .scalar(let text, _) = node.content, let seconds = Seconds.read(text), range.contains(seconds) else {
            throw map.mustBe(
                name,
                "a length of time from \(Seconds.text(range.lowerBound)) to \(Seconds.text(range.upperBound)), "
                    + "such as 90s, 15m, 2h or 3d")
        }
        return seconds
    }
}
