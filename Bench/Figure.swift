import Foundation

/// One thing that is measured. A further one is a file in `Figures` and a line in `all`.
struct Figure: Sendable {
    let name: String
    let says: String
    let run: @Sendable (Site) async throws -> [Reading]

    /// Every figure, in the order of the report.
    static let all: [Figure] = [
        .noSQL, .tableRead, .tokens, .signedTokens, .renewals, .introspections, .bearers, .glewlwyd, .refusals,
        .executions, .outbound, .actions, .refresh, .stream, .start, .audit,
        .lists,
    ]
}

/// What came out, in one line.
struct Reading: Sendable {
    let name: String
    let isShort: Bool
    let line: String

    /// A text as it is.
    init(_ name: String, _ text: String, isShort: Bool = false) {
        self.name = name
        self.isShort = isShort
        line = Self.columns(name, text)
    }

    /// A rate beside the most that is possible, and the share that is wanted of it; nil wants none.
    init(_ name: String, rate: Double, of limit: Double, reach: Double?) {
        self.name = name
        let share = limit > 0 ? rate / limit : 0
        isShort = reach.map { share < $0 } ?? false
        let wanted = reach.map { String(format: "  wanted %.2f  %@", $0, share < $0 ? "SHORT" : "reached") } ?? ""
        line = Self.columns(
            name, String(format: "%@/s  limit %@/s  share %.2f", Self.number(rate), Self.number(limit), share) + wanted)
    }

    /// A rate beside everything that bounds it: the nearest is what it runs into. `reach` is the share of the first.
    init(_ name: String, rate: Double, beside limits: [(name: String, rate: Double)], reach: Double? = nil) {
        self.name = name
        let shares = limits.map { (name: $0.name, rate: $0.rate, share: $0.rate > 0 ? rate / $0.rate : 0) }
        let isShort = reach.map { (shares.first?.share ?? 0) < $0 } ?? false
        self.isShort = isShort
        let wanted = reach.map { String(format: "  wanted %.2f  %@", $0, isShort ? "SHORT" : "reached") } ?? ""
        let sorted = shares.sorted { $0.share > $1.share }.map {
            String(format: "%.2f of %@ (%@/s)", $0.share, $0.name, Self.number($0.rate))
        }
        line = Self.columns(name, "\(Self.number(rate))/s  runs into " + sorted.joined(separator: ", then ") + wanted)
    }

    /// A number that must not be over a bound, or with `atLeast` not under it.
    init(_ name: String, _ value: Double, _ unit: String, most bound: Double, atLeast: Bool = false) {
        self.name = name
        isShort = atLeast ? value < bound : value > bound
        let text = String(
            format: "%@ %@  wanted %@ %@ %@  %@", Self.number(value), unit, atLeast ? "at least" : "at most",
            Self.number(bound), unit, isShort ? "SHORT" : "reached")
        line = Self.columns(name, text)
    }

    /// The 99th percentile at the full rate and at half of it, beside the limit's at its own full rate.
    static func p99(_ what: String, _ full: Rate, _ half: Rate, limit: Rate, most bound: Double) -> [Reading] {
        [
            Reading("p99\(what)", full.p99, "ms", most: bound),
            Reading("p99\(what) at \(number(half.perSecond))/s", half.p99, "ms", most: bound),
            Reading("p99\(what), of the limit at \(number(limit.perSecond))/s", "\(number(limit.p99)) ms"),
        ]
    }

    private static func columns(_ name: String, _ text: String) -> String {
        name.padding(toLength: max(46, name.count + 1), withPad: " ", startingAt: 0) + text
    }

    /// `52,100`, `2.31`
    static func number(_ value: Double) -> String {
        guard value >= 100 else { return String(format: "%.2f", value) }
        var digits = String(Int(value.rounded()))
        var grouped = ""
        while digits.count > 3 {
            grouped = "," + digits.suffix(3) + grouped
            digits.removeLast(3)
        }
        return digits + grouped
    }
}

/// The machine, the method, and the sum.
enum Report {
    static func begin() {
        print("machine: \(cpu), \(ProcessInfo.processInfo.processorCount) cores, \(memory), \(kernel)")
        print("load before: \(read("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " "))")
        print(
            """
            build: release, Swift's libraries linked in, as it ships
            store: SQLite, synced at every commit, on \(Site.folder)
            method: wrk -t1 -c\(Wrk.connections) -d\(Wrk.seconds)s on the same cores, loopback, keep-alive, plain HTTP/1.1;
            ours and the limit in turn, three times; each figure is the median of its three.
            """)
    }

    static func end(_ readings: [Reading]) {
        let short = readings.filter(\.isShort)
        print("\nload after: \(read("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " "))")
        print(short.isEmpty ? "All that is wanted is reached." : "SHORT: \(short.map(\.name).joined(separator: "; "))")
    }

    private static var cpu: String {
        let line = read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }
    private static var memory: String { "\(ProcessInfo.processInfo.physicalMemory >> 30) GiB" }
    private static var kernel: String {
        "Linux " + read("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
    }
    private static func read(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
