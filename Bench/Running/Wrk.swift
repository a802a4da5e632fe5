import Foundation

/// What a load of requests came to.
struct Rate: Sendable {
    let perSecond: Double
    /// Milliseconds, both.
    let p50: Double
    let p99: Double
    /// Answers other than 2xx and 3xx.
    let refused: Int

    /// The median of each.
    static func median(_ rates: [Rate]) -> Rate {
        func middle(_ value: (Rate) -> Double) -> Double { rates.map(value).sorted()[rates.count / 2] }
        return Rate(
            perSecond: middle(\.perSecond), p50: middle(\.p50), p99: middle(\.p99),
            refused: rates.map(\.refused).max() ?? 0)
    }
}

/// One request, asked again and again by `wrk`.
struct Wrk: Sendable {
    static let connections = 64
    static let seconds = Int(ProcessInfo.processInfo.environment["BENCH_SECONDS"] ?? "") ?? 5

    let url: String
    var method = "GET"
    var headers: [String: String] = [:]
    var body = ""
    /// How many callers there are at once.
    var callers = Self.connections
    /// How long each connection rests between two requests at most, in milliseconds: anything from nothing to this.
    var longestRest = 0
    /// Whether answers other than 2xx are what is wanted.
    var expectsRefusals = false
    /// Lua behind the rest, made anew for each run: for requests that differ.
    var script: @Sendable () async throws -> String = { "" }

    /// Runs it once. Headers go through a file of mode 0600: a command line is everybody's to read.
    func run() async throws -> Rate {
        let path = Site.folder + "/wrk-\(UInt32.random(in: 0...UInt32.max)).lua"
        var lines = ["wrk.method = \"\(method)\""]
        lines += headers.sorted { $0.key < $1.key }.map { "wrk.headers[\"\($0)\"] = \"\($1)\"" }
        if !body.isEmpty { lines.append("wrk.body = [[\(body)]]") }
        if longestRest > 0 { lines.append("delay = function() return math.random(0, \(longestRest)) end") }
        lines.append(try await script())
        let text = Data(lines.joined(separator: "\n").utf8)
        guard FileManager.default.createFile(atPath: path, contents: text, attributes: [.posixPermissions: 0o600])
        else { throw BenchProblem("\(path) cannot be written") }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let output = try await Child.output(
            ["wrk", "-t1", "-c\(callers)", "-d\(Self.seconds)s", "--latency", "-s", path, url])
        let rate = try Self.read(output)
        guard expectsRefusals || rate.refused == 0 else {
            throw BenchProblem("\(rate.refused) answers were refused: \(url)")
        }
        return rate
    }

    /// Ours and the limit in turn, three times.
    static func compare(_ ours: Wrk, _ limit: Wrk) async throws -> (ours: Rate, limit: Rate) {
        var rates: (ours: [Rate], limit: [Rate]) = ([], [])
        for _ in 0..<3 {
            rates.limit.append(try await limit.run())
            rates.ours.append(try await ours.run())
        }
        return (Rate.median(rates.ours), Rate.median(rates.limit))
    }

    /// The same at half that rate.
    func halved(_ full: Rate) async throws -> Rate { try await paced(full.perSecond / 2, full) }

    /// The same at about so many a second, three times, the median: how long callers wait where the machine is not full. At
    /// its full rate they wait for each other, and how long says how many they are.
    func paced(_ perSecond: Double, _ full: Rate) async throws -> Rate {
        var load = self
        // A caller's turn at that rate, less the wait for the answer: about a quarter of that at the full rate by as many
        // callers. With few it is less than a millisecond, and then one at most.
        let rest = Double(1_000 * callers) / perSecond - full.p50 / 4
        load.longestRest = max(1, Int(2 * rest))
        return try await Self.median(load)
    }

    /// Three times, the median.
    static func median(_ load: Wrk) async throws -> Rate {
        var rates: [Rate] = []
        for _ in 0..<3 { rates.append(try await load.run()) }
        return Rate.median(rates)
    }

    private static func read(_ output: String) throws -> Rate {
        func value(_ name: String) -> String? {
            output.split(separator: "\n").first { $0.trimmingCharacters(in: .whitespaces).hasPrefix(name) }?
                .split(separator: " ").last.map(String.init)
        }
        guard let rate = value("Requests/sec:").flatMap(Double.init), let p50 = value("50%").flatMap(milliseconds),
            let p99 = value("99%").flatMap(milliseconds)
        else { throw BenchProblem("wrk said: \(output)") }
        return Rate(
            perSecond: rate, p50: p50, p99: p99, refused: value("Non-2xx").flatMap { Int($0) } ?? 0)
    }

    private static func milliseconds(_ text: String) -> Double? {
        for (suffix, factor) in [("us", 0.001), ("ms", 1), ("s", 1_000)] where text.hasSuffix(suffix) {
            return Double(text.dropLast(suffix.count)).map { $0 * factor }
        }
        return nil
    }
}
