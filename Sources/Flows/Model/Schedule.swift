import Core

/// When a flow starts by the clock, in UTC. Pure: the same moment gives the same ticks on every hub.
struct Schedule: Sendable, Equatable {
    /// Which moments are ticks.
    enum Ticks: Sendable, Equatable {
        /// Whole multiples of so many seconds since 1970: `every: 1h` is on the hour.
        case every(seconds: Int64)
        /// Minutes of the day, on those days.
        case at(minutes: [Int], Days)
    }
    /// Which days.
    enum Days: Sendable, Equatable {
        case all
        case weekdays([Weekday])
        /// Days of the month; a month that has no such day is left out.
        case dates([Int])
    }
    /// 1 January 1970 was a Thursday.
    enum Weekday: String, Sendable, CaseIterable { case thu, fri, sat, sun, mon, tue, wed }

    /// What becomes of ticks while no hub ran, or the flow could not start.
    enum Missed: String, Sendable, CaseIterable {
        /// The latest starts late, once; the others do not.
        case once
        /// None starts that is over `Limits.tickGraceSeconds` old.
        case skip
    }

    let ticks: Ticks
    let missed: Missed

    /// The first tick after a moment. Nil when there is none within 400 days, such as on the 30th of February.
    func next(after moment: Timestamp) -> Timestamp? {
        switch ticks {
        case .every(let seconds):
            return Timestamp(epochSeconds: Self.floor(moment.epochSeconds, seconds) + seconds)
        case .at(let minutes, let days):
            let today = Self.floor(moment.epochSeconds, Self.day)
            for day in 0...400 {
                let start = today + Int64(day) * Self.day
                guard days.contain(start) else { continue }
                let found = minutes.sorted().lazy.map { Timestamp(epochSeconds: start + Int64($0) * 60) }
                if let tick = found.first(where: { $0 > moment }) { return tick }
            }
            return nil
        }
    }

    /// The latest tick of those from `first` to `now`, and how many come before it (at most 1,000 are counted).
    func due(from first: Timestamp, to now: Timestamp) -> (latest: Timestamp, earlier: Int)? {
        guard first <= now else { return nil }
        var (latest, earlier) = (first, 0)
        if case .every(let seconds) = ticks {
            let last = Timestamp(epochSeconds: max(Self.floor(now.epochSeconds, seconds), first.epochSeconds))
            return (last, Int(min((last.epochSeconds - first.epochSeconds) / seconds, 1_000)))
        }
        // At most one tick a minute, and each step is one.
        while let tick = next(after: latest), tick <= now {
            latest = tick
            earlier = min(earlier + 1, 1_000)
        }
        return (latest, earlier)
    }

    private static let day: Int64 = 86_400

    private static func floor(_ number: Int64, _ step: Int64) -> Int64 {
        let rest = number % step
        return number - (rest < 0 ? rest + step : rest)
    }
}

extension Schedule.Days {
    /// Whether a day that begins at that second since 1970 is one of them.
    fileprivate func contain(_ start: Int64) -> Bool {
        switch self {
        case .all: true
        case .weekdays(let wanted): wanted.contains(Schedule.Weekday.allCases[Int((start / 86_400 % 7 + 7) % 7)])
        case .dates(let wanted):
            // `2026-11-21 …`
            Int(Timestamp(epochSeconds: start).platform.dropFirst(8).prefix(2)).map(wanted.contains) ?? false
        }
    }
}

extension Schedule.Days {
    /// Nil where any day is none that is known: a day must not be left out unseen.
    fileprivate init?(_ json: JSON) {
        switch (json["days"], json["dates"]) {
        case (nil, nil): self = .all
        case (let names?, nil):
            let known = names.texts?.compactMap(Schedule.Weekday.init)
            guard let known, !known.isEmpty, known.count == names.array?.count else { return nil }
            self = .weekdays(known)
        case (nil, let dates?):
            let known = dates.array?.compactMap(\.int).filter { (1...31).contains($0) }
            guard let known, !known.isEmpty, known.count == dates.array?.count else { return nil }
            self = .dates(known.map(Int.init))
        case (_?, _?): return nil
        }
    }
}

extension Schedule {
    /// As it is kept beside the flow, so that a tick needs no file.
    var json: JSON {
        var members: JSONObject = ["missed": .string(missed.rawValue)]
        switch ticks {
        case .every(let seconds): members["every"] = .int(seconds)
        case .at(let minutes, let days):
            members["at"] = .array(minutes.map { .string(Self.clock($0)) })
            switch days {
            case .all: break
            case .weekdays(let names): members["days"] = .array(names.map { .string($0.rawValue) })
            case .dates(let dates): members["dates"] = .array(dates.map { .int(Int64($0)) })
            }
        }
        return .object(members)
    }

    private static let members: Set = ["missed", "every", "at", "days", "dates"]

    /// Reads what `json` wrote; nil for anything else.
    init?(_ json: JSON) {
        guard let missed = json["missed"]?.string.flatMap(Missed.init),
            json.object?.members.allSatisfy({ Self.members.contains($0.name) }) == true
        else { return nil }
        self.missed = missed
        if let seconds = json["every"]?.int, seconds > 0 {
            ticks = .every(seconds: seconds)
            return
        }
        guard let times = json["at"]?.array else { return nil }
        let minutes = times.compactMap { $0.string.flatMap(Self.minutes) }
        guard minutes.count == times.count, !minutes.isEmpty else { return nil }
        guard let days = Days(json) else { return nil }
        ticks = .at(minutes: minutes, days)
    }

    /// `02:30` as 150; nil for anything but two digits, a colon and two digits of a real time.
    static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func clock(_ minutes: Int) -> String {
        "\(minutes / 600)\(minutes / 60 % 10):\(minutes % 60 / 10)\(minutes % 10)"
    }

    /// As pages show it: `every 15m`, `at 02:30 on mon, fri`.
    var says: String {
        switch ticks {
        case .every(let seconds): return "every \(Seconds.text(seconds))"
        case .at(let minutes, let days):
            let times = "at " + minutes.map(Self.clock).joined(separator: ", ")
            switch days {
            case .all: return times
            case .weekdays(let names): return times + " on " + names.map(\.rawValue).joined(separator: ", ")
            case .dates(let dates): return times + " on day " + dates.map(String.init).joined(separator: ", ")
            }
        }
    }
}

/// Lengths of time as files spell them: `90s`, `15m`, `2h`, `3d`.
enum Seconds {
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]

    /// The seconds of a text; nil unless it is a whole number without leading zeros and one unit.
    static func read(_ text: String) -> Int64? {
        guard let unit = units.first(where: { $0.letter == text.last }) else { return nil }
        let digits = text.dropLast()
        guard let number = Int64(digits), String(number) == digits, (0...1_000_000_000).contains(number) else {
            return nil
        }
        return number * unit.seconds
    }

    /// The text of so many seconds, in the largest unit that is exact.
    static func text(_ seconds: Int64) -> String {
        let unit = units.first { seconds >= $0.seconds && seconds % $0.seconds == 0 } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.letter)"
    }
}
