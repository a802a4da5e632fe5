import Core
import Foundation

extension Figure {
    /// How long a start takes and what an idle hub holds.
    static let start = Figure(name: "start", says: "from the start of the program to ready, and memory when idle") {
        site in
        _ = try await site.withHub { try await site.register(at: $0) }
        var times: [Double] = []
        var memory = 0.0
        for _ in 0..<5 {
            let clock = ContinuousClock()
            let began = clock.now
            try await site.withHub { hub in
                let status = try await site.send("GET", hub.url + "/health/ready").status
                guard status == 200 else { throw BenchProblem("not ready: \(status)") }
                let passed = began.duration(to: clock.now).components
                times.append(Double(passed.seconds) * 1_000 + Double(passed.attoseconds) / 1e15)
                try await Task.sleep(for: .seconds(2))
                memory = try residentMegabytes(hub.child.pid)
            }
        }
        return [
            Reading("start to ready, median of five", times.sorted()[2], "ms", most: 100),
            Reading("resident memory after two idle seconds", memory, "MB", most: 50),
        ]
    }

    private static func residentMegabytes(_ pid: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first else {
            throw BenchProblem("the kernel does not say")
        }
        return (Double(kilobytes) ?? 0) / 1_024
    }
}
